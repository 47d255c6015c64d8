from promptflow.core import tool


@tool
def run(a, b, c, d, e, f: str):
    return [repr(v) for v in (a, b, c, d, e, f)]
