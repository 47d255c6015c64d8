"""Images and texts as values."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Callable, Dict, Optional

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


class PFBytes(bytes):
    """Bytes that know what they are."""

    _mime_type: str
    _hash: str
    _source_url: Optional[str]

    def __new__(cls, value: bytes, *_args: Any, **_kwargs: Any) -> "PFBytes":
        return super().__new__(cls, value)

    def __init__(self, value: bytes, mime_type: Optional[str] = None, source_url: Optional[str] = None) -> None:
        self._mime_type = (mime_type or _mime_of(value)).lower()
        self._hash = hashlib.sha1(value).hexdigest()[:8]
        self._source_url = source_url

    @property
    def source_url(self) -> Optional[str]:
        return self._source_url

    def to_base64(self, with_type: bool = False) -> str:
        text = base64.b64encode(self).decode("ascii")
        return f"data:{self._mime_type};base64,{text}" if with_type else text


class Image(PFBytes):
    """An image. Its text form is short: the bytes are never printed."""

    def __str__(self) -> str:
        return f"Image({self._hash})"

    __repr__ = __str__

    def serialize(self, encoder: Optional[Callable[["Image"], Any]] = None) -> Any:
        return self.__str__() if encoder is None else encoder(self)


class Text(str):
    """A piece of text in a list of multimedia values."""

    _annotations: Optional[list]

    def __new__(cls, value: str, annotations: Optional[list] = None) -> "Text":
        made = super().__new__(cls, value)
        made._annotations = annotations
        return made

    @classmethod
    def deserialize(cls, data: Dict[str, Any]) -> "Text":
        text = data.get("text", "")
        if isinstance(text, dict):
            return cls(text.get("value", ""), text.get("annotations", []))
        return cls(text)

    def serialize(self) -> Dict[str, Any]:
        text: Any = str(self)
        if self._annotations is not None:
            text = {"value": text, "annotations": self._annotations}
        return {"type": "text", "text": text}


def _mime_of(value: bytes) -> str:
    for magic, mime in _MAGIC:
        if value.startswith(magic):
            return mime
    if value[:4] == b"RIFF" and value[8:12] == b"WEBP":
        return "image/webp"
    return "image/*"
