from promptflow.core import tool


@tool
def run(yes=None, no=None):
    return yes or no
