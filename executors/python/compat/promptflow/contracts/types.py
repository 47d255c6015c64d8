"""Texts with a meaning, for annotations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List


class Secret(str):
    """A text that should not be shown."""

    def set_secret_name(self, name: str) -> None:
        self.secret_name = name


class PromptTemplate(str):
    """The text of a prompt."""


class FilePath(str):
    """The path of a file."""


class AttrDict(dict):
    """A dict whose keys are attributes too."""

    def __getattr__(self, item: str) -> Any:
        try:
            return self[item]
        except KeyError:
            raise AttributeError(item) from None


@dataclass
class AssistantDefinition:
    """An assistant: its model, its instructions and its tools."""

    model: str
    instructions: str
    tools: List[Dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tool_invoker: Any = None
