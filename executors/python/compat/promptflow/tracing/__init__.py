"""Tracing: the decorators, without a tracer behind them. A traced function is the function itself."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

from ._tracer import Tracer


def trace(func: Optional[Callable[..., Any]] = None, **_settings: Any) -> Any:
    """Marks a function to be traced."""
    return (lambda function: function) if func is None else func


def start_trace(**_settings: Any) -> None:
    """Accepted, without effect: the engine traces nodes itself."""


class ThreadPoolExecutorWithContext(ThreadPoolExecutor):
    """A thread pool whose work runs in the context of whoever submitted it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return super().submit(contextvars.copy_context().run, fn, *args, **kwargs)


__all__ = ["ThreadPoolExecutorWithContext", "Tracer", "start_trace", "trace"]
