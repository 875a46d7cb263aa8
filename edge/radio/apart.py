"""A radio sensor in a process of its own, which ends every night: with it goes all that was ever heard.

Addresses of strangers' devices arrive with every advertisement. Python does not erase what it lets go of, so what
forgets for certain is the end of a process. The parent calls `facts`; the child is this module run as a program. Only
facts about tags of the allow-list, which name no tag, come out of it.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from edge.apart import SIZE, Said, asked, packed, partner
from edge.measure.days import day_bounds
from edge.measure.facts import Fact
from edge.plan import Broker, Outbox, Plan, PlanError, Sensor
from edge.radio.scanner import RadioError
from edge.radio.source import turns
from edge.sight.child import CameraError, Child

_LOG = logging.getLogger("instore.radio")
_SLICE_S, _BEAT_S = 0.25, 1.0
# A process that said nothing for so long is given up for a new one. A slow machine needs seconds to start.
_HANGS_S = 30.0
# How long it may take to say what was still open when it is told to end.
_LAST_WORDS_S = 5.0
# The longest day, when the clocks are put back; so a wrong clock cannot put the night off either.
_LONGEST_DAY_S = 25 * 3600.0
_END = b"\0"
_ROOT = Path(__file__).resolve().parents[2]


class _Order(Struct, tag=True):
    """What the child must know."""

    plan: Plan
    sensor: str


class _Beat(Struct, tag=True):
    """The child lives, though there is nothing to say."""


class _Over(Struct, tag=True):
    """Why there are no more facts: the recording or the day is over, or an error."""

    why: Literal["end", "plan", "radio"]
    text: str = ""


_Message = _Order | _Beat | Said | _Over | Fact


def facts(
    plan: Plan, sensor: Sensor, stop: threading.Event, clock: Callable[[], float] = time.time
) -> Iterator[Fact]:
    """The facts of one scanner or gateway sensor until `stop` is set or a recording is over.

    When the shop's day ends (`day_starts`) the process is told to end, says which stays are still open, and a new one
    begins. PlanError and RadioError name the key or the sensor, RadioError also where the process died or hangs.
    """
    try:
        while not stop.is_set():
            night = day_bounds(clock(), plan.timezone, plan.day_starts)[1]
            day = _Day(plan, sensor, lambda until=night: clock() >= until)  # type: ignore[misc]
            with contextlib.closing(day):
                yield from day.facts(stop)
            if not day.ending:
                return
            _LOG.info("sensor %s: the day is over, what was heard is forgotten", sensor.id)
    except CameraError as error:
        raise RadioError(str(error)) from None


class _Day:
    """One process and what it says."""

    def __init__(self, plan: Plan, sensor: Sensor, is_over: Callable[[], bool]) -> None:
        self._who, self._is_over = f"sensor {sensor.id}", is_over
        self._began = self._heard = time.monotonic()
        self._told: float | None = None
        paths = os.pathsep.join(path for path in (str(_ROOT), os.environ.get("PYTHONPATH")) if path)
        self._child = Child(["-m", "edge.radio.apart"], self._who, {"PYTHONPATH": paths})
        # Neither the other sensors' addresses nor the broker's name are any of its business.
        bare = msgspec.structs.replace(plan, sensors=(sensor,), broker=Broker(), outbox=Outbox())
        self._child.send(packed(_Order(bare, sensor.id)), _HANGS_S)

    @property
    def ending(self) -> bool:
        """Whether it was told to end."""
        return self._told is not None

    def facts(self, stop: threading.Event) -> Iterator[Fact]:
        while not stop.is_set() and not (self._told and time.monotonic() - self._told > _LAST_WORDS_S):
            if self._child.ready(_SLICE_S):
                message = _unpacked(self._child.read(*SIZE.unpack(self._child.read(SIZE.size))))
                self._heard = time.monotonic()
                if isinstance(message, _Over):
                    return _end(message)
                yield from _taken(message)
            elif time.monotonic() - self._heard >= _HANGS_S:
                raise RadioError(f"{self._who}: its process hangs")
            if not self.ending and (self._is_over() or time.monotonic() - self._began >= _LONGEST_DAY_S):
                self._told = time.monotonic()
                self._child.send(_END)

    def close(self) -> None:
        self._child.close()


def _taken(message: _Message) -> Iterator[Fact]:
    if isinstance(message, Said):
        message.repeat()
    elif not isinstance(message, _Order | _Beat | _Over):
        yield message


def _end(over: _Over) -> None:
    if over.why == "plan":
        raise PlanError(over.text)
    if over.why == "radio":
        raise RadioError(over.text)


def _unpacked(content: bytes | bytearray) -> _Message:
    message: _Message = msgspec.msgpack.decode(content, type=_Message)
    return message


def main() -> None:
    """Listen until told to end or the recording does, and go at once whatever a thread is stuck in."""
    tell = partner()
    order = _unpacked(asked())
    if isinstance(order, _Order):
        stop = threading.Event()
        threading.Thread(target=_await_end, args=(stop,), daemon=True).start()
        tell(_listened(order, stop, tell))
    os._exit(0)


def _await_end(stop: threading.Event) -> None:
    # Straight from the descriptor: whoever holds the lock of a buffered stdin would hold up the exit.
    os.read(0, 1)
    stop.set()


def _listened(order: _Order, stop: threading.Event, tell: Callable[[Struct], None]) -> _Over:
    """Tell all facts, or at least once a second that there are none; why there are no more."""
    sensor = next(one for one in order.plan.sensors if one.id == order.sensor)
    told = 0.0
    try:
        for found in turns(order.plan, sensor, stop):
            for fact in found:
                tell(fact)
            if time.monotonic() - told >= _BEAT_S:
                told = time.monotonic()
                tell(_Beat())
    except PlanError as error:
        return _Over("plan", str(error))
    except RadioError as error:
        return _Over("radio", str(error))
    except Exception:
        _LOG.exception("sensor %s failed", order.sensor)
        return _Over("radio", f"sensor {order.sensor}: its listening failed")
    return _Over("end")


if __name__ == "__main__":
    main()
