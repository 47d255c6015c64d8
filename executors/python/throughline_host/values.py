"""Values on their way out: Python objects as JSON bytes, and streams (generators) as something that can be read twice.

V1. The JSON is what ``json.dumps(value, ensure_ascii=False)`` writes, non-finite numbers as bare words included.
V2. Encoding never raises: an object without a JSON form is sent as the JSON string of its text.
V3. Every reader of a stream sees all of its items, in order, whoever read first.
"""

from __future__ import annotations

import codecs
import json
import threading
from types import AsyncGeneratorType, GeneratorType
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Optional, Tuple


def _escape_surrogates(error: UnicodeError) -> Tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lone = error.object[error.start : error.end]
    return "".join(f"\\u{ord(char):04x}" for char in lone), error.end


codecs.register_error("throughline.escape", _escape_surrogates)


def _without_json_form(value: Any) -> Any:
    if isinstance(value, bytes) and hasattr(value, "to_base64") and hasattr(value, "_mime_type"):
        url = getattr(value, "source_url", None)
        if url:
            return {f"data:{value._mime_type};url": url}
        return {f"data:{value._mime_type};base64": value.to_base64()}
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def with_texts(value: Any) -> Any:
    """The value with each multimedia ``Text`` in the form that ``openai-vision`` has for it."""
    if isinstance(value, list):
        return [with_texts(each) for each in value]
    if isinstance(value, dict):
        return {key: with_texts(each) for key, each in value.items()}
    if isinstance(value, str) and type(value).__name__ == "Text" and hasattr(value, "serialize"):
        return value.serialize()
    return value


def _make_encoder() -> Callable[[Any], str]:
    """``JSONEncoder.encode``, without building its inner encoder anew for every value where that can be had."""
    slow = json.JSONEncoder(ensure_ascii=False, default=_without_json_form).encode
    try:
        from json.encoder import c_make_encoder, encode_basestring

        markers: Dict[int, Any] = {}
        inner = c_make_encoder(
            markers, _without_json_form, encode_basestring, None, ": ", ", ", False, False, True
        )

        def fast(value: Any) -> str:
            if type(value) is str:
                return encode_basestring(value)
            try:
                return "".join(inner(value, 0))
            except BaseException:
                markers.clear()
                raise

        sample = {"a": [1, 2.5, None, True, "é"], "b": {}, "c": (float("inf"),)}
        return fast if fast(sample) == slow(sample) else slow
    except Exception:
        return slow


_encode = _make_encoder()


def to_bytes(text: str) -> bytes:
    """UTF-8; half characters, which UTF-8 has not, become JSON escapes."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "throughline.escape")


def encode(value: Any) -> Tuple[bytes, Optional[str]]:
    """The JSON bytes of a value, and why they are only those of its text form, where they are (V2)."""
    try:
        return to_bytes(_encode(value)), None
    except (TypeError, ValueError, OverflowError, RecursionError, UnicodeError) as error:
        return to_bytes(_encode(text_of(value))), f"({type(error).__name__}) {error}"
    except Exception as error:  # a property or an iterator of the user's object
        return to_bytes(_encode(text_of(value))), f"({type(error).__name__}) {text_of(error)}"


_SCALARS = (str, int, float, bool, type(None))


def is_plain(value: Any) -> bool:
    """Whether ``json.loads`` of the value's JSON gives an equal value of the same types."""
    waiting, left = [value], 1_000_000
    try:
        while waiting:
            each = waiting.pop()
            left -= 1
            if left < 0:
                return False
            kind = type(each)
            if kind in _SCALARS:
                continue
            if kind is list:
                waiting.extend(each)
            elif kind is dict and all(type(key) is str for key in each):
                waiting.extend(each.values())
            else:
                return False
        return True
    except RuntimeError:  # user code changes it at this moment
        return False


def encode_parts(value: Any) -> bytes:
    """The JSON bytes of a value without a JSON form, as far as its parts have one; for who takes a property of it.

    Streams in it are read, objects are what their attributes are, and what is left is its text.
    """
    try:
        return to_bytes(json.dumps(value, ensure_ascii=False, default=_parts_of))
    except Exception:
        return to_bytes(_encode(text_of(value)))


def _parts_of(value: Any) -> Any:
    if isinstance(value, GeneratorType):
        return Stream(value).join()
    try:
        return _without_json_form(value)
    except TypeError:
        attributes = {name: each for name, each in getattr(value, "__dict__", {}).items() if not name.startswith("_")}
        return attributes or text_of(value)


def text_of(value: Any) -> str:
    """``str(value)``, also for objects whose own text form fails."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__} object without a text form>"


class Stream:
    """A generator that a tool returned, recorded while it is read (V3)."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._items: List[Any] = []
        self._lock = threading.RLock()
        self._error: Optional[BaseException] = None
        self._is_over = False
        self.is_async = isinstance(source, AsyncGeneratorType)
        self.description = text_of(source)

    def view(self) -> Any:
        """A generator over all items, from the first. It goes by the name of the tool's own."""
        view: Any = self._read_async() if self.is_async else self._read()
        view.__name__ = self._source.__name__
        view.__qualname__ = self._source.__qualname__
        return view

    def join(self) -> str:
        return "".join(str(item) for item in self._read())

    async def join_async(self) -> str:
        return "".join([str(item) async for item in self._read_async()])

    def _read(self) -> Iterator[Any]:
        position = 0
        while self._has(position):
            yield self._items[position]
            position += 1

    def _has(self, position: int) -> bool:
        with self._lock:
            if position < len(self._items):
                return True
            if not self._is_over:
                try:
                    self._items.append(next(self._source))
                    return True
                except StopIteration:
                    self._is_over = True
                except BaseException as error:
                    self._is_over, self._error = True, error
        if self._error is not None:
            raise self._error
        return False

    async def _read_async(self) -> AsyncIterator[Any]:
        position = 0
        while True:
            if position >= len(self._items):
                if not self._is_over:
                    await self._pull()
                if position >= len(self._items):
                    if self._error is not None:
                        raise self._error
                    return
            yield self._items[position]
            position += 1

    async def _pull(self) -> None:
        import asyncio

        if not hasattr(self, "_turn"):
            self._turn = asyncio.Lock()
        seen = len(self._items)
        async with self._turn:
            if len(self._items) > seen or self._is_over:
                return
            try:
                self._items.append(await self._source.__anext__())
            except StopAsyncIteration:
                self._is_over = True
            except BaseException as error:
                self._is_over, self._error = True, error


def is_stream(value: Any) -> bool:
    return type(value) in _STREAMS


_STREAMS = (GeneratorType, AsyncGeneratorType)
