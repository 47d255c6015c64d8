from point import Point
from promptflow.core import tool


@tool
def run(p: Point):
    return [p.x, isinstance(p, Point)]
