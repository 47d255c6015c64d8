from promptflow.core import tool


@tool
def run(x):
    return [type(x).__name__, x]
