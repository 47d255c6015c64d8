from promptflow.core import log_metric, tool


@tool
def run(t):
    log_metric('t', t)
