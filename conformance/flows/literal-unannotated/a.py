from promptflow.core import tool


@tool
def run(a, b, c, d, e):
    return [repr(v) for v in (a, b, c, d, e)]
