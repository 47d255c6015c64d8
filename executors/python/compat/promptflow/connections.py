"""Connection classes: configs and secrets with attribute access. Finding and storing connections is not done here."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, Optional

from .contracts.types import Secret


class _Connection:
    """Configs and secrets by name: ``connection.api_base``, ``connection["api_key"]``, ``connection.configs``."""

    TYPE = ""

    def __init__(
        self,
        name: Optional[str] = None,
        module: str = "promptflow.connections",
        configs: Optional[Mapping[str, Any]] = None,
        secrets: Optional[Mapping[str, Any]] = None,
        **extra: Any,
    ) -> None:
        self.name = name
        self.module = module
        self.configs: Dict[str, Any] = dict(configs or {})
        self.secrets: Dict[str, Any] = dict(secrets or {})
        self.expiry_time = extra.get("expiry_time")
        self.created_date = extra.get("created_date")
        self.last_modified_date = extra.get("last_modified_date")

    @property
    def type(self) -> str:
        return self.TYPE or type(self).__name__.replace("Connection", "")

    @property
    def class_name(self) -> str:
        return type(self).__name__

    def keys(self) -> List[str]:
        return [*self.configs, *self.secrets]

    def is_secret(self, item: str) -> bool:
        return item in self.secrets

    def __getitem__(self, item: str) -> Any:
        for held in (self.secrets, self.configs):
            if item in held:
                return held[item]
        raise KeyError(f"the connection {self.name or ''} has no key {item!r}, it has {', '.join(self.keys())}")

    def __getattr__(self, item: str) -> Any:
        held = self.__dict__
        for part in ("secrets", "configs"):
            if item in held.get(part, ()):
                return held[part][item]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {item!r}")


class _StrongTypeConnection(_Connection):
    """A connection whose fields are known; they can be set as attributes too."""

    SECRETS = ("api_key",)

    def __init__(self, fields: Mapping[str, Any], **extra: Any) -> None:
        secrets = {key: value for key, value in fields.items() if key in self.SECRETS}
        configs = {key: value for key, value in fields.items() if key not in self.SECRETS}
        super().__init__(configs=configs, secrets=secrets, **extra)

    def __setattr__(self, item: str, value: Any) -> None:
        held = self.__dict__
        for part in ("secrets", "configs"):
            if item in held.get(part, ()):
                held[part][item] = value
                return
        super().__setattr__(item, value)


class _TokenConnection(_StrongTypeConnection):
    """A connection that may go without a key, by Entra ID."""

    def get_token(self) -> str:
        try:
            from azure.identity import DefaultAzureCredential
        except ImportError as error:
            raise ImportError(
                f"the connection {self.name or ''} has auth_mode {self.auth_mode}: pip install azure-identity"
            ) from error
        return DefaultAzureCredential().get_token("https://cognitiveservices.azure.com/.default").token


class AzureOpenAIConnection(_TokenConnection):
    TYPE = "AzureOpenAI"

    def __init__(
        self,
        api_base: str,
        api_key: Optional[str] = None,
        api_type: str = "azure",
        api_version: str = "2024-02-01",
        auth_mode: str = "key",
        resource_id: Optional[str] = None,
        **extra: Any,
    ) -> None:
        super().__init__(
            {
                "api_base": api_base,
                "api_type": api_type,
                "api_version": api_version,
                "auth_mode": auth_mode,
                "resource_id": resource_id,
                "api_key": api_key,
            },
            **extra,
        )

    @classmethod
    def from_env(cls, name: Optional[str] = None) -> "AzureOpenAIConnection":
        return cls(
            api_base=_needed("AZURE_OPENAI_ENDPOINT", cls.__name__),
            api_key=os.environ.get("AZURE_OPENAI_API_KEY"),
            api_version=os.environ.get("OPENAI_API_VERSION") or "2024-02-01",
            name=name,
        )


class OpenAIConnection(_StrongTypeConnection):
    TYPE = "OpenAI"

    def __init__(
        self, api_key: str, organization: Optional[str] = None, base_url: Optional[str] = None, **extra: Any
    ) -> None:
        super().__init__({"organization": organization, "base_url": base_url, "api_key": api_key}, **extra)

    @classmethod
    def from_env(cls, name: Optional[str] = None) -> "OpenAIConnection":
        return cls(
            api_key=_needed("OPENAI_API_KEY", cls.__name__),
            organization=os.environ.get("OPENAI_ORG_ID"),
            base_url=os.environ.get("OPENAI_BASE_URL"),
            name=name,
        )


class ServerlessConnection(_StrongTypeConnection):
    TYPE = "Serverless"

    def __init__(self, api_key: str, api_base: str, **extra: Any) -> None:
        super().__init__({"api_base": api_base, "api_key": api_key}, **extra)


class SerpConnection(_StrongTypeConnection):
    TYPE = "Serp"

    def __init__(self, api_key: str, **extra: Any) -> None:
        super().__init__({"api_key": api_key}, **extra)


class CognitiveSearchConnection(_TokenConnection):
    TYPE = "CognitiveSearch"

    def __init__(
        self,
        api_base: str,
        api_key: Optional[str] = None,
        api_version: str = "2023-11-01",
        auth_mode: str = "key",
        **extra: Any,
    ) -> None:
        fields = {"api_base": api_base, "api_version": api_version, "auth_mode": auth_mode, "api_key": api_key}
        super().__init__(fields, **extra)


class AzureAIServicesConnection(_TokenConnection):
    TYPE = "AzureAIServices"

    def __init__(self, endpoint: str, api_key: Optional[str] = None, auth_mode: str = "key", **extra: Any) -> None:
        super().__init__({"endpoint": endpoint, "auth_mode": auth_mode, "api_key": api_key}, **extra)


class AzureContentSafetyConnection(_StrongTypeConnection):
    TYPE = "AzureContentSafety"

    def __init__(
        self,
        api_key: str,
        endpoint: str,
        api_version: str = "2023-10-01",
        api_type: str = "Content Safety",
        **extra: Any,
    ) -> None:
        fields = {"endpoint": endpoint, "api_version": api_version, "api_type": api_type, "api_key": api_key}
        super().__init__(fields, **extra)


class FormRecognizerConnection(AzureContentSafetyConnection):
    TYPE = "FormRecognizer"

    def __init__(
        self,
        api_key: str,
        endpoint: str,
        api_version: str = "2023-07-31",
        api_type: str = "Form Recognizer",
        **extra: Any,
    ) -> None:
        super().__init__(api_key, endpoint, api_version, api_type, **extra)


class QdrantConnection(_StrongTypeConnection):
    TYPE = "Qdrant"

    def __init__(self, api_key: str, api_base: str, **extra: Any) -> None:
        super().__init__({"api_base": api_base, "api_key": api_key}, **extra)


class WeaviateConnection(QdrantConnection):
    TYPE = "Weaviate"


class BingConnection(_StrongTypeConnection):
    TYPE = "Bing"

    def __init__(
        self, api_key: str, url: str = "https://api.bing.microsoft.com/v7.0/search", **extra: Any
    ) -> None:
        super().__init__({"url": url, "api_key": api_key}, **extra)


class CustomConnection(_Connection):
    """Any configs and secrets."""

    TYPE = "Custom"

    def __init__(
        self, secrets: Mapping[str, str], configs: Optional[Mapping[str, str]] = None, **extra: Any
    ) -> None:
        super().__init__(configs=configs, secrets=secrets, **extra)


class CustomStrongTypeConnection(CustomConnection):
    """Base of connection classes that a package or a tool defines; filled from a custom connection."""


def _needed(variable: str, connection: str) -> str:
    value = os.environ.get(variable)
    if value:
        return value
    from .core._errors import RequiredEnvironmentVariablesNotSetError

    raise RequiredEnvironmentVariablesNotSetError([variable], connection)


__all__ = [
    "AzureAIServicesConnection",
    "AzureContentSafetyConnection",
    "AzureOpenAIConnection",
    "BingConnection",
    "CognitiveSearchConnection",
    "CustomConnection",
    "CustomStrongTypeConnection",
    "FormRecognizerConnection",
    "OpenAIConnection",
    "QdrantConnection",
    "Secret",
    "SerpConnection",
    "ServerlessConnection",
    "WeaviateConnection",
]
