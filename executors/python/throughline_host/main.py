"""The way in: reads frames in a thread, runs synchronous work on the main thread.

M1. When the lane closes its end, the process ends: at once while user code runs, else after the exit handlers.
M2. Cancelling, releasing, checking and answering are done by the reading thread, so that they do not wait for user code.
M3. The process does not outlive its reading thread.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from typing import Any, List, Optional, Tuple

from . import PROTOCOL, asks, capture, wire
from .host import Host

Work = Optional[Tuple[int, List[List[Any]]]]

#: How long exit handlers and threads of user code may take.
EXIT_GRACE_S = 2.0

#: Levels of lists and dicts in a frame.
DEEPEST_FRAME = 5_000
_limit_lock = threading.Lock()


def main() -> None:
    pipe = wire.Wire.take_over()
    capture.install()
    sys.argv = [""]
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit.register(_ask_children_to_end)
    replies = wire.Replies(pipe)
    asks.connect(replies)
    host = Host(replies)
    inbox: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
    replies.start()
    reader = threading.Thread(target=_read, args=(pipe, replies, host, inbox), name="throughline-reader", daemon=True)
    reader.start()
    _end_with_parent()
    while True:
        work = inbox.get()
        if work is None:
            sys.exit(0)
        tag, payload = work
        if tag == "s":
            host.run_sync(_parsed(payload))
        elif tag == "p":
            host.prepare(_parsed(payload))
        elif tag == "d":
            host.describe(_parsed(payload))
        else:
            answer = {"protocol": PROTOCOL, "pid": os.getpid(), **host.hello(_parsed(payload))}
            replies.send(0, wire.READY, json.dumps(answer).encode("ascii"))


def _parsed(payload: bytes) -> Any:
    """JSON of a frame. The lane lets values through that are as deep as Python's usual limit: the frame is deeper."""
    try:
        return json.loads(payload)
    except RecursionError:
        with _limit_lock:
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(max(limit, DEEPEST_FRAME))
            try:
                return json.loads(payload)
            finally:
                sys.setrecursionlimit(limit)


def _read(pipe: wire.Wire, replies: wire.Replies, host: Host, inbox: Any) -> None:
    try:
        _read_frames(pipe, replies, host, inbox)
    except BaseException:  # without its reader the process would be silent for ever
        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
        os._exit(70)


def _read_frames(pipe: wire.Wire, replies: wire.Replies, host: Host, inbox: Any) -> None:
    while True:
        frame = pipe.read()
        if frame is None:
            break
        tag, body = chr(frame[0]), frame[1:]
        if tag in ("s", "a"):
            count, calls = body.split(b"\n", 1)
            replies.expect(int(count))
            if tag == "a":
                host.run_async(_parsed(calls))
            else:
                inbox.put((tag, calls))
        elif tag == "x":
            host.cancel(*json.loads(body))
        elif tag == "r":
            host.release(*json.loads(body))
        elif tag == "c":
            host.check(*json.loads(body))
        elif tag == "w":
            asks.on_answer(_parsed(body))
        else:
            inbox.put((tag, body))
    if host.is_running_user_code():
        _end_group()
    inbox.put(None)
    time.sleep(EXIT_GRACE_S)
    _end_group()


def _end_group() -> None:
    """Ends this process at once, and what user code has started in it."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _ask_children_to_end() -> None:
    """After all exit handlers of user code: its processes are not to outlive this one."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


def _end_with_parent() -> None:
    """Linux: dies with the thread that started it, also where user code holds every lock of the interpreter."""
    if not sys.platform.startswith("linux"):
        return
    try:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)
    except Exception:
        pass
