from lib.parts import thrice
from promptflow.core import tool


@tool
def run(x):
    return thrice(x)
