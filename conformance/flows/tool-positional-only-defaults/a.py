from promptflow.core import tool


@tool
def run(x, y=2, *, z=3):
    return [x, y, z]
