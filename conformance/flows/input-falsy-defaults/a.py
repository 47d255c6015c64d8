from promptflow.core import tool


@tool
def run(a, b, c):
    return [a, b, c]
