from promptflow.core import tool


@tool
async def run(x):
    return 1 // x
