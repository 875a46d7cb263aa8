"""When an alert opens and when it closes: a level for each, and a time for which it must hold.

Values in, values out: whoever calls says what time it is. An alert is about a place, a device or a shop, never about
a person.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct, structs

from edge.plan import Clock
from edge.values import Name

FORGET_S = 3600.0  # an open alert of which nothing is heard for so long is closed: nobody knows any more
_MOST_OPEN = 2000
_Seconds = Annotated[int, Meta(ge=0, le=86_400)]
# Beyond this machine only encrypted.
_Url = Annotated[
    str,
    Meta(pattern=r"^(https://[^/@\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)(/\S*)?$", max_length=500),
]

Rule = Literal["expected_wait", "wait", "over", "queue", "crowded", "silent", "sensor", "stale"]
Key = tuple[str, Rule, str | None]


class Limit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people are too many: waiting at `place`, or in the whole store where none is named."""

    site: Name
    place: Name | None = None
    people: Annotated[int, Meta(ge=1, le=100_000)]


class Alerting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What raises an alert, how long it must last, and whom it is told."""

    open_after_s: _Seconds = 60
    close_after_s: _Seconds = 120
    silent_s: Annotated[int, Meta(ge=60, le=86_400)] = 600
    stale_s: Annotated[int, Meta(ge=600, le=86_400)] = 1800
    quiet: tuple[Clock, Clock] | None = None
    mqtt: bool = False
    webhook_url: _Url | None = None
    webhook_secret_file: str | None = None
    limits: Annotated[tuple[Limit, ...], Meta(max_length=5000)] = ()


class Reading(NamedTuple):
    """What is known now of one thing that may raise an alert: `above` the level at which it opens, `below` that at
    which it closes; between the two nothing changes. `may_open` is false while the shop is closed.
    """

    site: str
    rule: Rule
    place: str | None
    severity: Literal["warning", "fault"]
    value: float | None
    limit: float | None
    unit: str
    above: bool
    below: bool
    may_open: bool = True

    @property
    def key(self) -> Key:
        """What there is one open alert of at most."""
        return self.site, self.rule, self.place


class Alert(Struct, frozen=True, kw_only=True):
    """An alert from its opening on; times in Unix seconds. `value` is the one that opened it."""

    site: str
    id: str
    rule: Rule
    place: str | None
    severity: str
    value: float | None
    limit: float | None
    unit: str
    opened_at: float
    closed_at: float | None = None

    @property
    def key(self) -> Key:
        """What there is one open alert of at most."""
        return self.site, self.rule, self.place


class Watch:
    """The open alerts, and since when what would open or close one has held."""

    def __init__(self, alerts: Iterable[Alert], at: float, settings: Alerting) -> None:
        """`alerts` are those that were open when the hub ended."""
        self._open = {alert.key: alert for alert in alerts}
        self._heard: dict[Key, float] = dict.fromkeys(self._open, at)
        self._since: dict[Key, float] = {}
        self._at, self._settings = at, settings

    @property
    def open(self) -> tuple[Alert, ...]:
        """The alerts that are open now."""
        return tuple(self._open.values())

    def take(self, readings: Iterable[Reading], at: float) -> list[Alert]:
        """The alerts that open or close by what is known at `at`.

        A clock that is set back lets every wait begin anew; it closes nothing and opens nothing.
        """
        if at < self._at:
            self._since.clear()
            self._heard = dict.fromkeys(self._heard, at)
        self._at = at
        changed = [alert for reading in readings if (alert := self._follow(reading, at))]
        return changed + [self._close(key, at) for key in list(self._open) if at - self._heard[key] > FORGET_S]

    def _follow(self, reading: Reading, at: float) -> Alert | None:
        key = reading.key
        alert = self._open.get(key)
        if alert:
            self._heard[key] = at
        if not (reading.below if alert else reading.above and reading.may_open):
            self._since.pop(key, None)
            return None
        held = at - self._since.setdefault(key, at)
        if held < (self._settings.close_after_s if alert else self._settings.open_after_s):
            return None
        if alert:
            return self._close(key, at)
        return self._begin(reading, at) if len(self._open) < _MOST_OPEN else None

    def _begin(self, reading: Reading, at: float) -> Alert:
        site, rule, place = reading.key
        name = "-".join([rule, *([place] if place else []), str(round(at * 1000))])
        told = {"severity": reading.severity, "value": reading.value, "limit": reading.limit, "unit": reading.unit}
        alert = Alert(site=site, id=name, rule=rule, place=place, opened_at=at, **told)  # type: ignore[arg-type]
        self._open[reading.key], self._heard[reading.key] = alert, at
        self._since.pop(reading.key, None)
        return alert

    def _close(self, key: Key, at: float) -> Alert:
        alert = self._open.pop(key)
        del self._heard[key]
        self._since.pop(key, None)
        return structs.replace(alert, closed_at=max(at, alert.opened_at))
