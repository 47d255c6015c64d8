from promptflow.core import tool


@tool
def run(x):
    return [isinstance(x, str), x.upper()]
