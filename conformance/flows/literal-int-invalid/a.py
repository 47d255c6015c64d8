from promptflow.core import tool


@tool
def run(x: int):
    return [x]
