"""What the endpoints answer from: who may read what, and the answer."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from hub.intake.ingest import Ingest
from hub.intake.taking import Taking
from hub.serve import asking, questions
from hub.serve.access import Access, Grant
from hub.serve.denied import Denied
from hub.serve.files import Files
from hub.serve.kept import Kept
from hub.serve.live import Board, text
from hub.serve.parameters import BadQuestion
from hub.settings import Retention
from hub.sites import Site, today
from hub.storage.store import Store

_LOG = logging.getLogger("instore.api")


_USUAL = Retention()


class Desk:
    """What the endpoints answer from; every method may run in any thread."""

    def __init__(
        self,
        store: Store,
        access: Access,
        board: Board,
        ingest: Ingest | None = None,
        taking: Taking | None = None,
        *,
        files: Files | None = None,
        retention: Retention = _USUAL,
        clock: Callable[[], float] = time.time,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self.store, self.access, self.board, self.clock, self.failed = store, access, board, clock, failed
        self._kept = Kept()
        self._ingest, self.files, self.retention = ingest, files or Files(store, taking), retention

    def bearer(self, header: str | None) -> Grant:
        """What the bearer may do; Denied 401 where the token is missing or not known."""
        kind, _, token = (header or "").partition(" ")
        found = self.access.grant(token.strip()) if kind.lower() == "bearer" else None
        if found is None:
            raise Denied(401, "no token, or one that is not known")
        return found

    def answer(self, grant: Grant, question: str, raw: list[tuple[str, str]]) -> pa.Table:
        """The table that answers a question; Denied where it cannot be asked or not by this bearer."""
        at = self.clock()
        try:
            values = questions.parse(question, raw)
        except KeyError:
            raise Denied(404, "no such question") from None
        except BadQuestion as error:
            raise Denied(422, str(error)) from None
        if "site" in values:
            self.readable(grant, values["site"])
        if questions.QUESTIONS[question].verbatim:
            self._read_by(grant, question, values["site"])
        mine = {name: site for name, site in self.store.sites.items() if grant.reads(name)}

        def make() -> pa.Table:
            return asking.answer(self.store, question, values, mine, at)

        if not (keep_s := questions.QUESTIONS[question].keep_s):
            return make()
        key = question, tuple(sorted(values.items())), () if "site" in values else tuple(sorted(mine))
        return self._kept.answer(key, at, keep_s, make)

    def _read_by(self, grant: Grant, question: str, site: str) -> None:
        """Denied where the bearer may not read what single people wrote; who did is logged, by the token's name."""
        if not grant.may_read_comments:
            _LOG.warning("%s of %s refused: the token %s has no right to them", question, site, grant.name)
            raise Denied(403, "this token may not read comments")
        _LOG.info("%s of %s read with the token %s", question, site, grant.name)

    def live(self, grant: Grant, name: str | None) -> dict[str, Any]:
        """The newest live values of a site and how many people should be in it."""
        site, at = self.readable(grant, name or ""), self.clock()
        _, start, end = today(site, at)
        span = questions.span(site.id, start, end)
        people = self.store.ask("in_store", span).to_pylist()
        kinds = {row["place"]: row["kind"] for row in self.store.ask("places", span).to_pylist()}
        value, as_of = (people[0]["people"], people[0]["as_of"].timestamp()) if people else (None, None)
        return {
            "site": site.id,
            "at": text(at),
            "in_store": {"value": value, "provisional": True, "as_of": None if as_of is None else text(as_of)},
            "places": self.board.places(site.id, kinds, at),
        }

    def health(self) -> dict[str, Any]:
        """How the hub itself is: nothing about a shop."""
        found: dict[str, Any] = {"ok": True, "at": text(self.clock()), "version": self.store.version}
        if self._ingest:
            found |= {
                "ok": self._ingest.alive and self._ingest.connected and not self._ingest.full,
                "ingest": self._ingest.alive,
                "broker": self._ingest.connected,
                "room": not self._ingest.full,
                "taken": self._ingest.taken,
                "repeats": self._ingest.repeats,
                "set_aside": self._ingest.bad,
                "refused": self._ingest.refused,
                "live_dropped": self._ingest.live_dropped,
                "twins": self._ingest.twins,
                "committed_at": None if self._ingest.committed_at is None else text(self._ingest.committed_at),
            }
        return found

    def measured(self) -> tuple[dict[str, Any], float | None]:
        """The health, and when devices' data was last committed in Unix seconds."""
        return self.health(), self._ingest.committed_at if self._ingest else None

    def readable(self, grant: Grant, name: str) -> Site:
        """A site that the bearer may read; Denied 403 where it is none of the bearer's."""
        site = self.store.sites.get(name)
        # The same words for a site that does not exist: who may not read it need not learn that either.
        if site is None or not grant.reads(name):
            raise Denied(403, "no such site for this token")
        return site
