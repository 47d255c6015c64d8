from promptflow.core import tool


@tool
def run(x):
    raise [KeyError('k'), ZeroDivisionError(), StopIteration(), Exception('e')][x]
