from promptflow.core import tool


@tool
def run(x, y):
    return ['v1', x, y]
