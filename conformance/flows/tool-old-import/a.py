from promptflow import tool


@tool()
def run(x):
    return x
