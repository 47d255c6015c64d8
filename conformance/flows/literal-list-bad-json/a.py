from promptflow.core import tool


@tool
def run(x: list):
    return [x]
