"""Flows and prompties as objects: they can be loaded and described, not called."""

from __future__ import annotations

import os
from typing import Any, Union

from .._absent import explain


class _Loaded:
    def __init__(self, source: Union[str, os.PathLike], settings: Any) -> None:
        self.path = os.path.abspath(os.fspath(source))
        self.name = os.path.splitext(os.path.basename(self.path))[0]
        self.settings = settings

    @classmethod
    def load(cls, source: Union[str, os.PathLike], **settings: Any) -> Any:
        if not os.path.exists(source):
            raise FileNotFoundError(f"{cls.__name__}.load: there is no {os.fspath(source)}")
        return cls(source, settings)

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise explain(f"Calling the {type(self).__name__} '{self.name}' from a tool", "promptflow-core")

    def render(self, *_args: Any, **_kwargs: Any) -> Any:
        raise explain(f"Rendering the {type(self).__name__} '{self.name}' from a tool", "promptflow-core")


class Flow(_Loaded):
    """A flow loaded from a tool."""


class AsyncFlow(_Loaded):
    """A flow loaded from a tool."""


class Prompty(_Loaded):
    """A prompty loaded from a tool."""


class AsyncPrompty(_Loaded):
    """A prompty loaded from a tool."""
