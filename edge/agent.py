"""The whole program on one page: sensors -> facts -> windows -> privacy door -> outbox -> hub."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterable

import msgspec

from edge import daemon
from edge.deliver.disk import OutboxError
from edge.deliver.mqtt import Connection, Will
from edge.deliver.outbox import Outbox
from edge.deliver.sender import Sender
from edge.health import Health
from edge.measure.facts import Fact, from_line
from edge.measure.fusion import Fusion
from edge.measure.little import Lights
from edge.measure.live import LiveView
from edge.messages import Status, encode
from edge.pipeline import Pipeline
from edge.plan import Plan
from edge.sensing import Sensing, model_name
from edge.topics import topic
from edge.values import K

TICK_S = 1.0
LIVE_EXPIRY_S = 90
MOST_FACTS = 10_000
BACKFILL_SLICE, BACKFILL_SLACK_S = 500, 300.0
# More people are more facts, longer queues and fewer frames a second.
_BUSY = ("late", "unknown", "waits-apart", "frames-looked", "frames-due")

_LOG = logging.getLogger("instore.agent")


class FactsError(Exception):
    """A line of recorded facts is none; the text names the line."""


def run(plan: Plan, stop: threading.Event) -> int:
    """Measure and deliver until `stop`; exit code 0 after a clean stop. OutboxError, PlanError or SettingsError
    before anything has begun where it cannot; RuntimeError where a part died that only a new start can bring back.
    """
    outbox = Outbox(plan.outbox)
    try:
        _note_level(plan, outbox)
        agent = Agent(plan, outbox, stop)
        try:
            agent.work()
        finally:
            agent.end()
    finally:
        outbox.close()
    return daemon.OK


def backfill(plan: Plan, lines: Iterable[bytes]) -> dict[str, int]:
    """Recorded facts, as JSON lines in the order of time, into the outbox: what a device would have measured.

    It ends as a clean stop does, so that `run` sends the messages and continues the open windows. FactsError names
    the first line that is no fact. At level dp there is none that could be taken: recorded facts do not say which
    belong to one visit, and what a visit adds cannot be bounded.
    """
    if plan.level == "dp":
        raise FactsError("level: at dp recorded facts cannot be taken; they do not say which belong to one visit")
    outbox, facts, messages, pipeline, latest = Outbox(plan.outbox), 0, 0, None, 0.0
    fusion = Fusion(plan)
    try:
        for facts, line in enumerate(lines, start=1):
            fact = _fact(line, facts)
            if pipeline is None:
                latest, pipeline = fact.at, Pipeline(plan, outbox, fact.at, time.time(), lambda: "manual")
            for one in fusion.add(fact):
                pipeline.add(one)
            if fact.at > latest + BACKFILL_SLACK_S:
                # A sensor that said nothing for long must not hold the others' windows open to the end.
                latest = fact.at
                pipeline.tick(latest - BACKFILL_SLACK_S)
            if pipeline.pending >= BACKFILL_SLICE:
                messages += pipeline.store(time.time())
        if pipeline is None:
            return {"facts": 0, "messages": 0}
        for one in fusion.close():
            pipeline.add(one)
        messages += pipeline.pending
        pipeline.stop(time.time())
        return {"facts": facts, "messages": messages} | _counters(pipeline)
    finally:
        outbox.close()


class Agent:
    """The running parts of one device."""

    def __init__(self, plan: Plan, outbox: Outbox, stop: threading.Event) -> None:
        self._stop, self._outbox, self._plan = stop, outbox, plan
        self._facts: queue.Queue[Fact] = queue.Queue(MOST_FACTS)
        now = time.time()
        self._pipeline = Pipeline(plan, outbox, now, now, daemon.clock)
        self._fusion = Fusion(plan)
        self._daily = self._pipeline.windows.daily
        self._daily.models |= {one.id: model_name(one) for one in plan.sensors if one.kind == "camera"}
        self._lights, self._apart = Lights(queue.id for queue in plan.queues), 0
        self._live, self._live_topic = LiveView(plan), topic(plan.site, plan.device, "live")
        self._health = Health(plan, outbox.epoch, daemon.version())
        self._clock_back, self._turns = 0, -1
        self._offset = time.time() - time.monotonic()
        gone = self._health.status(now, state="offline", sensors=[(one.id, "dead", None) for one in plan.sensors])
        self._connection = Connection(
            plan.broker,
            f"instore-{plan.site}-{plan.device}",
            subscriptions=((topic(plan.site, plan.device, "ack"), 1),),
            will=Will(topic(plan.site, plan.device, "status"), encode(gone)),
        )
        self._sensing = [Sensing(plan, sensor, self._facts, stop) for sensor in plan.sensors]
        self._sender = Sender(plan.site, plan.device, outbox, self._connection, self._status)

    def work(self) -> None:
        """Start every part and carry facts until stopped."""
        self._connection.start()
        self._sender.start()
        for sensing in self._sensing:
            sensing.start()
        _LOG.info("watching with %d sensors at level %s", len(self._sensing), self._plan.level)
        daemon.notify("READY=1")
        due = time.monotonic() + TICK_S
        while not self._stop.is_set():
            self._carry(due)
            due = time.monotonic() + TICK_S
            self._tick(time.time())

    def end(self) -> None:
        """A clean stop: sensors first, then what they still had to say, then the goodbye."""
        daemon.notify("STOPPING=1")
        self._stop.set()
        for sensing in self._sensing:
            if sensing.is_alive():
                sensing.join(5.0)
        self._drain()
        self._pipeline.stop(time.time())
        if self._sender.is_alive():
            self._sender.stop()
        self._connection.stop()

    def _carry(self, until: float) -> None:
        """Facts into windows until the next tick; also when they come faster than they can be carried."""
        while (left := until - time.monotonic()) > 0 and not self._stop.is_set():
            try:
                fact = self._facts.get(timeout=min(left, 0.25))
            except queue.Empty:
                continue
            self._add(self._fusion.add(fact))

    def _add(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self._pipeline.add(fact)
            self._live.add(fact)
            self._lights.add(fact)

    def _drain(self) -> None:
        while not self._facts.empty():
            self._add(self._fusion.add(self._facts.get()))
        self._add(self._fusion.close())

    def _tick(self, at: float) -> None:
        self._watch_clock(at)
        self._add(self._fusion.tick(at))
        self._pipeline.tick(at)
        self._pipeline.store(at)
        self._apart = self._lights.apart()
        for raw in self._live.tick(at):
            if live := self._pipeline.door.live(raw):
                self._connection.publish(self._live_topic, encode(live), qos=0, expiry_s=LIVE_EXPIRY_S)
        if not (self._sender.is_alive() and self._connection.alive):
            raise RuntimeError("the delivery stopped; only a new start brings it back")
        # Here a turn of work is done: facts were carried, windows stored, and who delivers them is at work.
        if self._sender.turns != self._turns:
            self._turns = self._sender.turns
            daemon.notify("WATCHDOG=1")

    def _watch_clock(self, at: float) -> None:
        offset = at - time.monotonic()
        if offset < self._offset - 2.0:
            self._clock_back += 1
            _LOG.warning("the clock went back; windows up to where it was are not said again")
        self._offset = offset

    def _status(self) -> Status:
        return self._health.status(
            time.time(),
            clock=daemon.clock(),
            held=self._outbox.held,
            counters=self._counted(),
            # Once we stop nobody looks any more, also where a thread is still busy with its last picture.
            sensors=[
                (one.sensor.id, "dead" if self._stop.is_set() else one.state, one.seen) for one in self._sensing
            ],
        )

    def _counted(self) -> dict[str, int]:
        """The counters of the status; at level dp only those that do not depend on how many people came."""
        counted = _counters(self._pipeline) | {
            "waits-apart": self._apart,
            "dropped": self._outbox.dropped,
            "alarms": self._outbox.alarms,
            "refused-by-broker": self._sender.refusals,
            "returns": self._sender.returns,
            "clock-back": self._clock_back,
            "frames-looked": int(self._daily.frames),
            "frames-due": int(self._daily.due),
            "sensor-failures": sum(sensing.failures for sensing in self._sensing),
        }
        return {name: n for name, n in counted.items() if self._plan.level != "dp" or name not in _BUSY}


def _note_level(plan: Plan, outbox: Outbox) -> None:
    """Log that the privacy level is another one than at the last start."""
    before, level = outbox.load("level"), plan.level.encode()
    if before != level:
        if before in (b"strict", b"standard", b"dp"):
            _LOG.warning("the privacy level changed from %s to %s", before.decode(), plan.level)
        # A full disk hinders no start; then the change is logged once more at the next one.
        with contextlib.suppress(OutboxError):
            outbox.save("level", level)


def _counters(pipeline: Pipeline) -> dict[str, int]:
    """What went wrong, without what it would tell: no number of withheld durations, facts only in fives."""
    return {
        "late": pipeline.windows.late // K * K,
        "unknown": pipeline.windows.unknown // K * K,
        "refused": pipeline.door.refused,
        "unstored": pipeline.unstored,
        "windows-lost": pipeline.lost,
    }


def _fact(line: bytes, number: int) -> Fact:
    try:
        return from_line(line)
    except msgspec.DecodeError:
        raise FactsError(f"line {number}: no fact") from None
