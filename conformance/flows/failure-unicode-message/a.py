from promptflow.core import tool


@tool
def run(x):
    raise ValueError('é \u4e2d \U0001f600')
