from promptflow.core import tool


@tool
def run(x, **more):
    return [x, sorted(more)]
