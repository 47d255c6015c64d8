"""``@tool`` marks a function; ``ToolProvider`` is a class whose methods may be marked."""

from __future__ import annotations

from abc import ABC
from typing import Any, Callable, Optional


def tool(
    func: Optional[Callable[..., Any]] = None,
    *,
    name: Optional[str] = None,
    description: Optional[str] = None,
    type: Optional[str] = None,
    input_settings: Optional[Any] = None,
    streaming_option_parameter: Optional[str] = None,
    **extra: Any,
) -> Any:
    """Marks a function as the tool of its file. The function itself is handed back: a call costs nothing more."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        if not callable(function):
            raise TypeError(f"@tool marks a function, not {function!r}")
        marks = {
            "__tool": None,
            "__name": name,
            "__description": description,
            "__type": type,
            "__input_settings": input_settings,
            "__extra_info": extra,
            "_streaming_option_parameter": streaming_option_parameter,
        }
        for key, value in marks.items():
            setattr(function, key, value)
        return function

    return mark if func is None else mark(func)


class ToolProvider(ABC):
    """Base of classes that hold a tool: made once per node, from the node's literal inputs."""


class DynamicList:
    """Describes the choices of an input to an editor; without effect on a run."""

    def __init__(self, function: Any = None, **settings: Any) -> None:
        self.function = function
        self.settings = settings


class InputSetting:
    """Describes an input to an editor; without effect on a run."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
