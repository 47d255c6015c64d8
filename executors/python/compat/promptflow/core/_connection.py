"""Old address of ``promptflow.connections``."""

from ..connections import *  # noqa: F401,F403
from ..connections import _Connection, _StrongTypeConnection  # noqa: F401
