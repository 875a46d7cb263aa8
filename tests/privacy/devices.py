"""Two days of Bluetooth devices with known identities, as gateways report them, and of people as cameras see them."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from edge.measure.facts import Fact, Seen
from edge.measure.geometry import people
from edge.measure.places import Ground, Places
from edge.plan import Plan
from edge.radio.adverts import Heard
from edge.radio.dialects import report
from edge.radio.source import Turn
from edge.radio.tags import allow

SCANNERS = ["scanner,x_m,y_m,z_m", "gate-a,1,1,2", "gate-b,9,1,2"]
BURST_S, BURSTS, HEARD = 160, 8, 3


class Device(NamedTuple):
    """One device and all that it shows of itself; `role` of those on the allow-list."""

    address: bytes
    uuid: bytes
    irk: bytes
    name: str
    role: str | None = None

    @property
    def listed(self) -> str:
        """Its line of the allow-list: by address, by uuid or by name."""
        way = self.address[5] % 3
        return f"{(self.address.hex(':'), self.uuid.hex(), self.name.lower())[way]},{self.role}"


def devices(rng: np.random.Generator, number: int, known: int) -> list[Device]:
    """So many devices; the first `known` are trolleys and staff badges of the shop."""
    return [
        Device(
            rng.bytes(6), rng.bytes(16), rng.bytes(16), f"Phone-{rng.bytes(5).hex()}",
            ("staff" if i % 8 == 0 else "trolley") if i < known else None,
        )
        for i in range(number)
    ]  # fmt: skip


def topic_and_payload(device: Device, scanner: str, rssi: int, dialect: int) -> tuple[str, bytes]:
    """What a gateway publishes of one advertisement, addresses and keys and all."""
    address, uuid = device.address.hex(":").upper(), device.uuid.hex()
    if dialect == 0:
        said = {"id": address, "name": device.name, "rssi": rssi, "uuid": uuid, "major": 1, "minor": 7}
        return f"home/{scanner}/BTtoMQTT/{device.address.hex().upper()}", json.dumps(said).encode()
    if dialect == 1:
        said = {"id": device.name.lower(), "mac": device.address.hex(), "rssi": rssi, "irk": device.irk.hex()}
        return f"espresense/devices/{device.name.lower()}/{scanner}", json.dumps(said).encode()
    name = device.name.encode()
    said = {"rssi": rssi, "data": (bytes((len(name) + 1, 9)) + name).hex()}
    return f"ruuvi/{scanner}/{address}", json.dumps(said).encode()


def radio_facts(plan: Plan, rng: np.random.Generator, everybody: list[Device], days: list[float]) -> list[Fact]:
    """What the beacon side makes of two days in which every device is heard and the known ones walk about."""
    known = [device for device in everybody if device.role]
    turn = Turn(plan, plan.sensors[1], allow({}, ["tag,role", *(device.listed for device in known)]), SCANNERS)
    found: list[Fact] = []
    for day in days:
        for burst in range(BURSTS):
            for heard in _burst(rng, everybody[burst::BURSTS], day + burst * 3600.0):
                found += turn.take(heard)
    return found + turn.close()


def _burst(rng: np.random.Generator, around: list[Device], start: float) -> list[Heard]:
    heard = []
    for device in around:
        walks = device.role is not None
        times = start + (np.arange(BURST_S) if walks else np.sort(rng.random(HEARD)) * BURST_S)
        for at in times.tolist():
            near_a = at - start < BURST_S / 2
            for scanner, near in (("gate-a", near_a), ("gate-b", not near_a)):
                rssi = (-55 if near else -75) + int(rng.integers(-3, 4))
                # A name is known from the one kind of gateway that passes names on.
                said = report(*topic_and_payload(device, scanner, rssi, (0, 0, 1)[device.address[5] % 3]))
                if said:
                    heard.append(Heard(at + rng.random() * 0.2, said.scanner, said.data, said.rssi, said.smoothed))
    return sorted(heard, key=lambda one: one.at)


def camera_facts(plan: Plan, numbers: list[int], day: float) -> Iterator[Fact]:
    """People with these track numbers, one each minute, walk over the line and through the zone, and wait."""
    places = Places(
        plan.lines, [z for z in plan.zones if z.sensor == "cam"], plan.queues, ground=Ground("cam", lambda m: m)
    )
    ways = {number: day + 60.0 * i for i, number in enumerate(numbers)}
    for tick in range(int((60 * len(numbers) + 60) * 2)):
        at = day + tick / 2
        rows = [
            (number, 3.0, (at - began) * 0.4 - 2.0, 1.7) for number, began in ways.items() if 0 <= at - began < 50
        ]
        yield from places.step(people(at, rows))
        yield Seen(at, "cam")
    yield from places.close(day + 60.0 * len(numbers) + 60)
