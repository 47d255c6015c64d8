from promptflow.core import tool


@tool
def run(x: float, y: float):
    return [repr(x), repr(y)]
