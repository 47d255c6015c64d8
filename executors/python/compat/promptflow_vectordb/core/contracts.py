"""What the look-up tools return."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional


@dataclass
class SearchResultEntity:
    """One search result. Made from a dict, it takes the fields that it knows."""

    text: Optional[str] = None
    vector: Optional[List[float]] = None
    score: Optional[float] = None
    original_entity: Optional[Dict[str, Any]] = None
    metadata: Optional[Dict[str, Any]] = None

    def as_dict(self) -> Dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, dict_object: Dict[str, Any]) -> "SearchResultEntity":
        return cls(**{name: dict_object.get(name) for name in cls.__dataclass_fields__})
