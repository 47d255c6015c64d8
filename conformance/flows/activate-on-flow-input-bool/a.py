from promptflow.core import tool


@tool
def run(x):
    return x
