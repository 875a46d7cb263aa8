"""Crossings of lines."""

from typing import Literal

from msgspec import Struct


class Crossing(Struct, frozen=True, tag="crossing"):
    """Somebody crossed a line at `at`; `+` ends where (bx-ax)(py-ay)-(by-ay)(px-ax) > 0."""

    at: float
    line: str
    direction: Literal["+", "-"]
