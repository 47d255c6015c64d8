from promptflow.core import tool


@tool
async def run(x):
    return x
