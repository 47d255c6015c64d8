from promptflow.core import tool


@tool
def run(x):
    return {'d': {'e': x}, 'd-e': 0}
