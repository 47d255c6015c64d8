from promptflow.core import tool


@tool
def run(x=3, y='s', z=None):
    return [repr(x), repr(y), repr(z)]
