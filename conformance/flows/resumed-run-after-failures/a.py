from promptflow.core import tool


@tool
def run(x, fails):
    if fails and x == 2:
        raise ValueError()
    return x
