"""What Bluetooth scanners hear of trolley tags and a staff badge: advertisements with their strengths, and the plan.

Figures of the radio model: -61 dBm at 1 m, loss exponent 1.5, 4.5 dB of fixed unevenness over the floor, up to 8 dB
where the body stands between, 3 to 4 dB by scanner from one advertisement to the next, 15 % of them missed. A tag
that nobody pushes sleeps.
"""

import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np

from edge.radio.adverts import ibeacon, pack
from simulators.clerk import clerk
from simulators.shop import FLOOR, Floats, Shop, plan_table
from simulators.shoppers import Day, Shopper, chance

_P0_DBM, _EXPONENT, _MAP_DB, _BODY_DB, _NOISE_DB, _WEAKEST_DBM = -61.0, 1.5, 4.5, 8.0, (3.0, 4.0), -96.0
_EVERY_S, _RECEIVED, _PATCH_M = 1.0, 0.85, 2.0
UUID = uuid.UUID("8c5d9a50-3f0e-4f5a-9d3a-71a5c0ffee00")
SCANNERS = (
    ("scan-door", 4.6, 0.6, 2.8, "t-entrance"),
    ("scan-promo", 1.5, 4.0, 2.8, "t-entrance"),
    ("scan-tills", 14.0, 1.2, 2.8, "t-tills"),
    ("scan-queue", 9.0, 2.2, 2.8, "t-tills"),
    ("scan-shelves", 10.5, 5.6, 2.8, "t-aisles"),
    ("scan-back", 11.0, 9.0, 2.8, "t-aisles"),
)
ZONES = {
    "t-entrance": ((0.0, 0.0), (6.3, 0.0), (6.3, 6.0), (0.0, 6.0)),
    "t-tills": ((6.3, 0.0), (16.0, 0.0), (16.0, 3.8), (6.3, 3.8)),
    "t-aisles": ((6.3, 3.8), (16.0, 3.8), (16.0, 10.0), (6.3, 10.0)),
}
TAGS, _BADGE = 60, 61


class Advert(NamedTuple):
    """One advertisement as one scanner heard it; `tag` is what the bytes say."""

    at: float
    scanner: str
    tag: int
    data: bytes
    rssi: int


class _Place(NamedTuple):
    """How one scanner hears: its uneven field, and the spread of its readings."""

    patch: Floats
    noise_db: float


def adverts(shop: Shop, day: Day) -> list[Advert]:
    """Everything the scanners hear on one day, in order of time."""
    rng = chance(shop, day.day, 3)
    places = [_place(shop.seed, i) for i in range(len(SCANNERS))]
    found = [a for shopper in day.shoppers if shopper.tag for a in _pushed(shopper, shopper.tag, places, rng)]
    if badge := clerk(shop, day):
        path = np.array(badge.walk.path)
        found += _heard(path, path[0, 0], path[-1, 0], _BADGE, places, chance(shop, day.day, 13))
    return sorted(found)


def message(tag: int) -> bytes:
    """The bytes a tag sends: flags and an iBeacon frame whose minor number is the tag."""
    return b"\x02\x01\x06" + pack(manufacturer=ibeacon(UUID.bytes + b"\x00\x01" + tag.to_bytes(2, "big")))


def gateway_message(advert: Advert) -> tuple[str, bytes]:
    """Topic and payload as OpenMQTTGateway publishes the advertisement; the address is made up."""
    address = f"C0:FF:EE:00:00:{advert.tag:02X}"
    payload = {"id": address, "rssi": advert.rssi, "uuid": UUID.hex, "major": 1, "minor": advert.tag}
    return f"home/{advert.scanner}/BTtoMQTT/{address.replace(':', '')}", msgspec.json.encode(payload)


def averaged_message(advert: Advert) -> tuple[str, bytes]:
    """Topic and payload as ESPresense publishes what it averaged of a tag; the address is made up."""
    name = f"iBeacon:{UUID}-1-{advert.tag}"
    payload = {"mac": f"c0ffee0000{advert.tag:02x}", "id": name, "rssi@1m": -61, "rssi": advert.rssi}
    return f"espresense/devices/{name}/{advert.scanner}", msgspec.json.encode(payload)


def radio_table(shop: Shop, source: str = "adverts.csv") -> dict[str, Any]:
    """The plan of the device that listens to the scanners; zones in metres."""
    return {
        "site": shop.site,
        "device": "radio-01",
        "timezone": shop.timezone,
        "day_starts": shop.day_starts,
        "level": "standard",
        "sensors": [{"id": "radio-1", "kind": "scanner", "source": source}],
        "zones": [{"id": z, "sensor": "radio-1", "polygon": [list(p) for p in ZONES[z]]} for z in ZONES],
        "radio": {"scanners": "scanners.csv", "tags_file": "tags.csv"},
    }


def fused_table(shop: Shop, source: str = "adverts.csv") -> dict[str, Any]:
    """The plan of one device with both cameras and the scanners: tags judge the cameras, a badge is taken off."""
    plan, radio = plan_table(shop), radio_table(shop, source)
    (x, y) = FLOOR
    whole = {"id": "radio-1", "sensor": "radio-1", "polygon": [[0.0, 0.0], [x, 0.0], [x, y], [0.0, y]]}
    return plan | {
        "sensors": [*plan["sensors"], *radio["sensors"]],
        "zones": [*plan["zones"], *radio["zones"], whole],
        "radio": radio["radio"] | {"subtract": {"shelves": ["t-aisles"]}},
    }


def scanner_lines() -> Iterator[str]:
    """The file of scanners: scanner,x_m,y_m,z_m,zone."""
    yield "scanner,x_m,y_m,z_m,zone"
    for scanner in SCANNERS:
        yield ",".join(str(cell) for cell in scanner)


def tag_lines() -> Iterator[str]:
    """The allow-list: uuid,major,minor,role."""
    yield "uuid,major,minor,role"
    for tag in range(1, TAGS + 1):
        yield f"{UUID},1,{tag},trolley"
    yield f"{UUID},1,{_BADGE},staff"


def _pushed(shopper: Shopper, tag: int, places: list[_Place], rng: np.random.Generator) -> Iterator[Advert]:
    yield from _heard(np.array(shopper.walk.path), shopper.entered, shopper.left, tag, places, rng)


def _heard(
    path: Floats, start: float, end: float, tag: int, places: list[_Place], rng: np.random.Generator
) -> Iterator[Advert]:
    data, count = message(tag), int((end - start) / _EVERY_S)
    at = start + rng.random() + np.arange(count) * _EVERY_S + rng.uniform(0, 0.01, count)
    x, y = np.interp(at, path[:, 0], path[:, 1]), np.interp(at, path[:, 0], path[:, 2])
    heading = _headings(path)[np.searchsorted(path[:, 0], at, "right") - 1]
    for (scanner, *place, _), own in zip(SCANNERS, places, strict=True):
        east, north, up = float(place[0]) - x, float(place[1]) - y, float(place[2]) - 1.0
        distance = np.maximum(np.sqrt(east**2 + north**2 + up**2), 0.3)
        behind = (1 - np.cos(np.arctan2(north, east) - heading)) / 2
        level = _P0_DBM - 10 * _EXPONENT * np.log10(distance) + _unevenness(own.patch, x, y) - _BODY_DB * behind
        rssi = np.round(level + rng.normal(0, own.noise_db, count))
        for i in np.flatnonzero((rng.random(count) < _RECEIVED) & (rssi > _WEAKEST_DBM)):
            yield Advert(round(float(at[i]), 3), scanner, tag, data, min(int(rssi[i]), -20))


def _headings(path: Floats) -> Floats:
    """The direction of each leg; somebody who stands looks where they came."""
    steps = np.diff(path[:, 1:], axis=0)
    found, heading = [], 0.0
    for east, north in steps:
        heading = float(np.arctan2(north, east)) if east or north else heading
        found.append(heading)
    return np.array([*found, heading])


def _place(seed: int, scanner: int) -> _Place:
    """A scanner's own noise, and waves whose sum is a smooth field over the floor (random Fourier features)."""
    rng = np.random.default_rng([seed, 77, scanner])
    waves = rng.normal(0.0, 1.0 / _PATCH_M, (32, 2))
    patch = np.column_stack([waves, rng.uniform(0, 2 * np.pi, 32)])
    return _Place(patch, float(rng.uniform(*_NOISE_DB)))


def _unevenness(patch: Floats, x: Floats, y: Floats) -> Floats:
    angles = x[:, None] * patch[:, 0] + y[:, None] * patch[:, 1] + patch[:, 2]
    return np.asarray(_MAP_DB * np.sqrt(2.0 / len(patch)) * np.cos(angles).sum(axis=1))
