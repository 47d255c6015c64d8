from promptflow.core import tool


@tool
def run(x):
    for i in range(3):
        yield i + x
