from point import Point
from promptflow.core import tool


@tool
def run(x):
    return Point(x)
