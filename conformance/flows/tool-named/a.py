from promptflow.core import tool


@tool(name="other name", description="does nothing", type="python")
def run(x):
    return x
