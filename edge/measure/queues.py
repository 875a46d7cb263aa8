"""Waiting, being served and giving up."""

from msgspec import Struct


class Joined(Struct, frozen=True, tag="joined"):
    """Somebody began to wait at `at`."""

    at: float
    queue: str


class Served(Struct, frozen=True, tag="served"):
    """Service of somebody who had waited `waited` seconds began at `at`; `cut`: the joining was not seen."""

    at: float
    queue: str
    waited: float
    cut: bool


class Done(Struct, frozen=True, tag="done"):
    """A service that took `took` seconds ended at `at`; `cut`: its start or end was not seen."""

    at: float
    queue: str
    took: float
    cut: bool


class Left(Struct, frozen=True, tag="left"):
    """Somebody gave up at `at` after `waited` seconds; `cut`: we lost sight instead of seeing the way out."""

    at: float
    queue: str
    waited: float
    cut: bool
