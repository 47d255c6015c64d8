from promptflow.core import tool


@tool
def run(x: int):
    return type(x).__name__
