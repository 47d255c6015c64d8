"""Stands in for the ``promptflow`` package where it is not installed: the names that flows import from it.

What works without a model service or an SDK works here. The rest can be imported, and says what it needs when used.
"""

from throughline_host.capture import log_metric

from ._absent import PFClient, load_run
from .core._flow import load_flow
from ._core.tool import ToolProvider, tool

__version__ = "1.18.0+throughline"

log_flow_metric = log_metric

__all__ = ["PFClient", "ToolProvider", "load_flow", "load_run", "log_flow_metric", "log_metric", "tool"]
