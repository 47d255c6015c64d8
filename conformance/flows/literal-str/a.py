from promptflow.core import tool


@tool
def run(x: str, y: str, z: str):
    return [x, y, z]
