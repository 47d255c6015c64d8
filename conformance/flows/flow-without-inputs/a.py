from promptflow.core import tool


@tool
def run():
    return 1
