from promptflow.core import tool


@tool
def run(x: int, **more):
    return [x, more]
