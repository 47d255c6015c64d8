"""The import name ``promptflow``: the user's own where it is installed, ours where it is not.

Ours lies in ``compat/promptflow`` and is put at the end of ``sys.path`` only when there is no other.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Optional

from .capture import log_metric

_is_hooked = False


def serve(compat: str) -> Optional[str]:
    """Makes sure that ``import promptflow`` works. Hands back where the user's own lies, or ``None`` for ours."""
    try:
        spec = importlib.util.find_spec("promptflow")
    except (ImportError, ValueError):
        spec = None
    if spec is not None and spec.origin not in (None, "namespace"):
        return spec.origin
    sys.path.append(compat)
    return None


def hook_metrics() -> None:
    """Listens to the real package's ``log_metric``, once it has been imported."""
    global _is_hooked
    module = sys.modules.get("promptflow._core.metric_logger")
    add = getattr(module, "add_metric_logger", None)
    if add is not None and not _is_hooked:
        _is_hooked = True
        add(log_metric)
