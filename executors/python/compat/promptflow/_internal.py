"""Internal names that tools have been seen to import."""

from ._absent import absent
from ._core.metric_logger import log_metric
from ._core.tool import ToolProvider, tool
from ._utils.logger_utils import bulk_logger, flow_logger, get_logger, logger

ErrorResponse = absent("ErrorResponse", "promptflow-core")
ExceptionPresenter = absent("ExceptionPresenter", "promptflow-core")


def register_builtins(cls: type) -> type:
    """Accepted, without effect."""
    return cls


def register_apis(cls: type) -> type:
    """Accepted, without effect."""
    return cls


def register_connections(cls: object) -> object:
    """Accepted, without effect."""
    return cls


__all__ = [
    "ErrorResponse",
    "ExceptionPresenter",
    "ToolProvider",
    "bulk_logger",
    "flow_logger",
    "get_logger",
    "log_metric",
    "logger",
    "register_apis",
    "register_builtins",
    "register_connections",
    "tool",
]
