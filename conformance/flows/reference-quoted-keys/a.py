from promptflow.core import tool


@tool
def run(x):
    return {'b c': x, 'd': {'e-f': 2}, 'q': 3}
