from promptflow.core import tool


@tool
def run(x: str):
    return x
