from promptflow.core import tool


@tool
def run(x='default', y='other'):
    return [x, y]
