"""Connections for parameters that are annotated with a connection class.

The definitions come from the lane with each node, in promptflow's execution form: ``{name: {"type", "module", "value",
"secret_keys"}}``, or ``{"error": text}`` for one that cannot be had. Finding them is not done here.
"""

from __future__ import annotations

import importlib
import json
import typing
from typing import Any, Dict, Iterable, List, Mapping, Set, Union

from .failures import Failure, record


def is_connection_class(annotation: Any) -> bool:
    if not isinstance(annotation, type):
        return False
    return any(
        base.__name__ in ("_Connection", "_StrongTypeConnection", "CustomStrongTypeConnection")
        or (base.__name__ == "CustomConnection" and base.__module__.startswith("promptflow"))
        for base in annotation.__mro__
    )


def connection_classes(annotation: Any) -> List[type]:
    """The connection classes in an annotation: itself, or the members of its union."""
    if is_connection_class(annotation):
        return [annotation]
    if typing.get_origin(annotation) is Union or type(annotation).__name__ == "UnionType":
        return [argument for argument in typing.get_args(annotation) if is_connection_class(argument)]
    return []


class Connections:
    """Makes connection objects, each once."""

    def __init__(self) -> None:
        self._definitions: Dict[str, Any] = {}
        self._names: Set[str] = set()
        self._made: Dict[str, Any] = {}
        #: As they are, and as they stand inside of JSON.
        self._secrets: Set[str] = set()

    def add(self, definitions: Mapping[str, Any], names: Iterable[str]) -> None:
        """Takes in what a node's literals may name, and all names there are."""
        self._definitions.update(definitions)
        self._names.update(names, definitions)

    def scrub(self, text: str) -> str:
        """The text without the secrets of the connections that were handed out."""
        for secret in self._secrets:
            text = text.replace(secret, "**data_scrubbed**")
        return text

    def get(self, name: str, parameter: str, node: str, accepted: List[type]) -> Any:
        """The named connection, as an object that fits the parameter. Raises ``Failure``."""
        definition = self._definitions.get(name)
        if definition is None or "error" in definition:
            known = ", ".join(sorted(self._names)) or "none"
            reason = definition["error"] if definition else f"Connection '{name}' is not found (there are: {known})."
            raise Failure(
                record(
                    f"Get connection '{name}' for node '{node}' error: {reason}",
                    ["UserError", "ValidationError", "InvalidRequest", "GetConnectionError"],
                    messageParameters={"connection": name, "node": node, "input": parameter},
                    referenceCode="Executor",
                    hint=(
                        f"input '{parameter}' names a connection: make it with `throughline connection create "
                        "--file connection.yaml`, or give it to the runtime as `connections`"
                    ),
                )
            )
        custom = [
            each for each in accepted if any(base.__name__ == "CustomStrongTypeConnection" for base in each.__mro__)
        ]
        connection = self._made.get(name)
        if connection is None:
            connection = self._made[name] = _make(name, definition)
            held = [str((definition.get("value") or {}).get(key) or "") for key in definition.get("secret_keys") or ()]
            for secret in held:
                if len(secret) > 2:
                    self._secrets.update((secret, json.dumps(secret)[1:-1]))
        kinds = [each.__name__ for each in accepted]
        if type(connection).__name__ in kinds or isinstance(connection, tuple(accepted)):
            return connection
        if custom and type(connection).__name__ == "CustomConnection":
            return custom[0](secrets=dict(connection.secrets), configs=dict(connection.configs))
        raise Failure(
            record(
                f"Input '{parameter}' for node '{node}' of value '{name}' is not type {' or '.join(kinds)}: "
                f"the connection is a {type(connection).__name__}",
                ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"],
                messageParameters={"input": parameter, "node": node, "value": name, "type": ", ".join(kinds)},
                referenceCode="Executor",
            )
        )


def _make(name: str, definition: Mapping[str, Any]) -> Any:
    module = importlib.import_module(definition.get("module") or "promptflow.connections")
    made = getattr(module, definition["type"])
    convert = getattr(made, "_from_execution_connection_dict", None)
    if convert is not None:  # the real package knows more about its own classes
        return convert(name=name, data=definition)
    value = dict(definition.get("value") or {})
    if definition["type"] in ("CustomConnection", "CustomStrongTypeConnection") and "secrets" not in value:
        secret = set(definition.get("secret_keys") or ())
        value = {
            "secrets": {key: text for key, text in value.items() if key in secret},
            "configs": {key: text for key, text in value.items() if key not in secret},
        }
    connection = made(**value)
    try:
        connection.name = name
    except AttributeError:
        pass
    return connection
