"""Attack 7: a hundred reconnects and a restart, and each window still has one value: there is nothing to average."""

import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace

from edge.deliver.mqtt import Connection, Will
from edge.deliver.outbox import Outbox, Row
from edge.deliver.sender import Sender
from edge.health import Health
from edge.messages import Status, Window, decode, encode
from edge.pipeline import Pipeline
from edge.plan import Broker
from edge.plan import Outbox as Limits
from edge.topics import topic
from edge.values import Count
from tests.privacy.capture import Listener
from tests.privacy.visitors import DAY, crowd, facts, plan

RECONNECTS = int(os.environ.get("PRIVACY_RECONNECTS", "100"))
ROWS = 20


class Blurred(Outbox):
    """A leak on purpose: noise that is drawn anew for each sending, so that their mean gives the number away."""

    def batch(self, after: tuple[int, int] | None, limit: int) -> list[Row]:
        return [row._replace(payload=_blurred(row.payload)) for row in super().batch(after, limit)]


def _blurred(payload: bytes) -> bytes:
    said = decode("w", payload)
    assert isinstance(said, Window)
    values = tuple(
        replace(v, entries=v.entries + secrets.randbelow(5)) if isinstance(v, Count) and v.entries is not None else v
        for v in said.values
    )
    return encode(replace(said, values=values))


def filled(box: Outbox) -> None:
    """The last windows of a busy day in an outbox; the same day once more, as after a restart, adds none."""
    held = []
    for _ in range(2):
        pipeline = Pipeline(plan(), box, DAY[0], DAY[1], lambda: "ntp")
        for fact in facts(crowd(np.random.default_rng(7), 60)):
            pipeline.add(fact)
        pipeline.store(DAY[1])
        held.append(box.held)
    assert held[0] == held[1] > ROWS
    first = box.batch(None, 1000)[-ROWS]
    box.ack(first.epoch, first.seq - 1)


def sent(port: int, box: Outbox, times: int) -> list[bytes]:
    """All windows that arrive while the device connects so many times without ever hearing from the hub."""
    listener, health = Listener(port), Health(plan(), box.epoch, "1")
    w = topic("s", "d", "w")

    def status() -> Status:
        return health.status(time.time())

    try:
        for i in range(times):
            gone = Will(topic("s", "d", "status"), encode(health.status(0.0, state="offline")))
            connection = Connection(Broker(port=port), "instore-s-d", will=gone)
            connection.start()
            sender = Sender("s", "d", box, connection, status)
            while not sender._flying:
                sender._turn()
            assert listener.wait(lambda heard, least=(i + 1) * ROWS: windows(heard, w, least))
            connection.stop()
        return [payload for where, payload, _ in listener.heard if where == w and b'"values"' in payload]
    finally:
        listener.end()


def windows(heard: list[tuple[str, bytes, bool]], w: str, least: int) -> bool:
    return sum(where == w and b'"values"' in payload for where, payload, _ in heard) >= least


def values(payloads: list[bytes]) -> dict[tuple[Any, ...], set[bytes]]:
    """What was told of each window of each place, in all its forms."""
    found: dict[tuple[Any, ...], set[bytes]] = {}
    for payload, value in _each(payloads):
        key = (payload.end, type(value), value.place, value.start, getattr(value, "of", ""), getattr(value, "to", ""))
        found.setdefault(key, set()).add(repr(value).encode())
    return found


def _each(payloads: list[bytes]) -> Iterator[tuple[Window, Any]]:
    for payload in payloads:
        said = decode("w", payload)
        assert isinstance(said, Window)
        yield from ((said, value) for value in said.values)


def test_a_hundred_reconnects_give_one_value_a_window(tmp_path: Path, quiet_broker: int) -> None:
    box = Outbox(Limits(dir=str(tmp_path)))
    try:
        filled(box)
        payloads = sent(quiet_broker, box, RECONNECTS)
    finally:
        box.close()
    assert len(payloads) >= RECONNECTS * ROWS
    assert len(set(payloads)) == ROWS, "a repeat is the same bytes"
    assert {len(forms) for forms in values(payloads).values()} == {1}


def test_the_attack_finds_noise_that_is_drawn_again(tmp_path: Path, quiet_broker: int) -> None:
    box = Blurred(Limits(dir=str(tmp_path)))
    try:
        filled(box)
        payloads = sent(quiet_broker, box, 5)
    finally:
        box.close()
    assert max(len(forms) for forms in values(payloads).values()) > 1
