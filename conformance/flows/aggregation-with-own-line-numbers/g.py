from promptflow.core import log_metric, tool


@tool
def run(xs, ys):
    log_metric('seen', [xs, ys])
