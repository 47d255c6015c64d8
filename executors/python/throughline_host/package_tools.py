"""Tools that installed packages bring: the entry points of the group ``package_tools``.

Each entry point is a function that gives ``{tool id: definition}``; a definition names module, perhaps class, and
function, and the types of the inputs, which rule how literals are converted.

P1. Only the package that has the tool is imported beyond its list of tools.
P2. A package whose list cannot be read hides its own tools only; why is told where one of them may have been meant.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import typing
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from . import failures
from .failures import Failure, record
from .literals import Kinds
from .missing_module import missing_module_hint, package_of

GROUP = "package_tools"

Definition = Mapping[str, Any]


@dataclass
class PackageTool:
    function: Callable[..., Any]
    #: The class that has the function as a method, and is made from the node's literals.
    owner: Optional[type]
    kinds: Kinds


@dataclass
class _Catalogue:
    definitions: Dict[str, Definition]
    #: Old id → the id that took its place.
    renamed: Dict[str, str]
    problems: List[str]


_catalogue: Optional[_Catalogue] = None


def find(tool_id: str, node: str) -> PackageTool:
    """The tool of that id, or of the id that replaced it. Raises ``Failure``."""
    catalogue = _collect()
    definition = catalogue.definitions.get(catalogue.renamed.get(tool_id, tool_id))
    if definition is None:
        raise _not_found(tool_id, node, catalogue)
    name = str(definition.get("name") or tool_id)
    try:
        module = importlib.import_module(definition["module"])
    except BaseException as error:
        catalogue.problems.append(_problem(f"the module {definition['module']}", error, node))
        raise _not_found(tool_id, node, catalogue) from error
    owner = definition.get("class_name")
    try:
        found = module if owner is None else getattr(module, owner)
        function = getattr(found, definition["function"])
    except AttributeError as error:
        raise Failure(
            record(f"Package tool '{name}' cannot be loaded: {error}", ["SystemError", "AttributeError"])
        ) from error
    kinds = {key: _kind(spec, definition) for key, spec in (definition.get("inputs") or {}).items()}
    return PackageTool(function, None if owner is None else found, kinds)


def prompt_argument(function: Callable[..., Any], folder: str, path: str, tool_id: str) -> Tuple[str, Any]:
    """The parameter of a ``custom_llm`` tool that takes the prompt, and the prompt. Raises ``Failure``."""
    for name, annotation in _annotations(function).items():
        if getattr(annotation, "__name__", annotation) == "PromptTemplate":
            break
    else:
        raise Failure(
            record(
                f"Invalid Custom LLM tool '{tool_id}': "
                f"function '{function.__name__}' is missing a prompt template argument.",
                ["UserError", "ValidationError", "InvalidCustomLLMTool"],
                referenceCode="Executor",
                hint="one parameter of the tool's function has to be annotated with PromptTemplate",
            )
        )
    from promptflow.contracts.types import PromptTemplate

    with open(os.path.join(folder, path), encoding="utf-8") as file:
        return name, PromptTemplate(file.read())


def _annotations(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:
        return getattr(function, "__annotations__", {})


def _collect() -> _Catalogue:
    global _catalogue
    if _catalogue is None:
        made = _Catalogue({}, {}, [])
        for entry_point in _entry_points():
            try:
                listed = entry_point.load()()
                for key, definition in listed.items():
                    made.definitions[key] = definition
                    for old in definition.get("deprecated_tools") or ():
                        other = made.renamed.setdefault(old, key)
                        if other != key:
                            raise Failure(_claimed_twice(old, other, key))
            except Failure:
                raise
            except BaseException as error:
                made.problems.append(_problem(f"the package of {entry_point.value}", error, None))
        _catalogue = made
    return _catalogue


def _entry_points() -> List[Any]:
    points: Any = importlib.metadata.entry_points()
    return list(points.select(group=GROUP) if hasattr(points, "select") else points.get(GROUP, []))


def _kind(spec: Mapping[str, Any], definition: Definition) -> Tuple[str, List[type]]:
    """promptflow's name of an input's type, and the connection classes that it accepts."""
    types = spec.get("type") or ["object"]
    names = [str(each) for each in (types if isinstance(types, list) else [types])]
    first = names[0]
    if not first.endswith("Connection"):
        return first, []
    custom = spec.get("custom_type") or []
    return "connection", [_connection_class(name, definition["module"]) for name in (custom or names)]


def _connection_class(name: str, module: str) -> type:
    """The class of that name: the tool's own, promptflow's, or one that only has the name."""
    for place in (module, "promptflow.connections"):
        found = getattr(importlib.import_module(place), name, None)
        if isinstance(found, type):
            return found
    return type(name, (), {})


def _problem(what: str, error: BaseException, node: Optional[str]) -> str:
    who = "its tool" if node is None else f"node '{node}'"
    hint = missing_module_hint(error, who)
    return f"{what} cannot be loaded: {hint or f'({type(error).__name__}) {failures.text_of(error)}'}"


def _not_found(tool_id: str, node: str, catalogue: _Catalogue) -> Failure:
    known = sorted(catalogue.definitions)
    package = package_of(tool_id)
    hints = [f"node '{node}' takes its tool from a package: pip install {package}", *catalogue.problems]
    return Failure(
        record(
            f"Package tool '{tool_id}' is not found in the current environment. "
            f"All available package tools are: {known}.",
            ["UserError", "ValidationError", "PackageToolNotFoundError"],
            messageFormat="Package tool '{tool_key}' is not found in the current environment.",
            messageParameters={"tool_key": tool_id},
            referenceCode="Executor",
            hint="; ".join(hints),
        )
    )


def _claimed_twice(old: str, first: str, second: str) -> Dict[str, Any]:
    return record(
        f"The tools '{first}' and '{second}' both replace the tool '{old}': only one of their packages can be installed.",
        ["UserError", "ValidationError", "DuplicateToolMappingError"],
        messageParameters={"deprecated_tool_id": old, "tool_id_a": first, "tool_id_b": second},
        referenceCode="Executor",
    )
