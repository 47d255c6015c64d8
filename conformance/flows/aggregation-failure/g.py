from promptflow.core import log_metric, tool


@tool
def run(xs):
    log_metric('before', 1)
    raise ValueError('no')
