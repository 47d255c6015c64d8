from promptflow.core import log_metric, tool


@tool
def run(x):
    log_metric('m', x)
    return x
