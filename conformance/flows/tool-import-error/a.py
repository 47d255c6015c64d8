import a_module_that_nobody_has
from promptflow.core import tool


@tool
def run(x):
    return x
