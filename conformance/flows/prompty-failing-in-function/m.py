from promptflow.core import Prompty


def run(q):
    return Prompty.load("ask.prompty")()
