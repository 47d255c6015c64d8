from promptflow.core import log_metric, tool


@tool
def run(xs):
    log_metric('m', 1)
    log_metric('m', 2)
    return {'not': 'a metric'}
