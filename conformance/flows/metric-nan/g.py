from promptflow.core import log_metric, tool


@tool
def g(ns: list):
    log_metric("nan", float("nan"))
    log_metric("inf", float("-inf"))
