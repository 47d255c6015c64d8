"""Metrics of aggregation nodes."""

from throughline_host.capture import log_metric

__all__ = ["log_metric"]
