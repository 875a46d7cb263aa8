"""Cached reads of the hub: what is asked once serves every viewer until the hub has something new.

The hub's version number is asked at most every two seconds; while it stands still, answers are not asked again
(but once a minute, for what changes with the clock). When the hub is away, the last known answers stay readable
and say so.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, TypeVar
from weakref import WeakValueDictionary

import pyarrow as pa
import streamlit as st

from dashboard.handing import Handed, handed
from dashboard.settings import HubTable, Settings, connected, from_environment
from dashboard.writing import REFUSED, Written
from edge.settings import SettingsError, secret
from hub.client import Conflict, Hub, HubAway, Refused, Unanswered

PULSE_S, REST_S, _KEEP = 2.0, 60.0, 500
# What is made from months of days and changes with the day: not asked anew with every window that arrives.
_HELD_S = {"forecast": 600.0, "brief": 600.0}

State = Literal["fresh", "old", "away", "refused", "failed"]
Rows = list[dict[str, Any]]
Found = TypeVar("Found")


class Answer(NamedTuple):
    """What the hub said. `at`: when it said so, Unix seconds; 'old' is an answer from before the hub went away."""

    state: State
    rows: Rows
    at: float | None = None

    @property
    def known(self) -> bool:
        """Whether there are rows to show, new or old."""
        return self.state in ("fresh", "old")


class Pulse(NamedTuple):
    """Whether the hub is there, and its version number if it is."""

    state: State
    version: int | None
    at: float


class _Kept(NamedTuple):
    answer: Answer
    version: int | None


class Reads:
    """The answers of one hub to one token; shared by all viewers."""

    def __init__(self, hub: Hub, clock: Callable[[], float] = time.time) -> None:
        self._hub, self._clock = hub, clock
        self._lock = threading.RLock()
        self._asking = WeakValueDictionary[tuple[Any, ...], Any]()  # a lock for each question that is on its way
        self._pulse = Pulse("away", None, float("-inf"))
        self._kept: dict[tuple[Any, ...], _Kept] = {}
        self.heard: float | None = None  # when the hub last answered, Unix seconds

    def pulse(self) -> Pulse:
        """The hub's state, asked anew at most every PULSE_S seconds, for all viewers together."""
        with self._lock:
            if self._clock() - self._pulse.at >= PULSE_S:
                state, version = _tried(self._hub.version)
                self._pulse = Pulse(state, version, self._clock())
                self.heard = self.heard if state == "away" else self._pulse.at
            return self._pulse

    def ask(self, question: str, **params: str) -> Answer:
        """The answer to a named question; from memory while the hub has nothing new."""
        key = (question, *sorted(params.items()))
        return self._read(key, REST_S, lambda: rows(self._hub.ask(question, **params)))

    def live(self, site: str) -> Answer:
        """What is known this moment, as one row; at most PULSE_S old while the hub is there."""
        return self._read(("live", site), PULSE_S, lambda: [seconds(self._hub.live(site))])

    def mappings(self) -> Answer:
        """The survey mappings that the hub knows, and when a file last came with each."""
        return self._read(("mappings",), REST_S, lambda: [seconds(row) for row in self._hub.mappings()])

    def kept(self) -> Answer:
        """For how many days the hub keeps what, as one row."""
        return self._read(("kept",), REST_S, lambda: [self._hub.kept()])

    def write(self, kind: str, id: str, site: str, version: int, body: Mapping[str, Any], by: str) -> Written:
        """Write a document into the hub as the version after `version`; what is asked next knows it."""
        try:
            made = self._hub.write(kind, id, site=site, version=version, body=body, by=by or None)
        except Conflict:
            return Written("conflict")
        except HubAway:
            return Written("away")
        except Refused:
            return REFUSED
        except Unanswered as fault:
            return Written("failed", why=str(fault))
        with self._lock:
            self._pulse = self._pulse._replace(at=float("-inf"))
        return Written("written", made)

    def hand(self, call: Callable[[Hub], Any]) -> Handed:
        """What the hub says to a file or mapping handed in; what is asked next knows it."""
        found = handed(lambda: call(self._hub))
        with self._lock:
            self._pulse = self._pulse._replace(at=float("-inf"))
            self._kept.pop(("mappings",), None)
        return found

    def _read(self, key: tuple[Any, ...], rest: float, call: Callable[[], Rows]) -> Answer:
        # One asks and the others who want the same wait for it; who wants something else does not.
        with self._lock:
            turn = self._asking.setdefault(key, threading.Lock())
        with turn:
            pulse = self.pulse()
            with self._lock:
                kept, now = self._kept.get(key), self._clock()
            age = now - (kept.answer.at or 0) if kept else 0.0
            same = kept is not None and kept.version == pulse.version and age < rest
            if kept and (same or age < _HELD_S.get(key[0], 0.0)):
                return kept.answer
            state, found = ("away", None) if pulse.state == "away" else _tried(call)
            if state == "away":
                return kept.answer._replace(state="old") if kept else Answer("away", [])
            if found is None:
                return Answer(state, [])
            return self._keep(key, Answer("fresh", found, now), pulse.version)

    def _keep(self, key: tuple[Any, ...], answer: Answer, version: int | None) -> Answer:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = _Kept(answer, version)
            if len(self._kept) > _KEEP:
                del self._kept[next(iter(self._kept))]
        return answer


def rows(table: pa.Table) -> Rows:
    """An Arrow table as rows; times become Unix seconds (a time without zone is UTC), dates stay dates."""
    return [seconds(row) for row in table.to_pylist()]


def seconds(value: Any, key: str = "") -> Any:
    """A value with every time in it as Unix seconds: of an answer's columns or of the live document's texts."""
    if isinstance(value, dict):
        return {name: seconds(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [seconds(part) for part in value]
    if isinstance(value, str) and key in ("at", "as_of", "last_at"):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        # Arrow times without a zone are UTC by the hub's contract, not the dashboard machine's zone.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return value


def utc(at: float) -> str:
    """A time as the hub's questions take it."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _tried(call: Callable[[], Found]) -> tuple[State, Found | None]:
    try:
        return "fresh", call()
    except HubAway:
        return "away", None
    except Refused:
        return "refused", None
    except (Unanswered, ValueError):
        return "failed", None


def settings() -> Settings:
    """The settings that `instore-dashboard run` handed over; SettingsError names what is missing."""
    return from_environment(os.environ)


def reads(found: Settings) -> Reads:
    """The shared reads of the hub in the settings; SettingsError names the key that cannot be used."""
    token = secret(found.hub.token_file, "hub.token_file")
    if token is None:
        raise SettingsError("hub.token_file: missing")
    return _reads(found.hub.url, token, found.hub.timeout_s, found.hub.ca_file)


@st.cache_resource(show_spinner=False, max_entries=4)
def _reads(url: str, token: str, timeout: float, ca_file: str | None) -> Reads:
    return Reads(connected(HubTable(url=url, timeout_s=timeout, ca_file=ca_file), token))
