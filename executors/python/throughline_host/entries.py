"""Flex flows: from an entry, ``module:name``, to what is called once a line and what sums up all lines.

Does not choose the arguments of a line (the lane does), nor those of the constructor.

N1. The entry's module is imported like any other, once; a class is constructed once a process, and ``__aggregate__`` is
    that of the same object.
N2. What a line's call hands back can be written as JSON, or there is a ``Failure``. An object in that JSON is the line's
    whole output; anything else is the value of its one key ``output``, which the lane adds.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import typing
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from . import failures
from .capture import log_metric
from .connections import connection_classes
from .failures import Failure, Record, record
from .literals import Connect, signature_kinds
from .loader import VARIADIC, Tool, load_failure
from .values import encode

_LOAD = ["UserError", "ToolValidationError", "PythonParsingError", "PythonLoadError"]
_MODEL_CONFIGURATIONS = ("AzureOpenAIModelConfiguration", "OpenAIModelConfiguration")
_JSON_DEFAULTS = (str, int, float, bool, list, dict)


class Entry:
    """A flex flow's entry: a function, or a class that is constructed before its first call."""

    def __init__(self, folder: str, text: str) -> None:
        self._folder = folder
        self._text = text
        self._member = _import(folder, text)
        self._instance: Any = None

    def describe(self) -> Dict[str, Any]:
        """The signature, without constructing anything."""
        member = self._member
        is_class = inspect.isclass(member)
        called = inspect.signature(member.__call__ if is_class else member)
        parameters = list(called.parameters.values())[1 if is_class else 0 :]
        init = _own_parameters(member) if is_class else {}
        return {
            "inputs": [_described(each) for each in parameters if each.kind not in VARIADIC],
            "init": list(init),
            "hasAggregation": is_class and callable(getattr(member, "__aggregate__", None)),
        }

    def line_tool(self, init: Mapping[str, Any], connect: Connect) -> Tool:
        """What is called once a line."""
        function = self._callable(init, connect)
        name = _qualified_name(function)
        plain = inspect.unwrap(getattr(function, "__func__", function))
        plain = getattr(plain, "__original_function", plain)
        if inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain):
            call: Callable[..., Any] = self._async_call(function)
        else:
            call = self._sync_call(function, name)
        return Tool(
            node=name,
            function=call,
            is_async=inspect.iscoroutinefunction(call),
            literals={},
            parameters=_facts(inspect.signature(function)),
            takes_images=False,
        )

    def aggregation_tool(self, init: Mapping[str, Any], connect: Connect) -> Tool:
        """What is called once, with the outputs of all lines. Its value tells whether there are metrics."""
        self._callable(init, connect)
        aggregate = self._instance.__aggregate__

        def wrapped(results: List[Any]) -> List[Any]:
            return [Output(each) if isinstance(each, dict) else each for each in results]

        def fail(error: BaseException) -> Failure:
            return Failure(script_failure(error, "__aggregate__", self._folder))

        def call(results: List[Any]) -> bool:
            try:
                return _log_all(aggregate(wrapped(results)))
            except BaseException as error:
                raise fail(error) from error

        async def call_async(results: List[Any]) -> bool:
            try:
                return _log_all(await aggregate(wrapped(results)))
            except Exception as error:
                raise fail(error) from error

        is_async = inspect.iscoroutinefunction(aggregate)
        function = call_async if is_async else call
        parameters = _facts(inspect.signature(function))
        return Tool("__aggregate__", function, is_async, {}, parameters, takes_images=False)

    # --- the object behind the entry ----------------------------------------------------------------------------------

    def _callable(self, init: Mapping[str, Any], connect: Connect) -> Callable[..., Any]:
        if not inspect.isclass(self._member):
            return self._member
        if self._instance is None:
            self._instance = self._construct(init, connect)
        return self._instance.__call__

    def _construct(self, init: Mapping[str, Any], connect: Connect) -> Any:
        owner = self._member
        try:
            made = owner(**_arguments(owner, init, self._text, connect))
        except BaseException as error:
            kind, text = type(error).__name__, failures.text_of(error)
            made_record = record(
                f"Failed to initialize flow entry with '{_shown(init)}', ex:({kind}) {text}",
                ["UserError", "FlowEntryInitializationError"],
                messageFormat="Failed to initialize flow entry with '{init_kwargs}', ex:{ex}",
                messageParameters={"init_kwargs": _shown(init), "ex": f"({kind}) {text}"},
                referenceCode="Executor",
                debugInfo=failures.debug_info(error),
            )
            where = failures.place(failures.user_frames(error.__traceback__), self._folder)
            if where is not None:
                made_record["place"] = where
            if isinstance(error, TypeError) and "argument" in text:
                made_record["hint"] = f"'{owner.__name__}' is constructed from --init name=value, or the file's sample.init"
            raise Failure(made_record) from error
        aggregate = getattr(made, "__aggregate__", None)
        if aggregate is not None and len(inspect.signature(aggregate).parameters) != 1:
            raise Failure(
                record(
                    "The __aggregate__ method should have only one parameter.",
                    ["UserError", "InvalidAggregationFunction"],
                    referenceCode="Executor",
                )
            )
        return made

    # --- calls --------------------------------------------------------------------------------------------------------

    def _sync_call(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            try:
                value = function(**arguments)
                output = _joined(_as_dict(value))
            except BaseException as error:
                raise Failure(script_failure(error, name, self._folder)) from error
            return _checked(output, value)

        return call

    def _async_call(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def call(**arguments: Any) -> Any:
            try:
                value = function(**arguments)
                if inspect.isawaitable(value):
                    value = await value
                output = await _joined_async(_as_dict(value))
            except Exception as error:
                raise Failure(_raw_failure(error, self._folder)) from error
            return _checked(output, value)

        return call


class Output(Dict[str, Any]):
    """A line's output as ``__aggregate__`` sees it: its keys are attributes, too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the line's output has no '{name}'") from None


# --- loading ----------------------------------------------------------------------------------------------------------


def _import(folder: str, text: str) -> Any:
    module_name, _, name = text.partition(":")
    try:
        module = importlib.import_module(module_name)
    except BaseException as error:
        path = module_name.replace(".", "/") + ".py"
        raise Failure(load_failure(error, folder, path, f"entry '{text}'")) from error
    member = getattr(module, name, None)
    if callable(member):
        return member
    found = [key for key, each in vars(module).items() if callable(each) and not key.startswith("_")]
    what = f"'{module_name}' has no '{name}'" if member is None else f"'{name}' is a {type(member).__name__}"
    raise Failure(
        record(
            f"Failed to load python function '{name}' from file '{module_name}': {what}.",
            _LOAD,
            messageParameters={"func_name": name, "module_name": module_name},
            referenceCode="Executor",
            hint=f"the entry has to be a function or a class; {module_name} has {', '.join(found[:10]) or 'none'}",
        )
    )


def _arguments(owner: type, init: Mapping[str, Any], entry: str, connect: Connect) -> Dict[str, Any]:
    """The constructor's arguments: names of connections and dicts of model configurations made into objects."""
    parameters = _own_parameters(owner)
    hints = _hints(owner.__init__)
    arguments = dict(init)
    for name, parameter in parameters.items():
        if name not in arguments:
            continue
        annotation = hints.get(name, parameter.annotation)
        accepted = connection_classes(annotation)
        if accepted and isinstance(arguments[name], str):
            arguments[name] = connect(arguments[name], name, entry, accepted)
        elif getattr(annotation, "__name__", "") in _MODEL_CONFIGURATIONS:
            arguments[name] = _model_configuration(annotation, arguments[name], name, entry, connect)
    return arguments


def _model_configuration(kind: Any, value: Any, name: str, entry: str, connect: Connect) -> Any:
    if isinstance(value, dict):
        value = kind(**value)
    if not isinstance(value, kind):
        message = f"Model config value is not an instance of {kind.__name__}, got {type(value).__name__} ('{name}')"
        raise Failure(record(message, ["UserError", "ValidationError", "InvalidModelConfigValueType"]))
    if getattr(value, "connection", None) is None:
        return value
    from promptflow.connections import AzureOpenAIConnection, OpenAIConnection

    is_azure = kind.__name__.startswith("Azure")
    accepted = [AzureOpenAIConnection if is_azure else OpenAIConnection]
    connection = connect(value.connection, name, entry, accepted)
    return kind.from_connection(connection, value.azure_deployment if is_azure else value.model)


def _own_parameters(owner: type) -> Dict[str, inspect.Parameter]:
    if owner.__init__ is object.__init__:  # type: ignore[misc]
        return {}
    parameters = list(inspect.signature(owner.__init__).parameters.values())[1:]  # type: ignore[misc]
    return {each.name: each for each in parameters if each.kind not in VARIADIC}


def _hints(function: Any) -> Dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:
        return {}


def _described(parameter: inspect.Parameter) -> Dict[str, Any]:
    """A parameter as an input of the flow; without a type where its default is one that only the code can have."""
    default = parameter.default
    if default is inspect.Parameter.empty:
        return {"name": parameter.name, "type": _input_type(parameter), "hasDefault": False, "default": None}
    _, why = encode(default)
    if isinstance(default, _JSON_DEFAULTS) and why is None:
        return {"name": parameter.name, "type": _input_type(parameter), "hasDefault": True, "default": default}
    return {"name": parameter.name, "type": "any", "hasDefault": True}


def _input_type(parameter: inspect.Parameter) -> str:
    kind, _ = signature_kinds({parameter.name: parameter})[parameter.name]
    return kind if kind in ("int", "double", "bool", "string", "list") else "object"


def _facts(signature: inspect.Signature) -> List[Tuple[str, bool]]:
    return [
        (each.name, each.default is not inspect.Parameter.empty)
        for each in signature.parameters.values()
        if each.kind not in VARIADIC
    ]


def _qualified_name(function: Any) -> str:
    return getattr(function, "__qualname__", None) or type(function).__name__


def _shown(init: Mapping[str, Any]) -> str:
    """The names alone: values may be secrets."""
    return ", ".join(init) or "{}"


# --- outputs ----------------------------------------------------------------------------------------------------------


def _as_dict(value: Any) -> Dict[str, Any]:
    if isinstance(value, dict):
        return value
    if _is_record(value):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    return {"output": value}


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _joined(output: Dict[str, Any]) -> Dict[str, Any]:
    """The output with its iterators read to their ends."""
    return {
        key: "".join(str(item) for item in value) if isinstance(value, Iterator) else value
        for key, value in output.items()
    }


async def _joined_async(output: Dict[str, Any]) -> Dict[str, Any]:
    joined: Dict[str, Any] = {}
    for key, value in output.items():
        if hasattr(value, "__anext__"):
            joined[key] = "".join([str(item) async for item in value])
        else:
            joined[key] = "".join(str(item) for item in value) if isinstance(value, Iterator) else value
    return joined


def _checked(output: Dict[str, Any], value: Any) -> Any:
    """The output of a call that returned this value, in the form that leaves (N2)."""
    data = b""
    for key, part in output.items():
        data, why = encode(part)
        if why is not None:
            raise Failure(_unserializable(str(key), why))
    is_whole = isinstance(value, dict) or _is_record(value) or data.startswith(b"{")
    return output if is_whole else output["output"]


def _unserializable(key: str, why: str) -> Record:
    return record(
        f"The output '{key}' for flow is incorrect. The output value is not JSON serializable. "
        f"JSON dump failed: {why}. Please verify your flow output and make sure the value serializable.",
        ["UserError", "FlowOutputUnserializable"],
        messageParameters={"output_name": key, "error_type_and_message": why},
        referenceCode="FlowExecutor",
    )


def _log_all(returned: Any) -> bool:
    if not isinstance(returned, dict):
        return False
    for key, value in returned.items():
        log_metric(str(key), value)
    return True


# --- failures ---------------------------------------------------------------------------------------------------------


def script_failure(error: BaseException, name: str, folder: str) -> Record:
    """The record of what a synchronous entry raised."""
    if isinstance(error, Failure):
        return error.record
    kind, text = type(error).__name__, failures.text_of(error)
    message = f"Execution failure in '{name}': ({kind}) {text}"
    info = {"type": kind, "message": text, "traceback": failures.trace_of(error)}
    made = record(
        message,
        ["UserError", "ScriptExecutionError"],
        messageFormat="Execution failure in '{func_name}': {error_type_and_message}",
        messageParameters={"func_name": name, "error_type_and_message": f"({kind}) {text}"},
        referenceCode="Unknown",
        additionalInfo=[{"type": "FlexFlowExecutionErrorDetails", "info": info}],
        debugInfo={
            "type": "ScriptExecutionError",
            "message": message,
            "stackTrace": "",
            "innerException": failures.debug_info(error),
        },
    )
    return _placed(made, error, folder)


def _raw_failure(error: Exception, folder: str) -> Record:
    """The record of what an asynchronous entry raised: promptflow wraps none of these."""
    if isinstance(error, Failure):
        return error.record
    if failures.is_promptflow_error(error):
        return _placed(failures.promptflow_record(error, ""), error, folder)
    kind = type(error).__name__
    made = record(failures.text_of(error), ["SystemError", kind], debugInfo=failures.debug_info(error))
    return _placed(made, error, folder)


def _placed(made: Record, error: BaseException, folder: str) -> Record:
    where: Optional[str] = failures.place(failures.user_frames(error.__traceback__), folder)
    if where is not None:
        made["place"] = where
    return made
