"""Images in values that come from the flow: promptflow's dict form, made into the object that tools expect.

Only the ``basic`` form: a dict whose single key is ``data:image/<type>;path|base64|url``.
"""

from __future__ import annotations

import base64
import os
import re
from typing import Any

_KEY = re.compile(r"^data:image/(.*);(path|base64|url)$")


def with_images(value: Any, folder: str) -> Any:
    """The value with every image dict in it replaced by an ``Image``; the same object where there is none."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, source),) = value.items()
            found = _KEY.match(key) if isinstance(key, str) else None
            if found is not None and isinstance(source, str):
                return _load(found.group(1), found.group(2), source, folder)
        made = {key: with_images(each, folder) for key, each in value.items()}
        return value if all(made[key] is value[key] for key in made) else made
    if isinstance(value, list):
        items = [with_images(each, folder) for each in value]
        return value if all(new is old for new, old in zip(items, value)) else items
    return value


def _load(kind: str, how: str, source: str, folder: str) -> Any:
    from promptflow.contracts.multimedia import Image

    mime = f"image/{kind}"
    if how == "base64":
        return Image(base64.b64decode(source), mime_type=mime)
    if how == "path":
        with open(os.path.join(folder, source), "rb") as file:
            return Image(file.read(), mime_type=mime)
    from urllib.request import urlopen

    with urlopen(source, timeout=60) as response:
        return Image(response.read(), mime_type=mime, source_url=source)
