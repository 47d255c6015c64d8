from promptflow.core import tool


@tool
def run(x):
    raise ValueError()
