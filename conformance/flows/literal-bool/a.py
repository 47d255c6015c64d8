from promptflow.core import tool


@tool
def run(x: bool, y: bool):
    return [x, y]
