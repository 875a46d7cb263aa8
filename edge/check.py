"""Try everything once: each sensor, the broker, the outbox. What an installer runs before leaving the shop."""

import queue
import sqlite3
import threading
import time
from pathlib import Path
from typing import NamedTuple

from edge.budget import Account, shown
from edge.deliver.disk import OutboxError, writable
from edge.deliver.journal import read
from edge.deliver.mqtt import Connection, Down, Up
from edge.measure.facts import Fact, Seen
from edge.plan import Plan, PlanError, Sensor
from edge.radio.floor import floor_zones, read_scanners
from edge.radio.layout import flaws, lacks
from edge.radio.survey import read_survey
from edge.sensing import Sensing
from edge.settings import SettingsError


class Finding(NamedTuple):
    """One thing that was tried; `note` says what was found, never an address."""

    what: str
    ok: bool
    note: str


def check(plan: Plan, timeout: float = 15.0) -> list[Finding]:
    """What works and what does not, each tried for at most `timeout` seconds; all sensors at once."""
    found = [_level(plan)]
    stop = threading.Event()
    facts: queue.Queue[Fact] = queue.Queue(10_000)
    sensing = [Sensing(plan, sensor, facts, stop) for sensor in plan.sensors]
    for one in sensing:
        one.start()
    found += [_broker(plan, timeout), _outbox(plan), *_budget(plan, time.time()), *_layouts(plan)]
    seen = _first_looks(facts, {sensor.id for sensor in plan.sensors}, timeout)
    stop.set()
    for one in sensing:
        one.join(5.0)
    return found + [_sensor(one, one.sensor, seen) for one in sensing]


def table(found: list[Finding]) -> str:
    """The findings as lines of text."""
    width = max(len(finding.what) for finding in found)
    return "".join(f"{'ok  ' if ok else 'FAIL'}  {what:{width}}  {note}\n" for what, ok, note in found)


def _level(plan: Plan) -> Finding:
    return Finding("level", True, f"dp: {shown(plan.dp)}" if plan.level == "dp" else plan.level)


def _budget(plan: Plan, now: float) -> list[Finding]:
    """At level dp, whether the next hour can be paid for."""
    if plan.level != "dp":
        return []
    try:
        page = read(Path(plan.outbox.dir, "ledger").read_bytes())
    except FileNotFoundError:
        return [Finding("budget", True, "a ledger will be begun")]
    except OSError as error:
        return [Finding("budget", False, f"the ledger cannot be read ({type(error).__name__})")]
    ahead = Account(plan.dp.exact, page.charges).until - now
    if ahead > 0 or page.damaged:
        why = f"spent for {ahead / 3600:.1f} h to come" if ahead > 0 else "the ledger is damaged"
        return [Finding("budget", False, why)]
    return [Finding("budget", True, f"the ledger has {len(page.charges)} lines")]


def _layouts(plan: Plan) -> list[Finding]:
    """Whether the scanners can tell the zones of each radio sensor apart, and what the survey lacks."""
    radio, found = plan.radio, list[Finding]()
    for sensor in plan.sensors if radio else ():
        zones = floor_zones(plan, sensor.id)
        if radio is None or sensor.kind == "camera" or not zones:
            continue
        what = f"zones of {sensor.id}"
        try:
            stand = read_scanners(_lines(radio.scanners, "radio.scanners"), zones, {zone.id for zone in plan.zones})
            survey = read_survey(_lines(radio.survey, "radio.survey"), stand) if radio.survey else None
        except PlanError as error:
            found.append(Finding(what, False, str(error)))
            continue
        wrong = [*flaws(stand, zones), *lacks(stand, survey)]
        found += [Finding(what, False, one) for one in wrong] or [Finding(what, True, "can be told apart")]
    return found


def _lines(path: str, key: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{key}: cannot be read ({type(error).__name__})") from None


def _first_looks(facts: "queue.Queue[Fact]", missing: set[str], timeout: float) -> set[str]:
    seen: set[str] = set()
    limit = time.monotonic() + timeout
    while missing - seen and (left := limit - time.monotonic()) > 0:
        try:
            fact = facts.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(fact, Seen):
            seen.add(fact.source)
    return seen


def _sensor(sensing: Sensing, sensor: Sensor, seen: set[str]) -> Finding:
    if sensor.id in seen:
        return Finding(f"{sensor.kind} {sensor.id}", True, "it looks")
    note = "said nothing" if sensing.state == "starting" else f"is {sensing.state}"
    return Finding(f"{sensor.kind} {sensor.id}", False, note)


def _broker(plan: Plan, timeout: float) -> Finding:
    reason = "no answer"
    try:
        # A client id of its own: the running device must not be thrown out.
        connection = Connection(plan.broker, f"instore-{plan.site}-{plan.device}-check")
    except SettingsError as error:
        return Finding("broker", False, str(error))
    connection.start()
    limit = time.monotonic() + timeout
    try:
        while (left := limit - time.monotonic()) > 0:
            event = connection.events.get(timeout=left)
            if isinstance(event, Up):
                return Finding("broker", True, "connected")
            if isinstance(event, Down):
                return Finding("broker", False, event.reason)
    except queue.Empty:
        pass
    finally:
        connection.stop()
    return Finding("broker", False, reason)


def _outbox(plan: Plan) -> Finding:
    try:
        return Finding("outbox", True, writable(Path(plan.outbox.dir)))
    except (OutboxError, sqlite3.Error) as error:
        return Finding("outbox", False, str(error))
