from promptflow.core import tool


@tool
def run(pic):
    return [len(pic), str(pic)]
