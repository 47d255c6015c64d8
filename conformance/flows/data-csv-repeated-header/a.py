from promptflow.core import tool


@tool
def run(x, y, z):
    return [x, y, z]
