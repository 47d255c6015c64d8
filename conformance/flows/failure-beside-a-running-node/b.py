import time
from promptflow.core import tool


@tool
def run(x):
    time.sleep(1)
    return x
