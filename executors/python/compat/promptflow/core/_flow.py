"""Prompties as functions: the call goes to the lane, which renders the template and asks the model."""

from __future__ import annotations

import builtins
import dataclasses
import json
import os
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from throughline_host import asks
from throughline_host.failures import Failure
from throughline_host.values import encode

from .._absent import explain
from ..exceptions import UserErrorException
from . import _errors
from ._model_configuration import ModelConfiguration

_Source = Union[str, "os.PathLike[str]"]

#: Taken from the environment of whoever calls, when a configuration names no address.
_VARIABLES = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_ORG_ID",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_KEY",
    "OPENAI_API_VERSION",
)


class Prompty:
    """A ``.prompty`` file that can be called with its inputs."""

    def __init__(self, path: _Source, model: Optional[Dict[str, Any]] = None, **fields: Any) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._name = os.path.splitext(os.path.basename(self.path))[0]
        overrides = dict(fields)
        self._replaces = isinstance((model or {}).get("configuration"), ModelConfiguration)
        if model:
            overrides["model"] = {**model, **_configuration(model)}
        self._overrides = overrides

    @classmethod
    def load(cls, source: _Source, **settings: Any) -> Any:
        path = os.path.abspath(os.fspath(source))
        if not os.path.exists(path):
            raise UserErrorException(message=f"Source {path} does not exist")
        if not path.endswith(".prompty"):
            raise UserErrorException(message="Source must be a file with .prompty extension.")
        return cls(path, **settings)

    def __call__(self, *args: Any, **inputs: Any) -> Any:
        _refuse_positional(args, "called")
        answers = asks.answers(self._question("call", inputs))
        first = _next(answers)
        if first["kind"] != "stream":
            _next(answers)
            return _result(first)
        return _pieces(answers)

    def render(self, *args: Any, **inputs: Any) -> str:
        """The text that would be sent: for a chat, Python's text of its list of messages."""
        _refuse_positional(args, "rendered")
        answers = asks.answers(self._question("render", inputs))
        value = _next(answers)["value"]
        _next(answers)
        return str(value)

    def estimate_token_count(self, *_args: Any, **_inputs: Any) -> int:
        raise explain(f"Counting the tokens of the prompty '{self._name}'", "promptflow-core")

    def _question(self, what: str, inputs: Dict[str, Any]) -> Dict[str, Any]:
        values = {}
        for name, value in inputs.items():
            data, why = encode(value)
            if why is not None:
                raise UserErrorException(message=f"The prompty's input '{name}' cannot be written as JSON: {why}")
            values[name] = data.decode("utf-8", "surrogatepass")
        return {
            "what": what,
            "path": self.path,
            "overrides": self._overrides,
            "replacesConfiguration": self._replaces,
            "env": self._environment(),
            "inputs": values,
        }

    def _environment(self) -> Dict[str, str]:
        """What the file and the overrides take from the environment, as it is at the time of the call."""
        with open(self.path, encoding="utf-8") as file:
            text = file.read() + json.dumps(self._overrides)
        names = {*_VARIABLES, *re.findall(r"\$\{env:(.*)\}", text), *re.findall(r"\$\{env:([^}]*)\}", text)}
        return {"PWD": os.getcwd(), **{name: os.environ[name] for name in names if name in os.environ}}


class AsyncPrompty(Prompty):
    """A ``.prompty`` file whose calls are awaited."""

    async def __call__(self, *args: Any, **inputs: Any) -> Any:
        _refuse_positional(args, "called")
        answers = asks.answers_async(self._question("call", inputs))
        first = await _next_async(answers)
        if first["kind"] != "stream":
            await _next_async(answers)
            return _result(first)
        return _pieces_async(answers)


class _UncalledFlow:
    def __init__(self, source: _Source, settings: Any) -> None:
        self.path = os.path.abspath(os.fspath(source))
        self.name = os.path.splitext(os.path.basename(self.path))[0]
        self.settings = settings

    @classmethod
    def load(cls, source: _Source, **settings: Any) -> Any:
        if not os.path.exists(source):
            raise UserErrorException(message=f"Source {os.path.abspath(os.fspath(source))} does not exist")
        if os.fspath(source).endswith(".prompty"):
            return (AsyncPrompty if cls is AsyncFlow else Prompty).load(source, **settings)
        return cls(source, settings)

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise explain(f"Calling the flow '{self.name}' from a tool", "promptflow-core")


class Flow(_UncalledFlow):
    """A flow loaded from a tool; a prompty can be called, other flows cannot."""


class AsyncFlow(_UncalledFlow):
    """As ``Flow``, with awaited calls."""


def load_flow(source: _Source, **settings: Any) -> Any:
    """A flow by its path: a prompty can be called, other flows cannot."""
    return Flow.load(source, **settings)


class Answer(Dict[str, Any]):
    """A service's answer, with its fields as attributes, where OpenAI's package is not installed."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the answer has no '{name}'") from None

    def model_dump(self) -> Dict[str, Any]:
        return json.loads(json.dumps(self))

    def model_dump_json(self, **settings: Any) -> str:
        return json.dumps(self, **settings)


# --- answers ----------------------------------------------------------------------------------------------------------


def _next(answers: Iterator[Dict[str, Any]]) -> Dict[str, Any]:
    try:
        return next(answers, {"kind": "end"})
    except Failure as failure:
        raise _error(failure) from None


async def _next_async(answers: Any) -> Dict[str, Any]:
    try:
        async for answer in answers:
            return dict(answer)
    except Failure as failure:
        raise _error(failure) from None
    return {"kind": "end"}


def _result(answer: Dict[str, Any]) -> Any:
    value = answer["value"]
    return _object("chat.completion", value) if answer["kind"] == "response" else value


def _pieces(answers: Iterator[Dict[str, Any]]) -> Iterator[Any]:
    while True:
        answer = _next(answers)
        if answer["kind"] == "end":
            return
        yield _piece(answer)


async def _pieces_async(answers: Any) -> Any:
    while True:
        answer = await _next_async(answers)
        if answer["kind"] == "end":
            return
        yield _piece(answer)


def _piece(answer: Dict[str, Any]) -> Any:
    return _object("chat.completion.chunk", answer["value"]) if answer["kind"] == "event" else answer["value"]


def _object(kind: str, value: Any) -> Any:
    """OpenAI's own class for what it knows; else the same with attributes."""
    try:
        from openai.types import Completion, chat

        classes = {
            "chat.completion": chat.ChatCompletion,
            "chat.completion.chunk": chat.ChatCompletionChunk,
            "text_completion": Completion,
        }
        return classes[value.get("object") or kind].model_validate(value)
    except Exception:
        return _with_attributes(value)


def _with_attributes(value: Any) -> Any:
    if isinstance(value, dict):
        return Answer({key: _with_attributes(each) for key, each in value.items()})
    if isinstance(value, list):
        return [_with_attributes(each) for each in value]
    return value


def _error(failure: Failure) -> BaseException:
    """The exception that promptflow would have raised, by the class that the record names."""
    record = failure.record
    codes = _codes(record)
    message = record["message"]
    name = codes[-1]
    if "OpenAIError" in codes:
        name = "ExceedMaxRetryTimes" if message.startswith("Exceed max retry times.") else "WrappedOpenAIError"
    builtin = getattr(builtins, name, None)
    if isinstance(builtin, type) and issubclass(builtin, Exception):
        return builtin(message)
    made = UserErrorException if name == "UserError" else getattr(_errors, name, None)
    if not (isinstance(made, type) and issubclass(made, UserErrorException)):
        made = type(name, (UserErrorException,), {})
    error = made.__new__(made)
    UserErrorException.__init__(error, message=message)
    if isinstance(error, _errors.WrappedOpenAIError):
        error.codes = codes
    return error


def _codes(record: Dict[str, Any]) -> List[str]:
    codes, inner = [record["code"]], record.get("innerError")
    while inner is not None:
        codes.append(inner["code"])
        inner = inner.get("innerError")
    return codes


# --- what is given ----------------------------------------------------------------------------------------------------


def _refuse_positional(args: Tuple[Any, ...], done: str) -> None:
    if args:
        raise UserErrorException(message=f"Prompty can only be {done} with keyword arguments.")


def _configuration(model: Dict[str, Any]) -> Dict[str, Any]:
    """The model's configuration as plain data, connections that are objects written out."""
    configuration = model.get("configuration")
    if isinstance(configuration, ModelConfiguration):
        fields = {key: value for key, value in dataclasses.asdict(configuration).items() if value is not None}  # type: ignore[call-overload]
        return {"configuration": {"type": configuration._type, **fields}}  # type: ignore[attr-defined]
    if isinstance(configuration, dict) and hasattr(configuration.get("connection"), "api_key"):
        connection = configuration["connection"]
        rest = {key: value for key, value in configuration.items() if key != "connection"}
        is_azure = hasattr(connection, "api_base")
        names = ("api_base", "api_version", "api_key") if is_azure else ("base_url", "organization", "api_key")
        fields = {name: getattr(connection, name, None) for name in names}
        return {"configuration": {**rest, "type": "azure_openai" if is_azure else "openai", **fields}}
    return {}
