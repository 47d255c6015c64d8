"""What user code prints, kept with the call that printed it.

Replaces ``sys.stdout`` and ``sys.stderr`` for the life of the process. Does not catch what bypasses them (C code, child
processes): their output goes to descriptor 1 or 2, which both end in the process's own stderr.

C1. A print belongs to the call of its context: its own for an asynchronous tool, however many run at once.
C2. A print from a thread without a context belongs to the only running call, if there is just one; else to the process.
C3. In a child that user code forks no call is running: its prints go to the process's stderr, too.
"""

from __future__ import annotations

import io
import os
import sys
import time
from contextvars import ContextVar
from typing import Any, Dict, List, Optional, Set


class Call:
    """One running call: where its prints and metrics go."""

    __slots__ = ("number", "stdout", "stderr", "metrics", "is_quiet", "is_canceled", "task")

    def __init__(self, number: int) -> None:
        self.number = number
        self.stdout: Optional[List[str]] = None
        self.stderr: Optional[List[str]] = None
        self.metrics: Optional[Dict[str, Any]] = None
        #: Nothing was printed or logged.
        self.is_quiet = True
        self.is_canceled = False
        self.task: Any = None


current: "ContextVar[Optional[Call]]" = ContextVar("throughline_call", default=None)
running: Set[Call] = set()


def calling() -> Optional[Call]:
    """The call that the running code belongs to, as far as can be told (C1, C2)."""
    call = current.get()
    if call is not None and call in running:
        return call
    try:
        (only,) = running
    except (ValueError, RuntimeError):
        return None
    return only


def log_metric(key: str, value: Any, variant_id: Optional[str] = None) -> None:
    """Keeps a metric with the call that logged it. The lane ignores it outside of aggregation nodes."""
    call = calling()
    if call is not None:
        call.is_quiet = False
        if call.metrics is None:
            call.metrics = {}
        call.metrics[key] = value


_stamp = (0, "")


def _now() -> str:
    global _stamp
    second = int(time.time())
    if second != _stamp[0]:
        _stamp = (second, time.strftime("[%Y-%m-%dT%H:%M:%S+0000] ", time.gmtime(second)))
    return _stamp[1]


class _Bytes(io.RawIOBase):
    """``sys.stdout.buffer`` for code that writes bytes."""

    def __init__(self, text: "NodeWriter") -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raw = bytes(data)
        self._text.write(raw.decode("utf-8", "replace"))
        return len(raw)


class NodeWriter(io.TextIOBase):
    """A text stream that files every write under the call that made it; each write but a bare line end is stamped."""

    def __init__(self, name: str, number: int) -> None:
        self._name = name
        self._number = number
        self._process = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        self.buffer = _Bytes(self)

    encoding = "utf-8"
    errors = "strict"

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def reconfigure(self, **_settings: Any) -> None:
        """Accepted, without effect: there is no encoding between this stream and its reader."""

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        call = calling()
        if call is None:
            self._process.write(text)
        else:
            parts: Optional[List[str]] = getattr(call, self._name)
            if parts is None:
                parts = []
                setattr(call, self._name, parts)
                call.is_quiet = False
            parts.append(text if text == "\n" else _now() + text)
        return len(text)

    def flush(self) -> None:
        try:
            self._process.flush()
        except (OSError, ValueError):
            pass


def install() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=running.clear)
    sys.stdout = sys.__stdout__ = NodeWriter("stdout", 1)  # type: ignore[assignment,misc]
    sys.stderr = sys.__stderr__ = NodeWriter("stderr", 2)  # type: ignore[assignment,misc]
    sys.stdin = sys.__stdin__ = open(os.devnull, encoding="utf-8")  # type: ignore[misc]
