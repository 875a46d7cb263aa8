"""What gateways publish: three dialects of MQTT topic and JSON, brought to one form.

    home/<gateway>/BTtoMQTT/<address>     OpenMQTTGateway and Theengs: raw strength, fields taken apart
    espresense/devices/<id>/<room>        ESPresense: strength averaged over 15 s
    ruuvi/<gateway>/<address>             Ruuvi gateway: raw strength, raw bytes

Fields that are not named here are not decoded at all; so the key with which some firmware lets a device's
random addresses be resolved for life (`irk`) never becomes an object in this process.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Struct

from edge.radio.adverts import EDDYSTONE, ibeacon, pack
from edge.radio.tags import spell

TOPICS = ("home/+/BTtoMQTT/+", "espresense/devices/+/+", "ruuvi/+/+")
LONGEST = 4096


class Report(NamedTuple):
    """One gateway message: its scanner, the advertisement's bytes, its strength, and whether that is an average."""

    scanner: str
    data: bytes
    rssi: float
    smoothed: bool


class _Payload(Struct):
    rssi: float | None = None
    id: str | None = None
    mac: str | None = None
    uuid: str | None = None
    major: int | None = None
    minor: int | None = None
    servicedata: str | None = None
    servicedatauuid: str | None = None
    manufacturerdata: str | None = None
    data: str | None = None


_DECODER = msgspec.json.Decoder(_Payload, strict=False)


def report(topic: str, payload: bytes) -> Report | None:
    """What a gateway reports in one message, or None where it is none of the three dialects or malformed."""
    levels = topic.split("/")
    for shape, scanner, smoothed, parts in _DIALECTS:
        if len(levels) == len(shape) and all(s in ("+", level) for s, level in zip(shape, levels, strict=True)):
            said = _decoded(payload)
            if said is None or said.rssi is None:
                return None
            return Report(scanner_name(levels[scanner]), parts(said, levels), said.rssi, smoothed)
    return None


def scanner_name(text: str) -> str:
    """A scanner's name as compared: lower case, without the colons of an address."""
    return text.strip().lower().replace(":", "")


def _decoded(payload: bytes) -> _Payload | None:
    if len(payload) > LONGEST:
        return None
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None


def _theengs(said: _Payload, levels: list[str]) -> bytes:
    key = spell(said.id or levels[-1])
    beacon = b""
    if said.uuid and said.major is not None and said.minor is not None:
        beacon = _key(spell(f"{said.uuid},{said.major},{said.minor}"), b"b")
    elif key and key[:1] == b"b":
        beacon = key[1:]
    services = {}
    if said.servicedata and (said.servicedatauuid or "").lower().removeprefix("0x").endswith("feaa"):
        services = {EDDYSTONE: _hex(said.servicedata)}
    raw = _hex(said.manufacturerdata)
    return pack(_key(key, b"a") or None, _apart(beacon, raw), services)


def _espresense(said: _Payload, levels: list[str]) -> bytes:
    name = said.id or levels[2]
    beacon = b""
    if name.lower().startswith("ibeacon:"):
        # A uuid keeps its dashes here: the last two parts are major and minor.
        beacon = _key(spell(",".join(name[8:].rsplit("-", 2))), b"b")
    alias = _key(spell(name), b"n")
    return pack(_key(spell(said.mac or ""), b"a") or None, ibeacon(beacon) if beacon else None, None, alias)


def _ruuvi(said: _Payload, levels: list[str]) -> bytes:
    return pack(_key(spell(levels[-1]), b"a") or None) + _hex(said.data)


def _apart(beacon: bytes, raw: bytes) -> dict[int, bytes]:
    """The manufacturer part: the raw bytes where a gateway gives them, else an iBeacon of the identity."""
    if len(raw) > 2:
        return {int.from_bytes(raw[:2], "little"): raw[2:]}
    return ibeacon(beacon) if len(beacon) == 20 else {}


def _key(key: bytes | None, kind: bytes) -> bytes:
    return key[1:] if key is not None and key[:1] == kind else b""


def _hex(text: str | None) -> bytes:
    try:
        return bytes.fromhex((text or "").removeprefix("0x"))
    except ValueError:
        return b""


_DIALECTS: tuple[tuple[tuple[str, ...], int, bool, Callable[[_Payload, list[str]], bytes]], ...] = (
    (("home", "+", "BTtoMQTT", "+"), 1, False, _theengs),
    (("espresense", "devices", "+", "+"), 3, True, _espresense),
    (("ruuvi", "+", "+"), 1, False, _ruuvi),
)
