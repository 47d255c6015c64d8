from promptflow.core import tool


@tool
def t(text: str):
    return text
