"""What of the floor is shown under a drawing, and whether an uploaded file can be its picture."""

import base64

from dashboard.floor.picture import Picture, size_px
from dashboard.setup.plans import Outline

LARGEST = 2_000_000
_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_MARGIN_M, _BLANK_M = 1.0, (0.0, 0.0, 12.0, 9.0)


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of an uploaded picture in pixels; None for what is no PNG or JPEG, damaged or too large."""
    if not data.startswith(_STARTS) or len(data) > LARGEST:
        return None
    try:
        return size_px(base64.b64encode(data).decode())
    except ValueError:
        return None


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
