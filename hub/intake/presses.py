"""A press of a button as a record of a survey file, and which presses count."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import msgspec
import pyarrow as pa
from msgspec import Meta, Struct

# A button that was out of reach tells later; one whose clock is off tells of another time, which is not believed.
OLDEST_S, NEWEST_S = 14 * 86_400, 300


def record(came: datetime, topic: str, payload: bytes, *, retain: bool) -> dict[str, Any]:
    """What a mapping's columns are cut from: received_at, topic, retain, and each field of the payload.

    A payload that is no JSON object has no fields.
    """
    said: Any = None
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = msgspec.json.decode(payload)
    return {
        "received_at": came.isoformat(timespec="milliseconds"),
        "topic": topic,
        "retain": retain,
        "payload": said if isinstance(said, dict) else {},
    }


class Buttons(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where presses come from: an MQTT topic, which may hold + and #, and the mapping that says what they mean."""

    topic: Annotated[str, Meta(min_length=1, max_length=200)]
    mapping: Annotated[str, Meta(min_length=1, max_length=100)] = "buttons"


class Sieve:
    """Leaves presses out that follow the last one of their site too soon, or that are of a time that cannot be."""

    def __init__(self, mash_s: float) -> None:
        self._mash_s = mash_s
        self._last: dict[str, float] = {}

    def sift(self, answers: pa.Table, at: float) -> pa.Table:
        """The presses that count, of those that came `at` (Unix seconds)."""
        sites, times = answers["site"].to_pylist(), answers["at"].to_pylist()
        order = sorted(range(len(sites)), key=lambda i: (times[i] is None, times[i]))
        counts = [False] * len(sites)
        for i in order:
            counts[i] = times[i] is not None and self._counts(sites[i], times[i].timestamp(), at)
        return answers.filter(pa.array(counts, pa.bool_()))

    def _counts(self, site: str, pressed: float, at: float) -> bool:
        if not at - OLDEST_S <= pressed <= at + NEWEST_S:
            return False
        if abs(pressed - self._last.get(site, 0.0)) < self._mash_s:
            return False
        self._last[site] = pressed
        return True
