from extra import word
from promptflow.core import tool


@tool
def run(x):
    return [word, x]
