from promptflow.core import tool


class Refused(ValueError):
    pass


@tool
def run(x):
    raise Refused('no')
