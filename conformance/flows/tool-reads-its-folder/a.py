import helper
from promptflow.core import tool


@tool
def run(x):
    with open('words.txt') as file:
        return [file.read().strip(), helper.twice(x)]
