from typing import Optional

from promptflow.core import tool


@tool
def run(x: Optional[int], y: 'int' = 1):
    return [repr(x), repr(y)]
