from promptflow.core import log_metric, tool


@tool
def run(xs):
    raise ValueError('no')
