from promptflow.core import tool


@tool
def run(x: bool):
    return [x]
