from promptflow.core import tool


@tool
def run(x):
    return {1: (1, 2), True: None, 2.5: 'é\u2028"', None: 1e22}
