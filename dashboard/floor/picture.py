"""The picture of the shop's plan, from the newest document of kind floor."""

import base64
import json
import math
import re
from typing import Any, NamedTuple

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_KINDS = {"iVBORw0KGgo": "image/png", "/9j/": "image/jpeg"}


class Picture(NamedTuple):
    """A plan as a picture: where its upper left corner lies on the floor and how large it is, in metres."""

    name: str
    address: str
    left: float
    top: float
    width: float
    height: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height in metres."""
        return self.left, self.top, self.width, self.height


def picture(documents: list[dict[str, Any]]) -> Picture | None:
    """The newest picture; None without one, and where it is none that a browser should show.

    The pixel `origin_px` is the floor's (0, 0); x runs to the right, y down.
    """
    for row in sorted(documents, key=lambda row: row["at"] or 0.0, reverse=True):
        try:
            return _picture(json.loads(row["body"]))
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _picture(body: dict[str, Any]) -> Picture:
    image, scale, (x, y) = body["image"], float(body["metres_per_pixel"]), body["origin_px"]
    if not isinstance(image, str):
        raise ValueError("not a picture")
    kind = next((kind for start, kind in _KINDS.items() if image.startswith(start)), None)
    if kind is None or not _BASE64.fullmatch(image) or not (0 < scale < 10 and math.isfinite(x) and math.isfinite(y)):
        raise ValueError("not a picture")
    width, height = size_px(image)
    address = f"data:{kind};base64,{image}"
    return Picture(str(body.get("name", "")), address, -x * scale, -y * scale, width * scale, height * scale)


def size_px(image: str) -> tuple[int, int]:
    """Width and height of a PNG or JPEG in base64, read from its head; ValueError where it has none."""
    raw = base64.b64decode(image, validate=True)
    wide, high = _png_size(raw) if raw[:4] == b"\x89PNG" else _jpeg_size(raw)
    if not (wide and high):
        raise ValueError("no size in the picture")
    return wide, high


def _png_size(raw: bytes) -> tuple[int, int]:
    return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])


def _jpeg_size(raw: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(raw) and raw[at] == 0xFF:
        if 0xC0 <= raw[at + 1] <= 0xCF and raw[at + 1] not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(raw[at + 7 : at + 9]), int.from_bytes(raw[at + 5 : at + 7])
        at += 2 + int.from_bytes(raw[at + 2 : at + 4])
    return 0, 0
