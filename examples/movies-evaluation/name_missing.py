"""Says which rating a film lacks, so that gaps in the data are counted and not dropped."""

from typing import Any, Dict

from promptflow.core import tool


@tool
def name_missing(film: Dict[str, Any]) -> str:
    if film["critics"] is None and film["audience"] is None:
        return "both"
    return "critics" if film["critics"] is None else "audience"
