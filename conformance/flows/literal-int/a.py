from promptflow.core import tool


@tool
def run(x: int, y: int = 0):
    return [x, y]
