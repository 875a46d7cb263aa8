"""Corners as people write them: one a line, two numbers in metres."""

import re

from dashboard.setup.plans import Points

_NUMBER = r"[-+]?\d{1,4}(?:\.\d{1,4})?"
_LINE = re.compile(rf"\s*({_NUMBER})\s*[,; ]\s*({_NUMBER})\s*")
MOST = 64


def written(points: Points) -> str:
    """The corners as text."""
    return "\n".join(f"{x:.2f}, {y:.2f}" for x, y in points)


def read(text: str) -> Points:
    """The corners in a text; ValueError naming the line that is none."""
    found: list[tuple[float, float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None or len(found) == MOST:
            raise ValueError(str(number))
        found.append((float(match[1]), float(match[2])))
    return tuple(found)
