from promptflow.core import tool


@tool
def run(x='default', y=0):
    return [x, y]
