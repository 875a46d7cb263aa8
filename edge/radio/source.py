"""One radio sensor as a source of facts: feed -> allow-list -> zone -> stays."""

import logging
import math
import threading
from collections.abc import Iterator
from pathlib import Path

from edge.measure.dwell import Present
from edge.measure.facts import Fact, Seen
from edge.measure.heard import Badges
from edge.plan import Plan, PlanError, Radio, Sensor
from edge.radio.adverts import Heard, Quiet, Sighting, judged
from edge.radio.averages import Averages
from edge.radio.estimator import estimator
from edge.radio.filter import Filter
from edge.radio.floor import floor_zones, read_scanners
from edge.radio.gateways import adverts as gateway_adverts
from edge.radio.position import LAG_S
from edge.radio.scanner import adverts as scanner_adverts
from edge.radio.still import Still
from edge.radio.tags import Tags, allow
from edge.radio.tally import Tally
from edge.radio.visitors import Visitors

_LOG = logging.getLogger("instore.radio")

SILENT_S = 60.0
# A jump of the clock, or a pause, beyond which nothing that was known is of use.
JUMP_S = 120.0


def turns(plan: Plan, sensor: Sensor, stop: threading.Event) -> Iterator[list[Fact]]:
    """The facts of one scanner or gateway sensor until `stop` is set or a recording is over: those that became
    certain with each item of its feed, mostly none.

    Seen once a second while the feed is up and somebody's advertisement, a stranger's too, came within the
    last minute; a feed that is connected but silent has not looked. PlanError and RadioError name the key. At the end
    the allow-list is overwritten.
    """
    tags, scanners, survey = _files(plan)
    turn = Turn(plan, sensor, tags, scanners, survey)
    radio = plan.radio or Radio(scanners="")
    feed = scanner_adverts(sensor, stop) if sensor.kind == "scanner" else gateway_adverts(radio, stop)
    try:
        for item in feed:
            yield turn.take(item)
        yield turn.close()
    finally:
        tags.forget()


class Turn:
    """The clockwork between a feed and the facts: steps once for every whole second that the feed passes."""

    def __init__(
        self, plan: Plan, sensor: Sensor, tags: Tags, scanners: list[str], survey: list[str] | None = None
    ) -> None:
        self._plan, self._sensor, self._tags = plan, sensor, tags
        self._files = scanners, survey
        self._names = read_scanners(scanners, floor_zones(plan, sensor.id), {zone.id for zone in plan.zones}).names
        self.tally = Tally()
        self._now, self._foreign = -math.inf, False
        self._begin()

    def take(self, item: Heard | Quiet) -> list[Fact]:
        """The facts that became certain with this item of the feed."""
        if not math.isfinite(item.at):
            self.tally.add("untimely")
            return []
        done = self._until(item.at)
        if isinstance(item, Quiet):
            self._up = item.up
            return done
        self._up = True
        if not self._judge.listen(item.at, item.scanner):
            self.tally.add("unplaced")
            self._unplaced()
            return done
        self._last = item.at
        found = judged(item, self._tags)
        if isinstance(found, Sighting):
            self._hear(found)
        elif found != "stranger":
            self.tally.add(found)
        return done

    def close(self) -> list[Fact]:
        """The stays that are still open, cut."""
        return self._visitors.close(self._now - LAG_S) if math.isfinite(self._now) else []

    def _begin(self) -> None:
        roles = self._tags.roles
        self._judge: Filter = estimator(self._plan, self._sensor.id, len(roles), *self._files)
        self._visitors = Visitors(self._plan, self._sensor.id, roles)
        self._still, self._averages = Still(self._names, roles), Averages(self._names, len(roles))
        self._up, self._last = False, -math.inf
        self._silent: set[int] = set()

    def _hear(self, found: Sighting) -> None:
        known = len(self._averages.scanners)
        if self._averages.counts(found):
            self._judge.hear(found)
            self._still.hear(found)
        if len(self._averages.scanners) > known:
            _LOG.info(
                "sensor %s: %d scanners send averages of 15 s, which weigh less and come later",
                self._sensor.id,
                known + 1,
            )

    def _until(self, at: float) -> list[Fact]:
        if not math.isfinite(self._now):
            self._now = float(math.floor(at))
        done: list[Fact] = []
        if not -LAG_S <= at - self._now <= JUMP_S:
            done += self.close()
            self.tally.add("jump")
            self._begin()
            self._now = float(math.floor(at))
        while self._now + 1 <= at:
            self._now += 1
            done += self._step(self._now)
        return done

    def _step(self, at: float) -> list[Fact]:
        self._averages.forget(at)
        found = self._visitors.step(at - LAG_S, self._judge.step(at), self._still.step(at))
        self._tell(at)
        if not self._up or at - self._last > SILENT_S:
            # Nobody looked: what ended is still true, but a count of nobody would be made up.
            return [fact for fact in found if not isinstance(fact, Present | Badges)]
        return [*found, Seen(at=at, source=self._sensor.id)]

    def _unplaced(self) -> None:
        if not self._foreign:
            _LOG.warning("sensor %s: a scanner is heard that radio.scanners does not name", self._sensor.id)
        self._foreign = True

    def _tell(self, at: float) -> None:
        if text := self.tally.text(at):
            _LOG.warning("sensor %s: advertisements left out: %s", self._sensor.id, text)
        if not self._up:
            return
        silent = set(self._judge.silent(at))
        for place in sorted(silent - self._silent):
            _LOG.warning("sensor %s: scanner %d of radio.scanners is silent", self._sensor.id, place + 1)
        for place in sorted(self._silent - silent):
            _LOG.info("sensor %s: scanner %d of radio.scanners is heard again", self._sensor.id, place + 1)
        self._silent = silent


def _files(plan: Plan) -> tuple[Tags, list[str], list[str] | None]:
    radio = plan.radio
    if radio is None:
        raise PlanError("radio: missing")
    tags_file = _lines(radio.tags_file, "radio.tags_file") if radio.tags_file else []
    survey = _lines(radio.survey, "radio.survey") if radio.survey else None
    return allow(radio.tags, tags_file), _lines(radio.scanners, "radio.scanners"), survey


def _lines(path: str, key: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{key}: cannot be read ({type(error).__name__})") from None
