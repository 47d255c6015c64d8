import os
from promptflow.core import tool


@tool
def run(x):
    return os.environ.get('A_TEXT')
