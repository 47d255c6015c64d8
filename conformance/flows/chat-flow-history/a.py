from promptflow.core import tool


@tool
def run(question: str, history: list):
    return f'{len(history)} turns, {question}'
