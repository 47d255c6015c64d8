from types import SimpleNamespace
from promptflow.core import tool


@tool
def run(x):
    return SimpleNamespace(x=x + 1)
