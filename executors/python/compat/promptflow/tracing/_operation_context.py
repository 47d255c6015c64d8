"""What is known of the operation that runs, as a dict with attributes. Here that is little: the engine keeps the rest."""

from __future__ import annotations

from typing import Any, Dict, Optional


class OperationContext(Dict[str, Any]):
    _instance: Optional["OperationContext"] = None

    @classmethod
    def get_instance(cls) -> "OperationContext":
        if cls._instance is None:
            cls._instance = cls(flow_id="default_flow_id", root_run_id="")
        return cls._instance

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the operation context has no '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def get_context_dict(self) -> Dict[str, Any]:
        return dict(self)
