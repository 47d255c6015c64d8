"""The event loop of asynchronous tools: a thread of its own, started with the first of them.

E1. A call that is canceled is answered for at once, from the loop: no answer means that the loop is blocked.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Coroutine, Dict

from . import wire
from .capture import Call


class EventLoop:
    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._loop: Any = None
        self._lock = threading.Lock()
        self._calls: Dict[int, Call] = {}
        self._is_flushing = False

    def start(self, call: Call, coroutine: Coroutine[Any, Any, None]) -> None:
        """Runs the coroutine for the call, from any thread."""
        self._opened().call_soon_threadsafe(self._begin, call, coroutine)

    def flush_soon(self) -> None:
        """Sends what has been answered, once for all calls that end in the same turn of the loop."""
        if not self._is_flushing:
            self._is_flushing = True
            self._loop.call_soon(self._flush_now)

    def cancel(self, number: int, replies: wire.Replies) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cancel, number, replies)

    def _cancel(self, number: int, replies: wire.Replies) -> None:
        call = self._calls.get(number)
        if call is None:
            return
        call.is_canceled = True
        self._calls.pop(number)
        replies.add(number, wire.CANCELED, b"")
        replies.flush()
        call.task.cancel()

    def _begin(self, call: Call, coroutine: Coroutine[Any, Any, None]) -> None:
        self._calls[call.number] = call
        call.task = self._loop.create_task(coroutine)
        call.task.add_done_callback(lambda task: self._end(call, task))

    def _end(self, call: Call, task: Any) -> None:
        self._calls.pop(call.number, None)
        if not task.cancelled():
            task.exception()  # taken, so that asyncio does not complain about it
        self.flush_soon()

    def _flush_now(self) -> None:
        self._is_flushing = False
        self._flush()

    def _opened(self) -> Any:
        with self._lock:
            if self._loop is None:
                import asyncio

                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._run, name="throughline-loop", daemon=True).start()
        return self._loop

    def _run(self) -> None:
        import asyncio

        asyncio.set_event_loop(self._loop)
        while True:
            try:
                self._loop.run_forever()
            except BaseException:  # a SystemExit in a task that user code started
                continue

