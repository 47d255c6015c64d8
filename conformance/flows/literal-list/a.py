from promptflow.core import tool


@tool
def run(x: list, y: list):
    return [x, y]
