"""The tool behind prompt nodes, for code that calls it itself."""

from __future__ import annotations

from typing import Any

from .._core.tool import tool
from .common import render_jinja_template


@tool
def render_template_jinja2(template: str, **values: Any) -> str:
    return render_jinja_template(template, **values)


__all__ = ["render_template_jinja2"]
