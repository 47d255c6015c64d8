from promptflow.tracing import trace
from promptflow.core import tool


@trace
def helper(x):
    return x + 1


@tool
def run(x):
    return helper(x)
