from promptflow.core import tool


@tool
def run(x):
    yield 1
    raise KeyError('half way')
