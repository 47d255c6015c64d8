"""Helpers of ``promptflow-tools``."""

from __future__ import annotations

from typing import Any

from .._absent import explaining
from ..core._prompty_utils import parse_chat

__getattr__ = explaining("promptflow-tools")


def init_azure_openai_client(connection: Any) -> Any:
    """The ``openai`` package's client for a connection."""
    from openai import AzureOpenAI

    return AzureOpenAI(
        api_key=connection.api_key, azure_endpoint=connection.api_base, api_version=connection.api_version
    )


def render_jinja_template(template: str, trim_blocks: bool = True, keep_trailing_newline: bool = True, **values: Any) -> str:
    """A rendered template, by the ``jinja2`` package."""
    from jinja2.sandbox import SandboxedEnvironment

    settings = {"trim_blocks": trim_blocks, "keep_trailing_newline": keep_trailing_newline}
    return SandboxedEnvironment(**settings).from_string(template).render(**values)


__all__ = ["init_azure_openai_client", "parse_chat", "render_jinja_template"]
