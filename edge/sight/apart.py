"""The sight of one camera in a process of its own: what crashes it, or hangs it, leaves the other cameras alone.

The parent calls `looks`; the child is this module run as a program. Through stdin it gets the sensor, the address
and the network, through stdout go looks, log lines and why it ended; positions of people cross this pipe between
two processes of one device, pictures do not.
"""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from msgspec import Struct

from edge.apart import SIZE, Said, asked, partner
from edge.apart import packed as _packed
from edge.measure.geometry import People
from edge.plan import Sensor
from edge.sight.camera import DEAD_S, SLICE_S, TELL_S, CameraError, frames
from edge.sight.child import Child
from edge.sight.looks import Look, ModelError
from edge.sight.looks import looks as seen

LOG = logging.getLogger("instore.sight")
# A process that said nothing for so long is given up for a new one. A slow machine needs seconds to start.
HANGS_S = 30.0
ROOT = Path(__file__).resolve().parents[2]


class Order(Struct, tag=True):
    """What the child must know."""

    sensor: Sensor
    source: str
    model: bytes | None


class Told(Struct, tag=True):
    """A look; of its people the bytes of their arrays."""

    at: float
    state: Any
    size: tuple[int, int] | None
    people: tuple[bytes, ...] | None


class Over(Struct, tag=True):
    """Why there are no more looks: the recording is over, or an error."""

    why: Literal["end", "model", "camera"]
    text: str = ""


Message = Order | Told | Said | Over


def looks(sensor: Sensor, source: str, model: bytes | None, stop: threading.Event) -> Generator[Look, None, None]:
    """As looks.looks, made by a child process. CameraError where it died or hangs, ModelError where the network is
    none. While the child says nothing for 5 s and more, the camera is dead once a second.
    """
    who = f"sensor {sensor.id}"
    paths = os.pathsep.join(path for path in (str(ROOT), os.environ.get("PYTHONPATH")) if path)
    child = Child(["-m", "edge.sight.apart"], who, {"PYTHONPATH": paths})
    heard = told = time.monotonic()
    try:
        child.send(_packed(Order(sensor, source, model)), HANGS_S)
        while not stop.is_set():
            if child.ready(SLICE_S):
                message = _unpacked(child.read(*SIZE.unpack(child.read(SIZE.size))))
                heard = told = time.monotonic()
                if isinstance(message, Over):
                    return _end(message)
                yield from _taken(message)
            silent = time.monotonic() - heard - 1 / sensor.fps
            if silent >= HANGS_S:
                raise CameraError(f"{who}: its process hangs")
            if silent >= DEAD_S and time.monotonic() - told >= TELL_S:
                told = time.monotonic()
                yield Look(time.time(), "dead", None, None)
    finally:
        child.close()


def _taken(message: Message) -> Iterator[Look]:
    if isinstance(message, Said):
        message.repeat()
    elif isinstance(message, Told):
        people = None if message.people is None else _people(message.at, message.people)
        yield Look(message.at, message.state, message.size, people)


def _end(over: Over) -> None:
    if over.why == "model":
        raise ModelError(over.text)
    if over.why == "camera":
        raise CameraError(over.text)


def _people(at: float, arrays: tuple[bytes, ...]) -> People:
    ids, xy, height, observed = arrays
    return People(
        at,
        np.frombuffer(ids, np.int64),
        np.frombuffer(xy, np.float64).reshape(-1, 2),
        np.frombuffer(height, np.float64),
        np.frombuffer(observed, np.bool_),
    )


def _told(look: Look) -> Told:
    people = look.people and tuple(np.ascontiguousarray(array).tobytes() for array in look.people[1:])
    return Told(look.at, look.state, look.size, people)


def _unpacked(packed: bytes | bytearray) -> Message:
    message: Message = msgspec.msgpack.decode(packed, type=Message)
    return message


def main() -> None:
    """Look until the parent ends or the recording does, and go at once whatever a thread is stuck in."""
    tell = partner()
    order = _unpacked(asked())
    if isinstance(order, Order):
        tell(_watched(order, tell))
    os._exit(0)


def _watched(order: Order, tell: Callable[[Struct], None]) -> Over:
    """Tell all looks; why there are no more."""
    pictures = frames(order.sensor, order.source, threading.Event())
    try:
        for look in seen(order.sensor, order.model, pictures, partial(secrets.randbits, 62)):
            tell(_told(look))
    except ModelError as error:
        return Over("model", str(error))
    except CameraError as error:
        return Over("camera", str(error))
    except Exception:
        LOG.exception("sensor %s failed", order.sensor.id)
        return Over("camera", f"sensor {order.sensor.id}: its sight failed")
    return Over("end")


if __name__ == "__main__":
    main()
