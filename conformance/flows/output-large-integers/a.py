from promptflow.core import tool


@tool
def run(x):
    return [2 ** 53 + 1, -(2 ** 70), 10 ** 30]
