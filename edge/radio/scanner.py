"""Advertisements of one Bluetooth scanner: this machine's own adapter, or a recording of one."""

import asyncio
import logging
import math
import queue
import re
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.plan import Sensor
from edge.radio.adverts import Heard, Quiet, pack
from edge.radio.dialects import scanner_name
from edge.radio.tags import spell

_LOG = logging.getLogger("instore.radio")

HELD = 10_000
TICK_S = 0.25
AGAIN_S = (1.0, 5.0, 30.0)
TOLD_S = 60.0

_ADAPTER = re.compile(r"hci[0-9]+")


class RadioError(Exception):
    """A radio feed cannot be used; the text names the sensor and what is missing, never an address or a path."""


def adverts(sensor: Sensor, stop: threading.Event) -> Iterator[Heard | Quiet]:
    """What a scanner hears, until `stop` is set or a recording is over; Quiet at least once a second.

    Without `source`, or with `source = "hci1"`, this machine's Bluetooth adapter is the scanner, named like the
    sensor. Else `source` is a file or pipe of lines `t_s,scanner,advert,rssi_dbm`, the advertisement in hex: a file
    is paced by t_s (and begins anew with `loop`), a pipe is taken as it comes. RadioError where it cannot be opened.
    """
    if sensor.source is None or _ADAPTER.fullmatch(sensor.source):
        yield from _Adapter(sensor).heard(stop)
        return
    path = Path(sensor.source)
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
        if regular:
            yield from _recorded(path, sensor, stop)
        else:
            yield from _piped(path, stop)
    except OSError as error:
        raise RadioError(f"sensor {sensor.id}: source: {type(error).__name__}") from None


def parse(line: str, at: float | None = None) -> Heard | None:
    """The advertisement in one line of a recording, at its own time or `at`; None where there is none."""
    parts = line.strip().split(",")
    try:
        t_s, scanner, advert, rssi = float(parts[0]), parts[1], bytes.fromhex(parts[2]), float(parts[3])
    except (ValueError, IndexError):
        return None
    if not math.isfinite(t_s):
        return None
    return Heard(t_s if at is None else at, scanner_name(scanner), advert, rssi)


def _recorded(path: Path, sensor: Sensor, stop: threading.Event) -> Iterator[Heard | Quiet]:
    """Reads a file line by line at the pace of its times; `at` is the wall clock at which a line is due."""
    while not stop.is_set():
        began, first = time.time(), None
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                heard = parse(line)
                if heard is None:
                    continue
                first = heard.at if first is None else first
                due = began + heard.at - first
                yield from _wait(due, stop)
                if stop.is_set():
                    return
                yield heard._replace(at=due)
        if not sensor.loop or first is None:
            return


def _wait(due: float, stop: threading.Event) -> Iterator[Quiet]:
    while (left := due - time.time()) > 0 and not stop.wait(min(left, TICK_S)):
        if due > time.time():
            yield Quiet(time.time(), True)


def _piped(path: Path, stop: threading.Event) -> Iterator[Heard | Quiet]:
    """Reads a pipe as it comes; when its writer goes away, waits for the next one."""
    held: queue.Queue[str] = queue.Queue(HELD)
    # A pipe can block for ever in open and read, so a daemon thread does that; it holds nothing else.
    threading.Thread(target=_pump, args=(path, held, stop), daemon=True, name="radio-pipe").start()
    while not stop.is_set():
        try:
            heard = parse(held.get(timeout=TICK_S), time.time())
        except queue.Empty:
            yield Quiet(time.time(), True)
            continue
        if heard is not None:
            yield heard


def _pump(path: Path, held: queue.Queue[str], stop: threading.Event) -> None:
    while not stop.is_set():
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if stop.is_set():
                    return
                held.put(line)


class _Adapter:
    """This machine's Bluetooth adapter, read by bleak in a thread of its own."""

    def __init__(self, sensor: Sensor) -> None:
        try:
            import bleak  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise RadioError(f"sensor {sensor.id}: a Bluetooth scanner needs the package bleak") from None
        self._bleak: Any = bleak
        self._sensor = sensor
        self._held: queue.Queue[Heard] = queue.Queue(HELD)
        self._up = False
        self._dropped, self._told = 0, 0.0

    def heard(self, stop: threading.Event) -> Iterator[Heard | Quiet]:
        over = threading.Event()
        thread = threading.Thread(target=asyncio.run, args=(self._scan(over),), daemon=True, name="radio-scan")
        thread.start()
        try:
            while not stop.is_set():
                try:
                    yield self._held.get(timeout=TICK_S)
                except queue.Empty:
                    yield Quiet(time.time(), self._up)
                self._tell()
        finally:
            over.set()
            thread.join(10.0)

    def _tell(self) -> None:
        if self._dropped and time.monotonic() - self._told >= TOLD_S:
            dropped, self._dropped, self._told = self._dropped, 0, time.monotonic()
            _LOG.warning("sensor %s: %d advertisements dropped, more than can be held", self._sensor.id, dropped)

    async def _scan(self, over: threading.Event) -> None:
        options: dict[str, Any] = {"bluez": {"adapter": self._sensor.source}} if self._sensor.source else {}
        tries = 0
        while not over.is_set():
            try:
                async with self._bleak.BleakScanner(detection_callback=self._take, **options):
                    self._up, tries = True, 0
                    while not over.is_set():
                        await asyncio.sleep(TICK_S)
            # The adapter may be unplugged, the Bluetooth service restarted: each has errors of its own.
            except Exception as error:
                _LOG.warning("sensor %s: the Bluetooth adapter failed: %s", self._sensor.id, type(error).__name__)
            self._up = False
            pause = AGAIN_S[min(tries, len(AGAIN_S) - 1)]
            tries += 1
            until = time.monotonic() + pause
            while not over.is_set() and time.monotonic() < until:
                await asyncio.sleep(TICK_S)

    def _take(self, device: Any, shown: Any) -> None:
        """Keeps one advertisement, put together again from the parts that bleak hands over."""
        try:
            data, rssi = _whole(device.address, shown), float(shown.rssi)
        except (TypeError, ValueError, OverflowError, AttributeError):
            # What is no advertisement must not end the scan; it is counted as one that is malformed.
            data, rssi = b"\xff", -1.0
        try:
            self._held.put_nowait(Heard(time.time(), self._sensor.id, data, rssi))
        except queue.Full:
            self._dropped += 1


def _whole(address: Any, shown: Any) -> bytes:
    """The bytes of an advertisement from the parts that bleak hands over."""
    key = spell(str(address))
    services = {int(u[4:8], 16): bytes(d) for u, d in shown.service_data.items() if u.endswith(_SHORT)}
    known = key[1:] if key is not None and key[:1] == b"a" else None
    return pack(known, shown.manufacturer_data, services, (shown.local_name or "").encode()[:64])


# A service's 16-bit number written as a whole uuid: the number stands in digits 4 to 8.
_SHORT = "-0000-1000-8000-00805f9b34fb"
