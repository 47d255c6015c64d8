"""Images in values that come from outside of this process, made into the objects that tools expect.

Inside a flow an image travels as a dict whose single key is ``data:image/<type>;path|base64|url``. Literals of the flow
file may also be in the form of ``message_format: openai-vision``, whose texts become ``Text`` objects.

I1. What data names is read here, when a tool is about to take it: a file, or over the network a URL.
I2. A URL is fetched only from public addresses; so is every place that it redirects to.
"""

from __future__ import annotations

import base64
import re
from typing import Any, Callable, List, Optional

from .failures import Failure, record, text_of

BASIC = "basic"
VISION = "openai-vision"

_KEY = re.compile(r"^data:image/(.*);(path|base64|url)$", re.DOTALL)
_MAX_REDIRECTS = 5
_FETCH_SECONDS = 30


#: What the error is called for an image in data, and for one that the flow file has.
DATA = ["UserError", "LoadMultimediaDataError"]
LITERAL = ["UserError", "ValidationError", "InvalidFlowRequest", "NodeInputValidationError"]


def with_images(value: Any, name: str, message_format: str, codes: List[str] = DATA) -> Any:
    """The value with every image in it as an ``Image``; the same object where there is none.

    Raises ``Failure`` for an image that cannot be had, naming the input.
    """
    return _told(name, codes, lambda: _loaded(value, message_format == VISION))


def image_of(literal: Any, name: str) -> Any:
    """The image that a literal of the flow file means: it is one already, or base64 text, a URL or a path.

    Raises ``Failure`` as ``with_images`` does.
    """
    return _told(name, LITERAL, lambda: _from_literal(literal))


def _from_literal(literal: Any) -> Any:
    if isinstance(literal, bytes):
        return literal
    if not isinstance(literal, str):
        raise _Refused(f"Unsupported image input type: {type(literal)}. An image is a string or a dictionary.")
    if _BASE64.match(literal) or literal.startswith("data:image/"):
        return _image(None, "base64", literal.rsplit(",", 1)[-1])
    return _image(None, "url" if "://" in literal else "path", literal)


_BASE64 = re.compile(r"^([A-Za-z0-9+/]{4})*(([A-Za-z0-9+/]{2})*(==|[A-Za-z0-9+/]=)?)?$")


def _told(name: str, codes: List[str], work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Failure:
        raise
    except Exception as error:
        kind = "InvalidImageInput" if isinstance(error, _Refused) else type(error).__name__
        reason = f"({kind}) {text_of(error)}"
        raise Failure(
            record(
                f"Failed to load image for input '{name}': {reason}",
                codes,
                messageFormat="Failed to load image for input '{key}': {error_type_and_message}",
                messageParameters={"key": name, "error_type_and_message": reason},
                referenceCode="Executor",
            )
        ) from error


class _Refused(Exception):
    pass


def _loaded(value: Any, is_vision: bool) -> Any:
    if isinstance(value, dict):
        made = _image_or_text(value, is_vision)
        if made is not None:
            return made
        members = {key: _loaded(each, is_vision) for key, each in value.items()}
        return value if all(members[key] is value[key] for key in members) else members
    if isinstance(value, list):
        items = [_loaded(each, is_vision) for each in value]
        return value if all(new is old for new, old in zip(items, value)) else items
    return value


def _image_or_text(value: Any, is_vision: bool) -> Any:
    if len(value) == 1:
        ((key, source),) = value.items()
        found = _KEY.match(key) if isinstance(key, str) else None
        if found is not None and isinstance(source, str):
            mime = f"image/{found.group(1)}"
            return _image(None if mime == "image/*" else mime, found.group(2), source)
    if not is_vision or len(value) != 2:
        return None
    kind = value.get("type")
    inner = value.get(kind) if isinstance(kind, str) else None
    if kind == "text" and (isinstance(inner, str) or (isinstance(inner, dict) and isinstance(inner.get("value"), str))):
        from promptflow.contracts.multimedia import Text

        return Text.deserialize(value)
    if kind == "image_url" and isinstance(inner, dict) and isinstance(inner.get("url"), str):
        url = inner["url"]
        return _image(None, "base64" if url.startswith("data:") else "url", url.rsplit(",", 1)[-1])
    if kind == "image_file" and isinstance(inner, dict) and isinstance(inner.get("path"), str):
        return _image(None, "path", inner["path"])
    return None


def _image(mime: Optional[str], how: str, source: str) -> Any:
    from promptflow.contracts.multimedia import Image

    if how == "base64":
        return Image(base64.b64decode(source), mime_type=mime)
    if how == "url":
        return Image(_fetch(source), mime_type=mime, source_url=source)
    with open(source, "rb") as file:
        return Image(file.read(), mime_type=mime)


def _fetch(url: str) -> bytes:
    import urllib.error
    import urllib.request

    class Redirects(urllib.request.HTTPRedirectHandler):
        max_redirections = _MAX_REDIRECTS

        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            _refuse_private(newurl)
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    _refuse_private(url)
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "throughline"})
        with urllib.request.build_opener(Redirects).open(request, timeout=_FETCH_SECONDS) as answer:
            data: bytes = answer.read()
            return data
    except urllib.error.HTTPError as error:
        raise _Refused(f"Failed to fetch image from URL: {url}. Error code: {error.code}.") from error
    except (OSError, ValueError) as error:
        raise _Refused(f"Failed to fetch image from URL: {url}: {error}") from error


def _refuse_private(url: str) -> None:
    """Data must not make this machine ask its own network."""
    import ipaddress
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Refused(f"Failed to fetch image from URL: {url}.")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _Refused(f"Failed to fetch image from URL: {url}: {error}") from error
    for entry in found:
        if not ipaddress.ip_address(str(entry[4][0]).split("%")[0]).is_global:
            raise _Refused(f"Failed to fetch image from URL: {url}: its address is not a public one.")
