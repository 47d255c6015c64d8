import os
from promptflow.core import tool


@tool
def run(x):
    return [os.environ.get(name) for name in ('A_TEXT', 'A_NUMBER', 'A_BOOL', 'A_NULL', 'A_LIST', 'A_MAP')]
