from typing import Dict, List

from promptflow.core import tool


@tool
def run(x: List[str], y: dict, z: Dict[str, int]):
    return [repr(x), repr(y), repr(z)]
