from promptflow.core import log_metric, tool


@tool
def run(xs, outs):
    log_metric('seen', [xs, outs])
