"""Frames on the process's own pipes.

Takes file descriptors 0 and 1 for itself and gives user code others in their place. What the frames mean is not known
here, except for the fixed entry that heads every reply.

W1. After ``take_over`` nothing that user code does to descriptors 0, 1 and 2 reaches a frame.
W2. A frame is written whole, by one thread at a time.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
from collections import deque
from typing import Deque, List, Optional, Tuple

LENGTH = struct.Struct("<I")
#: id, kind, flags, (unused), bytes of the value, bytes of the JSON that rides along (prints and metrics)
ENTRY = struct.Struct("<QBBHII")

VALUE = 0
TEXT_OF_VALUE = 1
FAILED = 2
CANCELED = 3
READY = 4
PREPARED = 5
NOT_LOADED = 6
CHECKED = 7
#: A question of user code; its number is the question's own.
ASKED = 8

#: The object stays here under the call's id, until its line is released.
KEPT = 1

#: How long a finished result may wait for company.
FLUSH_AFTER_S = 0.010


class Wire:
    """The two ends of the pipe to the lane."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = os.fdopen(source, "rb", buffering=1 << 16)
        self._sink = sink

    @classmethod
    def take_over(cls) -> "Wire":
        """Moves the pipes away from 0 and 1. From now on 0 is empty, and 1 goes where 2 goes."""
        source, sink = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        if sys.platform == "win32":
            import msvcrt

            msvcrt.setmode(source, os.O_BINARY)
            msvcrt.setmode(sink, os.O_BINARY)
        return cls(source, sink)

    def read(self) -> Optional[bytes]:
        """The next payload; ``None`` when the lane is gone."""
        head = self._source.read(4)
        if len(head) < 4:
            return None
        (size,) = LENGTH.unpack(head)
        payload = self._source.read(size)
        return payload if len(payload) == size else None

    def write(self, payload: bytes) -> None:
        """Writes one frame, all of it. The caller holds the lock (W2)."""
        view = memoryview(LENGTH.pack(len(payload)) + payload)
        try:
            while len(view) > 0:
                view = view[os.write(self._sink, view) :]
        except OSError:
            os._exit(0)


class Replies:
    """Collects replies and sends them together.

    R1. A reply is sent at the end of its frame, or ``FLUSH_AFTER_S`` after the previous look, whichever is first: a
        slow tool holds back its own result only.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._ready: "Deque[Tuple[bytes, bytes, bytes]]" = deque()
        self._busy = threading.Event()
        self._open = 0

    def start(self) -> None:
        threading.Thread(target=self._flush_in_time, name="throughline-replies", daemon=True).start()

    def expect(self, calls: int) -> None:
        """Tells that so many replies are owed from now on."""
        with self._lock:
            self._open += calls
        self._busy.set()

    def add(self, number: int, kind: int, value: bytes, flags: int = 0, extra: bytes = b"") -> None:
        self._ready.append((ENTRY.pack(number, kind, flags, 0, len(value), len(extra)), value, extra))

    def flush(self) -> None:
        with self._lock:
            heads: List[bytes] = []
            bodies: List[bytes] = []
            take = self._ready.popleft
            for _ in range(len(self._ready)):
                head, value, extra = take()
                heads.append(head)
                bodies.append(value)
                bodies.append(extra)
            if not heads:
                return
            self._open -= len(heads)
            if self._open <= 0:
                self._busy.clear()
            self._wire.write(b"".join((LENGTH.pack(len(heads)), *heads, *bodies)))

    def send(self, number: int, kind: int, value: bytes) -> None:
        self.expect(1)
        self.add(number, kind, value)
        self.flush()

    def _flush_in_time(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(FLUSH_AFTER_S)
            if self._ready:
                self.flush()
