"""The threads that watch for alerts and tell of them: what is read, when, where it goes. hub.serve.alerts decides."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from edge.topics import ROOT
from hub.serve import questions, readings
from hub.serve.alerts import Alert, Alerting, Reading, Watch
from hub.serve.calls import Caller, body
from hub.serve.live import Board
from hub.serve.readings import Shop
from hub.sites import Site, moment, today
from hub.storage import alerts, room
from hub.storage.store import Store

TURN_S, LOOK_S, _BACK_S, _LATELY_S = 0.5, 30.0, 7200.0, 86_400.0

_LOG = logging.getLogger("instore.alerts")


class Speaker(Protocol):
    """The connection to the broker."""

    @property
    def connected(self) -> bool: ...

    def say(self, name: str, payload: bytes) -> bool: ...


@contextmanager
def ringing(
    settings: Alerting, store: Store, board: Board, speaker: Speaker, stop: threading.Event
) -> Iterator[None]:
    """Watch and tell for the length of the block; ends with `stop`. SettingsError if the webhook cannot be used."""
    bells = Bells(settings, store, board, speaker)
    caller = Caller(settings, store) if settings.webhook_url else None
    works: list[Callable[[], None]] = [bells.turn]
    if caller:
        works.append(lambda: caller.turn(bells.quiet))
    threads = [
        threading.Thread(target=_repeat, args=(work, store, stop), name="alerts", daemon=True) for work in works
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        if caller:
            caller.close()


def _repeat(work: Callable[[], None], store: Store, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            if room.enough(store.folder):  # a commit that fails half-way takes the whole hub with it
                work()
        except Exception as error:
            # What is measured goes on without alerts; the next turn tries again.
            _LOG.error("alerts: a turn failed (%s)", type(error).__name__, exc_info=error)
            stop.wait(LOOK_S)
        stop.wait(TURN_S)


class Bells:
    """Reads, decides, writes down, and says it to the broker."""

    def __init__(
        self,
        settings: Alerting,
        store: Store,
        board: Board,
        speaker: Speaker,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._store, self._board, self._speaker, self._clock = settings, store, board, speaker, clock
        self._watch = Watch(alerts.of_rows(store.rows(alerts.OPEN).to_pylist()), clock(), settings)
        self._shops: dict[str, tuple[float, Shop]] = {}
        # By topic, until the broker has them. What closed just before the hub ended may not have been said.
        lately = store.rows(alerts.CLOSED, {"since": moment(clock() - _LATELY_S)}).to_pylist()
        self._closed = {_topic(alert): alert for alert in alerts.of_rows(lately)}
        self._said: dict[str, bytes] = {}
        self._version, self._silent = -1, set[tuple[str, str]]()

    def quiet(self, site: str) -> bool:
        """Whether it is in the quiet hours of a site."""
        known, span = self._store.sites.get(site), self._settings.quiet
        return bool(known and span and readings.between(span, known, self._clock()))

    def turn(self) -> None:
        """Look once; write down what opens and closes, and say it."""
        at = self._clock()
        changed = self._watch.take(self._read(at), at)
        if changed:
            with self._store.write() as connection:
                alerts.note(connection, changed, {alert.site for alert in changed if self.quiet(alert.site)})
        self._closed |= {_topic(alert): alert for alert in changed if alert.closed_at is not None}
        if self._settings.mqtt:
            self._tell()

    def _read(self, at: float) -> Iterator[Reading]:
        told = self._board.told(at)
        for name, site in self._store.sites.items():
            looked, shop = self._shops.get(name, (None, None))
            if shop is None or looked is None or not 0 <= at - looked < LOOK_S:
                shop = self._look(site, at)
                self._shops[name] = at, shop
                yield from readings.stored(site, shop, self._settings, at)
            yield from readings.live(site, told.get(name, ()), shop, self._settings.limits, at)

    def _look(self, site: Site, at: float) -> Shop:
        span = questions.span(site.id, at - _BACK_S, at)
        stays = self._ask("stays", span)
        limited = any(limit.site == site.id and limit.place is None for limit in self._settings.limits)
        inside = self._ask("in_store", questions.span(site.id, *today(site, at)[1:])) if limited else []
        return Shop(
            readings.promise_of(self._ask("places", span)),
            readings.service_of(stays),
            [row for row in stays if row["of"] == "wait"],
            inside[0]["people"] if inside else None,
            self._ask("devices", span),
            self._ask("sensors", span),
        )

    def _ask(self, question: str, span: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._store.ask(question, span)
        known = questions.QUESTIONS.get(question)
        return (known.finish(found) if known else found).to_pylist()  # type: ignore[no-any-return]

    def _tell(self) -> None:
        if not self._speaker.connected:
            self._said.clear()  # the broker may have lost what it kept
            return
        if self._version != self._store.version:
            self._version = self._store.version
            rows = self._store.rows(alerts.OPEN).to_pylist()
            self._silent = {(row["site"], row["id"]) for row in rows if row["acknowledged"]}
        for alert in self._watch.open:
            silent = (alert.site, alert.id) in self._silent or self.quiet(alert.site)
            self._closed.pop(_topic(alert), None)
            self._say(_topic(alert), body(alert, closed=False, silent=silent))
        for name, alert in list(self._closed.items()):
            if self._say(name, body(alert, closed=True, silent=False)):
                del self._closed[name], self._said[name]

    def _say(self, name: str, payload: bytes) -> bool:
        if self._said.get(name) == payload:
            return True
        if not self._speaker.say(name, payload):
            return False
        self._said[name] = payload
        return True


def _topic(alert: Alert) -> str:
    """One for each thing that there can be an alert of, so that the broker keeps no more than that."""
    return f"{ROOT}/{alert.site}/alert/{'-'.join(filter(None, (alert.rule, alert.place)))}"
