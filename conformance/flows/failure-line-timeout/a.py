import time
from promptflow.core import tool


@tool
def run(x):
    time.sleep(60 if x == 0 else 0)
    return x
