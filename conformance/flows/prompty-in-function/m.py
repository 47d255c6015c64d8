from pathlib import Path

from promptflow.core import Prompty

ask = Prompty.load(Path(__file__).parent / "ask.prompty")


def run(q):
    return {"answer": ask(q=q), "text": ask.render(q=q)}
