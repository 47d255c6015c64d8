calls = []
from promptflow.core import tool


@tool
def run(x):
    calls.append(x)
    return list(calls)
