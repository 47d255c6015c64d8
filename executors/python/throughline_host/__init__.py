"""The resident Python process of a lane: it loads the flow's tools once and runs them call by call.

Standard library only, Python 3.9 or later. ``main.py`` is the way in; the TypeScript side is ``src/python``.
"""

#: Raised when the frames change, so that a stale installation is noticed at the handshake.
PROTOCOL = 2
