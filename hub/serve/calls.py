"""Telling somebody else's address of alerts: signed, at least once, tried again with longer and longer pauses."""

import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from edge.settings import SettingsError, secret
from hub.intake.webhooks import SHORTEST_SECRET, signed
from hub.serve.alerts import Alert, Alerting
from hub.storage import alerts
from hub.storage.store import Store

FIRST_PAUSE_S, LONGEST_PAUSE_S, GIVEN_UP_S, _TIMEOUT_S = 1.0, 300.0, 86_400.0, 10.0

_LOG = logging.getLogger("instore.alerts")


class Caller:
    """Calls one address. What is still to be told stands in the database, so a restart forgets none of it."""

    def __init__(
        self,
        settings: Alerting,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """SettingsError where the secret cannot be read or is short."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the address, which may hold a key
        key = secret(settings.webhook_secret_file, "alerts.webhook_secret_file") or ""
        if len(key) < SHORTEST_SECRET:
            raise SettingsError(f"alerts.webhook_secret_file: fewer than {SHORTEST_SECRET} characters")
        self._url, self._key, self._store, self._clock = settings.webhook_url or "", key.encode(), store, clock
        self._ticks, self._pause, self._next = ticks, FIRST_PAUSE_S, 0.0
        # Neither a proxy of the environment nor a redirect: it goes to the address named and nowhere else.
        self._http = httpx.Client(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False)

    def turn(self, quiet: Callable[[str], bool]) -> None:
        """Tell what is due, oldest first, until one call fails; `quiet` says whether a site's quiet hours last."""
        now = self._ticks()
        if now < self._next:
            return
        for row in self._store.rows(alerts.UNTOLD).to_pylist():
            if row["told"] == "quiet" and (row["acknowledged"] or quiet(row["site"])):
                continue
            closing = row["told"] == "open"
            (alert,) = alerts.of_rows([row])
            late = self._clock() - ((alert.closed_at if closing else None) or alert.opened_at) > GIVEN_UP_S
            if late:
                _LOG.warning("an alert of %s could not be told for a day; given up", alert.site)
            elif not self._call(body(alert, closed=closing, silent=row["acknowledged"])):
                self._next, self._pause = now + self._pause, min(2 * self._pause, LONGEST_PAUSE_S)
                return
            self._pause = FIRST_PAUSE_S
            with self._store.write() as connection:
                told = "closed" if closing or late else "open"
                alerts.set_told(connection, alert.site, alert.id, told)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _call(self, content: bytes) -> bool:
        stamp = str(int(self._clock()))
        headers = {"Content-Type": "application/json", "X-Instore-Timestamp": stamp}
        headers["X-Instore-Signature"] = signed(self._key, stamp, content)
        try:
            reply = self._http.post(self._url, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _LOG.warning("alerts.webhook_url cannot be reached (%s)", type(error).__name__)
            return False
        if not reply.is_success:
            _LOG.warning("alerts.webhook_url answers %d", reply.status_code)
        return reply.is_success


def body(alert: Alert, *, closed: bool, silent: bool) -> bytes:
    """An alert as it is told, over MQTT and to the webhook: nothing in it is about a person."""
    said: dict[str, Any] = {"v": 1, "site": alert.site, "id": alert.id, "rule": alert.rule, "place": alert.place}
    said |= {"severity": alert.severity, "state": "closed" if closed else "open", "silent": silent}
    said |= {"opened_at": _text(alert.opened_at), "closed_at": _text(alert.closed_at) if closed else None}
    said |= {"value": alert.value, "limit": alert.limit, "unit": alert.unit}
    return msgspec.json.encode(said)


def _text(at: float | None) -> str | None:
    return None if at is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
