"""Images in values that come from the flow: promptflow's dict form, made into the object that tools expect.

Only the ``basic`` form: a dict whose single key is ``data:image/<type>;path|base64|url``.

I1. Nothing is read for an image, from the disk or the network: data would decide what. Only base64 text is decoded.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from .failures import Failure, record

_KEY = re.compile(r"^data:image/(.*);(path|base64|url)$")


def with_images(value: Any, node: str, name: str) -> Any:
    """An input's value with every image dict in it replaced by an ``Image``; the same object where there is none.

    Raises ``Failure`` (``NotSupportedYet``) for an image that is elsewhere (I1).
    """
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, source),) = value.items()
            found = _KEY.match(key) if isinstance(key, str) else None
            if found is not None and isinstance(source, str):
                return _image(found.group(1), found.group(2), source, node, name)
        made = {key: with_images(each, node, name) for key, each in value.items()}
        return value if all(made[key] is value[key] for key in made) else made
    if isinstance(value, list):
        items = [with_images(each, node, name) for each in value]
        return value if all(new is old for new, old in zip(items, value)) else items
    return value


def _image(kind: str, how: str, source: str, node: str, name: str) -> Any:
    if how != "base64":
        raise Failure(
            record(
                f"Input '{name}' of node '{node}' has an image by {how}: "
                "images by URL or path in data are not supported yet",
                ["UserError", "NotSupportedYet"],
                messageFormat="Input '{input}' of node '{node}' has an image by {how}: "
                "images by URL or path in data are not supported yet",
                messageParameters={"input": name, "node": node, "how": how},
                referenceCode="Executor",
                hint=f"give the image itself, as data:image/{kind};base64",
            )
        )
    from promptflow.contracts.multimedia import Image

    return Image(base64.b64decode(source), mime_type=f"image/{kind}")
