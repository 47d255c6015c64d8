"""Chat text to messages."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from ._errors import ChatAPIInvalidRoleError

_ROLES = ["system", "user", "assistant", "function", "tool"]


def parse_chat(
    chat_str: str, images: Optional[List[Any]] = None, valid_roles: Optional[List[str]] = None, **_settings: Any
) -> List[Dict[str, Any]]:
    """Splits a text at its role lines (``user:``, ``# system:``) into chat messages. Images are left in the text."""
    roles = "|".join(valid_roles or _ROLES)
    parts = re.split(rf"(?im)^\s*#?\s*({roles})\s*:\s*\n", chat_str)
    if parts[0].strip():
        raise ChatAPIInvalidRoleError(
            message=f"The chat text begins with {parts[0].strip()[:60]!r}, not with a role line such as 'user:'."
        )
    return [
        {"role": role.lower(), "content": content.strip()} for role, content in zip(parts[1::2], parts[2::2])
    ]
