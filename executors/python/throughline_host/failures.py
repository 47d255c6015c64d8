"""Exceptions as error records: plain data in promptflow's shape.

Decides nothing: what failed, and where, is told by the caller. Knows promptflow's exceptions by their attributes, so
that the real package's and ours are treated alike.
"""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType
from typing import Any, Dict, List, Optional, Sequence

from .missing_module import missing_module_hint
from .values import text_of

Record = Dict[str, Any]

_HERE = os.path.dirname(os.path.abspath(__file__))
MODULE = "__pf_main__"


class Failure(Exception):
    """A failure that already has its record."""

    def __init__(self, record: Record) -> None:
        super().__init__(record["message"])
        self.record = record


def record(message: str, codes: Sequence[str], **fields: Any) -> Record:
    """Builds a record; ``codes`` from the root inwards."""
    inner: Optional[Record] = None
    for code in reversed(codes[1:]):
        inner = {"code": code, "innerError": inner}
    made: Record = {"message": message, "messageFormat": "", "messageParameters": {}}
    made.update(fields)
    made["code"] = codes[0]
    made["innerError"] = inner
    return made


def tool_failure(error: BaseException, node: str, folder: str, function: Any) -> Record:
    """The record of an exception that a tool raised."""
    if is_promptflow_error(error):
        return promptflow_record(error, node)
    kind, text = type(error).__name__, text_of(error)
    message = f"Execution failure in '{node}': ({kind}) {text}"
    frames = user_frames(error.__traceback__)
    if frames:
        last = frames[-1]
        spot = {"filename": last.filename, "lineno": last.lineno, "name": last.name}
    else:
        code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
        spot = {
            "filename": getattr(code, "co_filename", ""),
            "lineno": getattr(code, "co_firstlineno", None),
            "name": getattr(code, "co_name", ""),
        }
    info = {"type": kind, "message": text, "traceback": trace_of(error), **spot}
    made = record(
        message,
        ["UserError", "ToolExecutionError"],
        messageFormat="Execution failure in '{node_name}'.",
        messageParameters={"node_name": node},
        referenceCode=f"Tool/{MODULE}",
        additionalInfo=[{"type": "ToolExecutionErrorDetails", "info": info}],
        debugInfo={
            "type": "ToolExecutionError",
            "message": message,
            "stackTrace": "",
            "innerException": debug_info(error),
        },
    )
    where = place(frames, folder)
    if where is not None:
        made["place"] = where
    hint = missing_module_hint(error, f"node '{node}'", where)
    if hint is not None:
        made["hint"] = hint
    return made


def is_promptflow_error(error: BaseException) -> bool:
    module = sys.modules.get("promptflow.exceptions")
    root = getattr(module, "PromptflowException", None)
    return isinstance(root, type) and isinstance(error, root)


def promptflow_record(error: Any, node: str) -> Record:
    target = getattr(error, "target", None)
    target_name = str(getattr(target, "value", target) or "Unknown")
    module = getattr(error, "module", None) or MODULE
    codes = [str(code) for code in getattr(error, "error_codes", None) or ["UserError", type(error).__name__]]
    parameters = getattr(error, "serializable_message_parameters", None) or {}
    made = record(
        text_of(getattr(error, "message", error)),
        codes,
        messageFormat=getattr(error, "message_format", "") or "",
        messageParameters={str(key): text_of(value) for key, value in dict(parameters).items()},
        referenceCode=f"{target_name}/{module}",
        debugInfo=debug_info(error),
    )
    extra = getattr(error, "additional_info", None)
    if isinstance(extra, dict) and extra:
        made["additionalInfo"] = [{"type": str(key), "info": info} for key, info in extra.items()]
    return made


def debug_info(error: Optional[BaseException], depth: int = 0) -> Optional[Record]:
    """The chain of causes, outermost first, at most eight deep."""
    if error is None or depth > 8:
        return None
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = user_frames(error.__traceback__)
    return {
        "type": type(error).__name__,
        "message": text_of(error),
        "stackTrace": "Traceback (most recent call last):\n" + "".join(traceback.format_list(frames)) if frames else "",
        "innerException": debug_info(cause, depth + 1),
    }


def trace_of(error: BaseException) -> str:
    """The traceback as Python prints it, without the frames of this package."""
    try:
        told = traceback.TracebackException(type(error), error, error.__traceback__)
        link: Any = told
        seen = 0
        while link is not None and seen < 16:
            kept = [frame for frame in link.stack if not frame.filename.startswith(_HERE)]
            link.stack = traceback.StackSummary.from_list(kept)
            link = link.__cause__ or link.__context__
            seen += 1
        return "".join(told.format())
    except Exception:
        return f"{type(error).__name__}: {text_of(error)}\n"


def user_frames(trace: Optional[TracebackType]) -> List[traceback.FrameSummary]:
    try:
        frames = traceback.extract_tb(trace)
    except Exception:
        return []
    return [frame for frame in frames if not frame.filename.startswith(_HERE)]


def place(frames: Sequence[traceback.FrameSummary], folder: str) -> Optional[str]:
    """``file:line`` of the innermost frame that lies in the flow folder."""
    root = os.path.join(folder, "")
    for frame in reversed(frames):
        if frame.filename.startswith(root):
            return f"{relative(frame.filename, folder)}:{frame.lineno}"
    return None


def relative(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
