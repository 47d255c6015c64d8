"""Literal node inputs, converted to the type of the tool's parameter. References are never converted.

L1. A literal that is null or the empty text is not passed at all.
L2. The type is the annotation's; without one, that of the default value; without either, ``object``.
L3. A name that the tool does not declare keeps its literal as it is.
"""

from __future__ import annotations

import inspect
import json
import typing
from enum import Enum
from typing import Any, Callable, Dict, List, Mapping, Tuple, Union

from .connections import connection_classes
from .failures import Failure, record
from .images import image_of

Connect = Callable[[str, str, str, List[type]], Any]
#: Parameter → promptflow's name of its type, and the connection classes that it accepts.
Kinds = Mapping[str, Tuple[str, List[type]]]

_EMPTY = inspect.Parameter.empty
_IMAGES = {"Image", "PFBytes"}
_AS_GIVEN = {"Secret", "PromptTemplate", "FilePath"}


def convert_all(literals: Mapping[str, Any], kinds: Kinds, node: str, connect: Connect) -> Dict[str, Any]:
    """The literals that are passed, converted.

    Raises ``Failure`` (``NodeInputValidationError``) for the first that does not fit.
    """
    converted: Dict[str, Any] = {}
    for name, literal in literals.items():
        if literal is None or (isinstance(literal, str) and literal == ""):
            continue
        kind = kinds.get(name)
        converted[name] = literal if kind is None else _convert(literal, kind, name, node, connect)
    return converted


def signature_kinds(parameters: Mapping[str, inspect.Parameter]) -> Kinds:
    """The types of a function's parameters, by their annotations and defaults (L2)."""
    return {name: _type_of(parameter) for name, parameter in parameters.items()}


def _type_of(parameter: inspect.Parameter) -> Tuple[str, List[type]]:
    """promptflow's name of the parameter's type, and the connection classes that it accepts."""
    annotation = parameter.annotation
    if annotation is _EMPTY:
        if parameter.default is _EMPTY or parameter.default is None:
            return "object", []
        annotation = type(parameter.default)
    accepted = connection_classes(annotation)
    if accepted:
        return "connection", accepted
    annotation = _without_optional(annotation)
    if not isinstance(annotation, type):
        return "object", []
    if issubclass(annotation, Enum):
        return "string", []
    if annotation.__name__ in _IMAGES and annotation.__module__.startswith("promptflow"):
        return "image", []
    if annotation.__name__ == "AssistantDefinition" and annotation.__module__.startswith("promptflow"):
        return "assistant_definition", []
    if annotation.__name__ in _AS_GIVEN and annotation.__module__.startswith("promptflow"):
        return "as given", []
    return {int: "int", float: "double", bool: "bool", str: "string", list: "list"}.get(annotation, "object"), []


def _without_optional(annotation: Any) -> Any:
    """``T`` of ``Optional[T]``. ``T | None`` stays what it is: promptflow takes it for an object."""
    if typing.get_origin(annotation) is Union:
        others = [argument for argument in typing.get_args(annotation) if argument is not type(None)]
        if len(others) == 1:
            return others[0]
    return annotation


def _convert(literal: Any, expected: Tuple[str, List[type]], name: str, node: str, connect: Connect) -> Any:
    kind, accepted = expected
    if kind == "connection":
        return connect(str(literal), name, node, accepted)
    if kind == "image":
        return image_of(literal, name)
    if kind == "assistant_definition":
        from .assistants import definition_of

        return definition_of(literal, name, node, connect)
    try:
        return _CONVERTERS.get(kind, _as_given)(literal)
    except (TypeError, ValueError, OverflowError):
        raise Failure(
            record(
                f"Input '{name}' for node '{node}' of value '{literal}' is not type {kind}.",
                ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"],
                messageFormat="Input '{input}' for node '{node}' of value '{value}' is not type {type}.",
                messageParameters={"input": name, "node": node, "value": str(literal), "type": kind},
                referenceCode="Executor",
                hint=f"give '{name}' a value of type {kind}, or change the parameter's annotation",
            )
        ) from None


def _to_bool(literal: Any) -> bool:
    if isinstance(literal, bool):
        return literal
    if isinstance(literal, str) and literal.lower() in ("true", "false"):
        return literal.lower() == "true"
    raise ValueError


def _to_list(literal: Any) -> List[Any]:
    value = json.loads(literal) if isinstance(literal, str) else literal
    if not isinstance(value, list):
        raise ValueError
    return value


def _to_object(literal: Any) -> Any:
    if isinstance(literal, str):
        try:
            return json.loads(literal)
        except ValueError:
            pass
    return literal


def _as_given(literal: Any) -> Any:
    return literal


#: All other types take a literal as it is.
_CONVERTERS: Dict[str, Callable[[Any], Any]] = {
    "int": int,
    "double": float,
    "bool": _to_bool,
    "string": str,
    "list": _to_list,
    "object": _to_object,
}
