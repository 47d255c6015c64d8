from promptflow.core import tool


@tool
def run(x):
    return [1.0, 1e16, 1e-7, 0.1 + 0.2, 123456789012345680.0, -0.0, 5e-324, 1.7976931348623157e308]
