from typing import Union

from promptflow.core import tool


@tool
def run(x: Union[int, str], y: 'int | None' = None):
    return [repr(x), repr(y)]
