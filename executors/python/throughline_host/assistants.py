"""Assistant definitions: a YAML file of the flow that names a model, instructions and tools, given to a tool as an object.

The object is promptflow's ``AssistantDefinition``. Its ``_tool_invoker`` knows the definition's functions as OpenAI wants
them described, and calls them.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from typing import Any, Callable, Dict, List, Mapping, Tuple

from .failures import Failure, record, text_of
from .literals import Connect, signature_kinds

_JSON_TYPES = {"int": "number", "double": "number", "bool": "boolean", "string": "string", "list": "array"}
_BUILT_IN = ("code_interpreter", "retrieval")
_VALIDATION = ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"]


class ToolInvoker:
    """The functions of an assistant, by name."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]], definitions: List[Dict[str, Any]]) -> None:
        self._functions = functions
        self._definitions = definitions

    def invoke_tool(self, func_name: str, kwargs: Mapping[str, Any]) -> Any:
        return self._functions[func_name](**kwargs)

    def to_openai_tools(self) -> List[Dict[str, Any]]:
        return self._definitions


def definition_of(path: Any, name: str, node: str, connect: Connect) -> Any:
    """The definition that a literal names, its tools loaded. Raises ``Failure`` (``NodeInputValidationError``)."""
    try:
        return _load(path, node, name, connect)
    except Exception as error:
        made = getattr(error, "record", None)
        reason = text_of(error) if made is None else made["message"]
        failure = record(
            f"Failed to load assistant definition from input '{name}': ({_class_of(error)}) {reason}",
            _VALIDATION,
            messageFormat="Failed to load assistant definition from input '{key}': {error_type_and_message}",
            messageParameters={"key": name},
            referenceCode="Executor",
        )
        if made is not None and made.get("hint"):
            failure["hint"] = made["hint"]
        raise Failure(failure) from error


def _class_of(error: BaseException) -> str:
    inner = getattr(error, "record", None)
    kind = type(error).__name__
    while inner is not None:
        kind, inner = inner["code"], inner.get("innerError")
    return kind


def _load(path: Any, node: str, name: str, connect: Connect) -> Any:
    from promptflow.contracts.types import AssistantDefinition

    if not isinstance(path, str) or not os.path.isfile(path):
        message = f"Input '{name}' for node '{node}' of value '{path}' is not a valid path."
        raise Failure(record(message, ["UserError", "ValidationError", "InvalidSource"]))
    data = _yaml(path)
    functions: Dict[str, Callable[..., Any]] = {}
    definitions: List[Dict[str, Any]] = []
    for tool in data.get("tools") or []:
        if tool.get("type") in _BUILT_IN:
            definitions.append(tool)
            continue
        function, given = _function(tool, node, connect)
        functions[function.__name__] = _bound(function, given)
        definitions.append(_described(function, given))
    made = AssistantDefinition(data.get("model", ""), data.get("instructions", ""), data.get("tools") or [])
    made._tool_invoker = ToolInvoker(functions, definitions)  # type: ignore[attr-defined]
    return made


def _yaml(path: str) -> Dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for module in ("ruamel.yaml", "yaml"):
        try:
            parser = importlib.import_module(module)
        except ImportError:
            continue
        return dict((parser.YAML(typ="safe").load(text) if module == "ruamel.yaml" else parser.safe_load(text)) or {})
    message = f"'{path}' is YAML, and this Python has no parser for it."
    raise Failure(record(message, ["SystemError", "ModuleNotFoundError"], hint="pip install ruamel.yaml"))


def _function(tool: Mapping[str, Any], node: str, connect: Connect) -> Tuple[Callable[..., Any], Dict[str, Any]]:
    """A tool's function, and the inputs that the definition fixes."""
    from .loader import Source, load

    if tool.get("type") != "function":
        raise _invalid(f"Unsupported assistant tool's type in node {node} : {tool.get('type')}.")
    if tool.get("tool_type") != "python":
        raise _invalid(f"The 'tool_type' property is missing or invalid in assistant node '{node}'.")
    source = tool.get("source")
    if not isinstance(source, Mapping):
        raise _invalid(f"The 'source' property is missing in the assistant node '{node}'.")
    kind, key = source.get("type", "code"), "tool" if source.get("type") == "package" else "path"
    if kind not in ("code", "package"):
        raise _invalid(f"Tool source type '{kind}' is not supported in assistant node '{node}'.")
    if not source.get(key):
        raise _invalid(f"The '{key}' property is missing in 'source' of the assistant tool in node '{node}'.")
    place = Source("", source["tool"]) if kind == "package" else Source(source["path"])
    loaded = load(os.getcwd(), place, node, tool.get("predefined_inputs") or {}, [], connect)
    return loaded.function, loaded.literals


def _invalid(message: str) -> Failure:
    return Failure(record(message, ["UserError", "ValidationError", "InvalidAssistantTool"], referenceCode="Executor"))


def _bound(function: Callable[..., Any], given: Mapping[str, Any]) -> Callable[..., Any]:
    return lambda **arguments: function(**{**arguments, **given})


def _described(function: Callable[..., Any], given: Mapping[str, Any]) -> Dict[str, Any]:
    """The function as OpenAI wants tools described."""
    description, about = _docstring(inspect.getdoc(function) or "")
    parameters = {name: each for name, each in inspect.signature(function).parameters.items() if name not in given}
    kinds = signature_kinds(parameters)
    properties = {
        name: {"type": _JSON_TYPES.get(kinds[name][0], "object"), "description": about.get(name, "")}
        for name in parameters
    }
    required = [name for name, each in parameters.items() if each.default is inspect.Parameter.empty]
    schema = {"type": "object", "properties": properties, "required": required}
    return {
        "type": "function",
        "function": {"name": function.__name__, "description": description, "parameters": schema},
    }


def _docstring(text: str) -> Tuple[str, Dict[str, str]]:
    """The description, and what ``:param name:`` lines say."""
    about = {name: said.strip() for name, said in re.findall(r"^\s*:param\s+(?:\w+\s+)?(\w+):\s*(.*)$", text, re.M)}
    return re.split(r"\n\s*(?::|\n)", text, maxsplit=1)[0].strip(), about
