from promptflow.core import tool


@tool
def run(xs, ys):
    return [xs, ys]
