from nodes.other import four
from promptflow.core import tool


@tool
def run(x):
    return four * x
