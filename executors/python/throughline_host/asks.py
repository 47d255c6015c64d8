"""Questions that user code asks of the lane while a call runs, such as what a language model answers.

May be asked from any thread and any event loop. What a question means is not known here.

A1. The answers to a question come in order, and end with ``end`` or ``failed``.
A2. A question belongs to the call of its context, as a print does: when that call is over, its question fails.
"""

from __future__ import annotations

import itertools
import json
import queue
import threading
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Optional

from . import wire
from .capture import calling
from .failures import Failure

_numbers = itertools.count(1)
_replies: Optional[wire.Replies] = None
_open: Dict[int, Callable[[Any], None]] = {}
_lock = threading.Lock()


def connect(replies: wire.Replies) -> None:
    """Tells which way questions go."""
    global _replies
    _replies = replies


def answers(question: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    """Asks, and yields the answers as they come. Raises ``Failure`` where the lane failed."""
    inbox: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
    number = _send(question, inbox.put)
    try:
        while True:
            answer = inbox.get()
            if _is_over(answer):
                return
            yield answer
    finally:
        _forget(number)


async def answers_async(question: Dict[str, Any]) -> AsyncIterator[Dict[str, Any]]:
    """As ``answers``, without holding up the event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    inbox: "asyncio.Queue[Any]" = asyncio.Queue()
    number = _send(question, lambda answer: loop.call_soon_threadsafe(inbox.put_nowait, answer))
    try:
        while True:
            answer = await inbox.get()
            if _is_over(answer):
                return
            yield answer
    finally:
        _forget(number)


def on_answer(answer: Dict[str, Any]) -> None:
    """From the reading thread."""
    deliver = _open.get(answer["number"])
    if deliver is not None:
        try:
            deliver(answer)
        except RuntimeError:  # the event loop that asked is closed
            pass


def _is_over(answer: Dict[str, Any]) -> bool:
    if answer["kind"] == "failed":
        raise Failure(answer["record"])
    return bool(answer["kind"] == "end")


def _send(question: Dict[str, Any], deliver: Callable[[Any], None]) -> int:
    if _replies is None:
        raise RuntimeError("there is no lane to ask: this is a process that user code started")
    number = next(_numbers)
    with _lock:
        _open[number] = deliver
    call = calling()
    body = {**question, "call": 0 if call is None else call.number}
    _replies.send(number, wire.ASKED, json.dumps(body).encode("ascii"))
    return number


def _forget(number: int) -> None:
    with _lock:
        _open.pop(number, None)
