from promptflow.core import log_metric, tool


@tool
def run(xs):
    log_metric('int', 1)
    log_metric('float', 2.0)
    log_metric('text', 'é')
    log_metric('map', {'k': [1.5, None]})
    log_metric('none', None)
    log_metric('big', 2 ** 60)
