from promptflow.core import tool


@tool
async def run(x):
    for i in range(3):
        yield f'<{i}>'
