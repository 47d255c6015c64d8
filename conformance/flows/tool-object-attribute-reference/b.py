from promptflow.core import tool


@tool
def run(p):
    return p
