"""Entities of the SDK: importable, not usable."""

from .._absent import FlowContext, Run

__all__ = ["FlowContext", "Run"]
