from promptflow.core import tool


@tool
def run(x, y):
    return [x, y]
