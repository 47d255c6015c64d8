from promptflow.core import log_metric, tool


@tool
def run(xs, ds):
    log_metric('seen', [repr(v) for v in (xs, ds)])
