"""The picture of the floor plan: where it lies in metres, and the box of the floor that is shown."""

import base64
from typing import Any, NamedTuple

from dashboard.setup.plans import Outline

LARGEST = 2_000_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}
_MARGIN_M, _BLANK_M = 1.0, (0.0, 0.0, 12.0, 9.0)


class Picture(NamedTuple):
    """A picture of the floor. `box`: left, top, width, height in metres."""

    data_url: str
    box: tuple[float, float, float, float]


def kind_of(data: bytes) -> str | None:
    """'png' or 'jpeg' by the first bytes; None for anything else, and for what is too large."""
    found = next((kind for mark, kind in _KINDS.items() if data.startswith(mark)), None)
    return found if len(data) <= LARGEST else None


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture in pixels; None where its head is damaged."""
    if kind_of(data) == "png":
        wide, high = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
        return (wide, high) if len(data) > 24 and wide and high else None
    return _jpeg_size(data)


def picture_of(body: dict[str, Any]) -> Picture | None:
    """The picture in a document of kind `floor`; None where there is none that can be shown."""
    try:
        data = base64.b64decode(body.get("image") or "", validate=True)
    except ValueError:
        return None
    kind, size, scale = kind_of(data), size_of(data), body.get("metres_per_pixel")
    if kind is None or size is None or not scale:
        return None
    x, y = body.get("origin_px") or (0.0, 0.0)
    url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return Picture(url, (-x * scale, -y * scale, size[0] * scale, size[1] * scale))


def shown_box(outlines: list[Outline], picture: Picture | None) -> tuple[float, float, float, float]:
    """Left, top, width, height in metres of what is shown: the picture and every outline, with a margin."""
    points = [point for outline in outlines for point in outline.points or ()]
    if picture:
        x, y, wide, high = picture.box
        points += [(x, y), (x + wide, y + high)]
    if not points:
        return _BLANK_M
    left, top = (min(axis) - _MARGIN_M for axis in zip(*points, strict=True))
    right, bottom = (max(axis) + _MARGIN_M for axis in zip(*points, strict=True))
    return left, top, right - left, bottom - top


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        mark, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            high, wide = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
            return (wide, high) if wide and high else None
        at += 2 + length
    return None
