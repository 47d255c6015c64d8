from promptflow.core import tool


@tool
def run(pics):
    return [type(pic).__name__ for pic in pics]
