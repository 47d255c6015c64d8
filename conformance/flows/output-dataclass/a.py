from dataclasses import dataclass

from promptflow.core import tool


@dataclass
class Point:
    x: int
    y: int


@tool
def run(x):
    return Point(x, 2)
