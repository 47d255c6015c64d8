from promptflow.core import log_metric, tool


@tool
def run(xs, k: int):
    log_metric('k', [type(k).__name__, k])
