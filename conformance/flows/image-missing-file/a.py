from promptflow.core import tool


@tool
def run(pic):
    return [type(pic).__name__, len(pic), pic._mime_type, str(pic)]
