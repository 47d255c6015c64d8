from promptflow.core import tool


@tool
def run(x):
    print('hello', x)
    return x
