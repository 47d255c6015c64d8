from promptflow.core import tool


@tool
def run(a: float, b: float, c: float):
    return [a, b, c]
