from enum import Enum

from promptflow.core import tool


class Colour(str, Enum):
    RED = "red"


@tool
def run(x: Colour):
    return [type(x).__name__, x]
