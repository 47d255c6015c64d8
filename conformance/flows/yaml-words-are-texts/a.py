from promptflow.core import tool


@tool
def run(yes: str, no: str, on: str, off: str, y: str):
    return [yes, no, on, off, y]
