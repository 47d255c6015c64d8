from promptflow.core import tool


@tool
def run(x):
    x['k'] = 2
    return x
