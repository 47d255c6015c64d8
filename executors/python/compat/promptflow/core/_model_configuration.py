"""Which model to call, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional


class ModelConfiguration:
    """Base of the configurations below."""


@dataclass
class AzureOpenAIModelConfiguration(ModelConfiguration):
    azure_deployment: str
    azure_endpoint: Optional[str] = None
    api_version: Optional[str] = None
    api_key: Optional[str] = None
    connection: Optional[str] = None

    def __post_init__(self) -> None:
        self._type = "azure_openai"

    @classmethod
    def from_connection(cls, connection: Any, azure_deployment: str) -> "AzureOpenAIModelConfiguration":
        return cls(
            azure_deployment=azure_deployment,
            azure_endpoint=connection.api_base,
            api_version=connection.api_version,
            api_key=connection.api_key,
        )


@dataclass
class OpenAIModelConfiguration(ModelConfiguration):
    model: str
    base_url: Optional[str] = None
    api_key: Optional[str] = None
    organization: Optional[str] = None
    connection: Optional[str] = None

    def __post_init__(self) -> None:
        self._type = "openai"

    @classmethod
    def from_connection(cls, connection: Any, model: str) -> "OpenAIModelConfiguration":
        return cls(
            model=model,
            base_url=connection.base_url,
            api_key=connection.api_key,
            organization=connection.organization,
        )
