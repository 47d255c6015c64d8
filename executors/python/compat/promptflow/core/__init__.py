"""What tools import from ``promptflow.core``."""

from throughline_host.capture import log_metric

from .._core.tool import ToolProvider, tool
from ._flow import AsyncFlow, AsyncPrompty, Flow, Prompty
from ._model_configuration import AzureOpenAIModelConfiguration, ModelConfiguration, OpenAIModelConfiguration

log_flow_metric = log_metric

__all__ = [
    "AsyncFlow",
    "AsyncPrompty",
    "AzureOpenAIModelConfiguration",
    "Flow",
    "ModelConfiguration",
    "OpenAIModelConfiguration",
    "Prompty",
    "ToolProvider",
    "log_flow_metric",
    "log_metric",
    "tool",
]
