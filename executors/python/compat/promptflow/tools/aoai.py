"""The Azure OpenAI tools: importable, not callable from a tool. Nodes of them run without the package."""

from .._absent import explaining
from .._core.tool import ToolProvider, tool

__getattr__ = explaining("promptflow-tools")

__all__ = ["ToolProvider", "tool"]
