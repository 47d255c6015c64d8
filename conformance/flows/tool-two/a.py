from promptflow.core import tool


@tool
def run(x):
    return x


@tool
def other(x):
    return x
