from promptflow.core import tool


@tool
def run(x):
    return None if x == 1 else x
