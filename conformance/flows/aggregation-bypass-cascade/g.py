from promptflow.core import tool


@tool
def run(xs):
    return xs
