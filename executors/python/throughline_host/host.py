"""Runs calls: synchronous tools on the main thread, one after the other; asynchronous ones together in an event loop.

Does not read frames (main.py) and does not decide what a failure means for a line (the lane does).

H1. Every call is answered once: with a value, with a failure's record, or as canceled.
H2. Nothing that a tool raises ends the process, ``SystemExit`` and ``KeyboardInterrupt`` included.
H3. A value is kept, under the number of the call that made it, until its line is released; then it is forgotten. The
    value of a call that outlives its line is released by its number.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable, Dict, List, Mapping, Optional, Set, Tuple

from . import promptflow_names, wire
from .capture import Call, current, running
from .connections import Connections
from .entries import Entry
from .event_loop import EventLoop
from .failures import Failure, Record, record, tool_failure
from .images import BASIC, LITERAL, VISION, with_images
from .loader import Source, Tool, load
from .references import path_text, resolve
from .values import Stream, encode, encode_parts, is_plain, is_stream, to_bytes, with_texts

_MISSING = object()


class Host:
    def __init__(self, replies: wire.Replies) -> None:
        self._replies = replies
        self._folder = os.getcwd()
        self._connections = Connections()
        self._tools: Dict[int, Tool] = {}
        self._entries: Dict[str, Entry] = {}
        self._values: Dict[int, Any] = {}
        self._lines: Dict[int, List[int]] = {}
        self._canceled: Set[int] = set()
        #: Synchronous calls begin in the order of their numbers; this is the last that has begun.
        self._begun = 0
        self._loop = EventLoop(replies.flush)
        self._is_preparing = False
        self._format = BASIC
        self._encode = encode

    def _failure(self, made: Record) -> bytes:
        """A failure's record, without the secrets of connections that a message or a traceback may show."""
        return self._connections.scrub(_json(made).decode("ascii")).encode("ascii")

    # --- once ---------------------------------------------------------------------------------------------------------

    def hello(self, message: Mapping[str, Any]) -> Record:
        self._folder = message["folder"]
        self._format = message.get("messageFormat") or BASIC
        if self._format == VISION:
            self._encode = lambda value: encode(with_texts(value))
        sys.path.insert(0, self._folder)
        own = promptflow_names.serve(message["compat"])
        version = ".".join(str(part) for part in sys.version_info[:3])
        return {"python": version, "executable": sys.executable, "promptflow": own}

    def prepare(self, message: Mapping[str, Any]) -> None:
        number, references = message["number"], message["references"]
        self._connections.add(message["connections"], message["names"])
        tool = self._loaded(number, lambda: self._tool(message))
        if tool is None:
            return
        promptflow_names.hook_metrics()
        tool.references = {name: (pair[0], pair[1]) for name, pair in references.items()}
        tool.leaves, tool.is_kept, tool.has_parts = message["leaves"], message["kept"], message["parts"]
        tool.limit = message.get("limit") or sys.maxsize
        if tool.order is not None:
            given = message["order"]
            tool.order = [*given, *(name for name in tool.literals if name not in given)]
        tool.is_plain = not tool.literals and tool.order is None
        self._tools[message["index"]] = tool
        shown = {name: encode(value) for name, value in tool.literals.items()}
        answer = {
            "isAsync": tool.is_async,
            "parameters": tool.parameters,
            "literals": {name: text.decode() for name, (text, why) in shown.items() if why is None},
        }
        self._replies.send(number, wire.PREPARED, _json(answer))

    def describe(self, message: Mapping[str, Any]) -> None:
        """Tells the signature of a flex flow's entry."""
        number = message["number"]
        description = self._loaded(number, lambda: self._entry(message["path"]).describe())
        if description is not None:
            self._replies.send(number, wire.PREPARED, _json(description))

    def _loaded(self, number: int, load_it: Callable[[], Any]) -> Any:
        """What was loaded; ``None`` after the failure was answered."""
        self._is_preparing = True
        try:
            return load_it()
        except Failure as failure:
            self._replies.send(number, wire.NOT_LOADED, self._failure(failure.record))
        except BaseException as error:
            made = record(f"{type(error).__name__}: {error}", ["SystemError", type(error).__name__])
            self._replies.send(number, wire.NOT_LOADED, self._failure(made))
        finally:
            self._is_preparing = False
        return None

    def _tool(self, message: Mapping[str, Any]) -> Tool:
        if "init" in message:
            entry = self._entry(message["path"])
            make = entry.aggregation_tool if message["aggregates"] else entry.line_tool
            return make(message["init"], self._connections.get)
        node = message["node"]
        given = message["literals"]
        literals = {name: with_images(value, name, self._format, LITERAL) for name, value in given.items()}
        source = Source(message["path"], message["packageTool"], message["module"])
        return load(self._folder, source, node, literals, list(message["references"]), self._connections.get)

    def _entry(self, text: str) -> Entry:
        if text not in self._entries:
            self._entries[text] = Entry(self._folder, text)
        return self._entries[text]

    def is_running_user_code(self) -> bool:
        return self._is_preparing or bool(running)

    # --- calls --------------------------------------------------------------------------------------------------------

    def run_sync(self, calls: List[List[Any]]) -> None:
        tools, canceled, add, encode_value = self._tools, self._canceled, self._replies.add, self._encode
        for number, node, position, plain, taken in calls:
            self._begun = number
            if canceled and self._was_canceled(number):
                continue
            tool, call = tools[node], Call(number)
            token = current.set(call)
            running.add(call)
            try:
                arguments = plain if tool.is_plain and not taken else self._arguments(tool, plain, taken)
                value = tool.function(**arguments)
            except Failure as failure:
                self._answer(call, wire.FAILED, self._failure(failure.record))
            except BaseException as error:
                self._fail(tool, call, error)
            else:
                if tool.is_kept or not call.is_quiet or is_stream(value):
                    self._finish(tool, call, position, value)
                else:
                    data, why = encode_value(value)
                    if len(data) > tool.limit:
                        self._answer(call, wire.FAILED, _too_large(len(data), tool.limit))
                    elif why is None:
                        add(number, wire.VALUE, data)
                    else:
                        parts = encode_parts(value) if tool.has_parts else data
                        self._answer(call, wire.TEXT_OF_VALUE, parts, 0, why)
            finally:
                running.discard(call)
                current.reset(token)
        self._replies.flush()

    def run_async(self, calls: List[List[Any]]) -> None:
        for number, node, position, plain, taken in calls:
            call = Call(number)
            self._loop.start(call, self._run_one(call, node, position, plain, taken))

    async def _run_one(self, call: Call, node: int, position: int, plain: Any, taken: Any) -> None:
        tool = self._tools[node]
        current.set(call)
        running.add(call)
        try:
            value = await tool.function(**self._arguments(tool, plain, taken))
            if tool.leaves and is_stream(value):
                stream = Stream(value)
                text = await stream.join_async() if stream.is_async else stream.join()
                self._deliver(tool, call, position, stream, text)
            else:
                self._finish(tool, call, position, value)
        except Failure as failure:
            self._answer(call, wire.FAILED, self._failure(failure.record))
        except BaseException as error:
            self._fail(tool, call, error)
        finally:
            running.discard(call)

    def _arguments(self, tool: Tool, plain: Dict[str, Any], taken: Any) -> Dict[str, Any]:
        """The keyword arguments of a call: literals kept here, values from the frame, objects by reference."""
        arguments = {**tool.literals, **plain} if tool.literals else plain
        if taken:
            for name, (handle, path, text) in taken.items():
                value = self._values.get(handle, _MISSING) if text is None else json.loads(text)
                if value is _MISSING:
                    raise Failure(record(f"the value of input '{name}' is gone", ["SystemError", "UnexpectedError"]))
                if isinstance(value, Stream):
                    value = value.view()
                if path:
                    node, prop = tool.references.get(name) or ("", path_text(path))
                    value = resolve(value, path, node, prop)
                is_image = text is not None and tool.takes_images
                arguments[name] = with_images(value, name, self._format) if is_image else value
        if tool.order is not None:
            arguments = {name: arguments[name] for name in tool.order if name in arguments}
        return arguments

    def _finish(self, tool: Tool, call: Call, position: int, value: Any) -> None:
        if is_stream(value):
            stream = Stream(value)
            if not tool.leaves:
                self._keep(tool, call, position, stream)
                self._answer(call, wire.TEXT_OF_VALUE, _json(stream.description), self._flags(tool), "a stream")
            elif stream.is_async:
                self._loop.start(call, self._drain(tool, call, position, stream))
            else:
                try:
                    text = stream.join()
                except BaseException as error:
                    self._fail(tool, call, error)
                else:
                    self._deliver(tool, call, position, stream, text)
            return
        data, why = self._encode(value)
        if why is not None and tool.has_parts:
            data = encode_parts(value)
        if len(data) > tool.limit:
            self._answer(call, wire.FAILED, _too_large(len(data), tool.limit))
            return
        self._keep(tool, call, position, value)
        self._answer(call, wire.VALUE if why is None else wire.TEXT_OF_VALUE, data, self._flags(tool), why)

    async def _drain(self, tool: Tool, call: Call, position: int, stream: Stream) -> None:
        current.set(call)
        running.add(call)
        try:
            self._deliver(tool, call, position, stream, await stream.join_async())
        except BaseException as error:
            self._fail(tool, call, error)
        finally:
            running.discard(call)

    def _deliver(self, tool: Tool, call: Call, position: int, stream: Stream, text: str) -> None:
        self._keep(tool, call, position, stream)
        self._answer(call, wire.VALUE, encode(text)[0], self._flags(tool))

    def _fail(self, tool: Tool, call: Call, error: BaseException) -> None:
        try:
            made = tool_failure(error, tool.node, self._folder, tool.function)
        except Exception as second:  # an exception whose own text or attributes raise
            message = f"Execution failure in '{tool.node}': ({type(error).__name__})"
            made = record(message, ["UserError", "ToolExecutionError"], debugInfo={"type": str(type(second).__name__)})
        self._answer(call, wire.FAILED, self._failure(made))

    def _flags(self, tool: Tool) -> int:
        return wire.KEPT if tool.is_kept else 0

    def _keep(self, tool: Tool, call: Call, position: int, value: Any) -> None:
        if tool.is_kept and not call.is_canceled:
            self._values[call.number] = value
            self._lines.setdefault(position, []).append(call.number)

    def _answer(self, call: Call, kind: int, data: bytes, flags: int = 0, why: Optional[str] = None) -> None:
        if call.is_canceled:
            return
        extra = b""
        if not call.is_quiet or why is not None:
            rides: Dict[str, Any] = {}
            if call.stdout or call.stderr:
                rides["stdout"] = self._connections.scrub("".join(call.stdout or ()))
                rides["stderr"] = self._connections.scrub("".join(call.stderr or ()))
            if call.metrics:
                rides["metrics"] = {key: encode(value)[0].decode() for key, value in call.metrics.items()}
            if why is not None:
                rides["why"] = why
            extra = _json(rides)
        self._replies.add(call.number, kind, data, flags, extra)

    # --- from the reading thread --------------------------------------------------------------------------------------

    def release(self, positions: List[int], late: List[Tuple[int, int]]) -> None:
        """Forgets lines, and single values ``(position, number)`` of lines that were forgotten before."""
        for position in positions:
            for number in self._lines.pop(position, ()):
                self._values.pop(number, None)
        for position, number in late:
            self._values.pop(number, None)
            kept = self._lines.get(position)  # also that of a second attempt at the line
            if kept is not None and number in kept:
                kept.remove(number)
                if not kept:
                    self._lines.pop(position, None)

    def check(self, number: int, handles: List[int]) -> None:
        """Tells which values are no more than their JSON text."""
        plain = [is_plain(self._values.get(handle, _MISSING)) for handle in handles]
        self._replies.send(number, wire.CHECKED, _json(plain))

    def cancel(self, numbers: List[int], async_numbers: List[int]) -> None:
        """Answers for calls that have not begun and for asynchronous ones; a running synchronous one goes on."""
        for number in numbers:
            self._canceled.add(number)
            # The main thread notes that a call begins, then looks whether it was canceled. Whoever takes the number out
            # of the set decides, so that it is answered once.
            if number <= self._begun and self._was_canceled(number):
                self._loop.cancel(number, self._replies)
            else:
                self._replies.add(number, wire.CANCELED, b"")
        for number in async_numbers:
            self._loop.cancel(number, self._replies)
        self._replies.flush()

    def _was_canceled(self, number: int) -> bool:
        try:
            self._canceled.remove(number)
        except KeyError:
            return False
        return True


def _too_large(size: int, limit: int) -> bytes:
    """It is not sent at all: the lane would have to read it to refuse it."""
    message = f"The line's output has {size} bytes; the limit is {limit}."
    hint = "raise the limit with maxOutputBytes (--max-output), or return less"
    return _json(record(message, ["UserError", "LineOutputTooLarge"], referenceCode="Executor", hint=hint))


def _json(value: Any) -> bytes:
    """JSON in ASCII, for what the lane parses at once; never raises."""
    try:
        return json.dumps(value, default=str).encode("ascii")
    except Exception:
        return to_bytes(json.dumps(str(value)))
