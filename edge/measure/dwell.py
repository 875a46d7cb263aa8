"""Stays in zones."""

from msgspec import Struct


class Visit(Struct, frozen=True, tag="visit"):
    """One stay in a zone, from `start` to `at`; `cut` says that its start or its end was not seen."""

    at: float
    zone: str
    start: float
    cut: bool


class Present(Struct, frozen=True, tag="present"):
    """A head count at one moment: everybody in the place but staff, and at a queue those being served."""

    at: float
    place: str
    people: int
    serving: int
