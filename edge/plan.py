"""What one device watches: sensors, lines, zones, queues, tags, the privacy level and the broker.

A plan is a value made from one TOML table. It is checked whole before anything starts; an error names the
key and never the value, because a camera's address is a password.
"""

import hashlib
import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct, field

from edge.budget import Budget
from edge.measure.geometry import flaw
from edge.tag_rules import CAMERA_ONLY, zone_fault
from edge.values import Name

Coordinate = Annotated[float, Meta(ge=-1e6, le=1e6)]  # so that inf and nan are none
Point = tuple[Coordinate, Coordinate]
Polygon = Annotated[tuple[Point, ...], Meta(min_length=3, max_length=64)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Level = Literal["strict", "standard", "dp"]
TagRole = Literal["trolley", "basket", "staff", "loyalty"]


class PlanError(ValueError):
    """The plan cannot be used; the text names the key and what is expected there."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the plan: keys that are not named are errors."""


class Sensor(Part, frozen=True, kw_only=True):
    """A camera, Bluetooth scanner or gateway. A camera has `source` or `source_file`, a file with the address."""

    id: Name
    kind: Literal["camera", "scanner", "gateway"]
    source: str | None = None
    source_file: str | None = None
    loop: bool = False
    fps: Annotated[float, Meta(gt=0, le=60)] = 5.0
    detector: Literal["blobs", "onnx"] = "blobs"
    model: str = "yolox_nano.onnx"  # what `instore-edge model` fetches, where it puts it
    decoder: Literal["auto", "yolox", "nanodet"] = "auto"
    union: bool = False  # blobs too, where the network sees nobody
    view: Literal["oblique", "overhead"] = "oblique"
    floor: tuple[tuple[Coordinate, Coordinate, Coordinate, Coordinate], ...] = ()
    ignore: tuple[Polygon, ...] = ()


class Line(Part, frozen=True, kw_only=True):
    """A door or a passing line from a to b; `entry` says which direction is in."""

    id: Name
    sensor: Name
    a: Point
    b: Point
    entry: Literal["+", "-"] = "+"
    role: Literal["door", "passing"] = "door"


class Zone(Part, frozen=True, kw_only=True):
    """An area in which stays and people are measured; `limit` people raise the alert."""

    id: Name
    sensor: Name
    polygon: Polygon
    role: Literal["area", "staff"] = "area"
    limit: Annotated[int, Meta(ge=1)] | None = None

    @property
    def whole(self) -> bool:
        """Whether it stands for the whole visit of a tag: it bears the name of its radio sensor."""
        return self.id == self.sensor


class Queue(Part, frozen=True, kw_only=True):
    """A queue and the place at its head where people are served."""

    id: Name
    sensor: Name
    polygon: Polygon
    service: Polygon
    promise_s: Annotated[int, Meta(ge=1, le=7200)] | None = None
    alert_length: Annotated[int, Meta(ge=1)] | None = None


class Staff(Part, frozen=True, kw_only=True):
    """Who is staff besides those in staff zones: who stays longer than any customer, and all in certain hours."""

    stay_min: Annotated[float, Meta(gt=0, le=1440)] | None = None
    hours: tuple[tuple[Clock, Clock], ...] = ()


class Radio(Part, frozen=True, kw_only=True):
    """Where the scanners stand, the survey if there is one, and the tags that may be heard at all."""

    scanners: str
    survey: str | None = None
    tags: dict[str, TagRole] = field(default_factory=dict)
    tags_file: str | None = None
    gateway_host: str = "127.0.0.1"
    gateway_port: Annotated[int, Meta(ge=1, le=65535)] = 1884
    park: tuple[Name, ...] = ()  # the zones in which trolleys stand that nobody has
    subtract: dict[Name, tuple[Name, ...]] = field(default_factory=dict)  # of a camera's zone, those that cover it


class Broker(Part, frozen=True, kw_only=True):
    """The MQTT broker. TLS is on where `ca_file` or `tls` is given; certificates are always verified."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    tls: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    username: str | None = None
    password_file: str | None = None

    @property
    def complaint(self) -> str | None:
        """What is wrong with these settings, naming the key: nothing crosses a network in clear or without a name."""
        if self.password_file and not self.username:
            return "username: missing, needed with password_file"
        if (self.cert_file is None) != (self.key_file is None):
            return "key_file: give cert_file and key_file together"
        if _is_here(self.host):
            return None
        if not (self.tls or self.ca_file):
            return "tls: needed where the broker is another machine"
        if not (self.cert_file or self.username):
            return "cert_file: the broker is another machine; it must know who speaks (or give username)"
        return None


class Outbox(Part, frozen=True, kw_only=True):
    """Where messages wait on disk until the hub has them, and for how long and how many at most."""

    dir: str = "/var/lib/instore"
    max_age_h: Annotated[float, Meta(gt=0, le=720)] = 72.0
    max_rows: Annotated[int, Meta(ge=100)] = 200_000
    max_bytes: Annotated[int, Meta(ge=1_000_000)] = 1_000_000_000


class Plan(Part, frozen=True, kw_only=True):
    """Everything one device needs to know. `level` has no default: privacy is chosen, not inherited."""

    site: Name
    device: Name
    timezone: str
    day_starts: Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):(00|15|30|45)$")] = "04:00"
    level: Level
    dp: Budget = Budget()
    sensors: Annotated[tuple[Sensor, ...], Meta(min_length=1, max_length=32)]
    camera_processes: Literal["shared", "own"] = "shared"
    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    queues: tuple[Queue, ...] = ()
    staff: Staff = Staff()
    radio: Radio | None = None
    broker: Broker = Broker()
    outbox: Outbox = Outbox()


def parse(table: dict[str, Any]) -> Plan:
    """The plan in a TOML table; PlanError naming the key where it is incomplete, unknown or contradicts itself."""
    if table.get("level") == "diagnostic":
        raise PlanError("level: diagnostic is none to run at; for a look at a camera use instore-edge preview SENSOR")
    try:
        plan = msgspec.convert(table, Plan)
    except msgspec.ValidationError as error:
        raise PlanError(fault(str(error))) from None
    _check(plan)
    return plan


def fault(text: str) -> str:
    """msgspec's complaint as `key: what is expected`, without any value.

    The library quotes the offending value for literals; everything between quotes that is no key goes. Its own
    words begin with a capital; others are a table's complaint about itself and name their keys already.
    """
    found = re.search(r" - at `\$\.?([^`]*)`$", text)
    where, text = (found[1], text[: found.start()]) if found else ("", text)
    if not where and text[:1].islower():
        return text
    if unknown := re.search(r"unknown field `([^`]*)`", text):
        return f"{where}.{unknown[1]}: unknown key".lstrip(".")
    if missing := re.search(r"missing required field `([^`]*)`", text):
        return f"{where}.{missing[1]}: missing".lstrip(".")
    if text.startswith("Invalid enum value"):
        text = "not one of the values allowed"
    return f"{where or 'file'}: {text[0].lower()}{text[1:]}"


def digest(plan: Plan) -> str:
    """12 hex digits that change when what is measured changes; addresses, secrets and the broker are left out."""
    sensors = tuple(msgspec.structs.replace(s, source=None, source_file=None) for s in plan.sensors)
    radio = plan.radio and msgspec.structs.replace(plan.radio, tags={}, tags_file=None)
    bare = msgspec.structs.replace(plan, sensors=sensors, radio=radio, broker=Broker(), outbox=Outbox())
    bare = msgspec.structs.replace(bare, camera_processes="shared")  # who does the work changes no figure
    table = msgspec.to_builtins(bare)
    if plan.level != "dp":
        del table["dp"]  # it says nothing at the other levels
    return hashlib.sha256(msgspec.json.encode(table)).hexdigest()[:12]


def _check(plan: Plan) -> None:
    try:
        ZoneInfo(plan.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of names, such as `Europe`
        raise PlanError("timezone: not a name of the IANA time zone database") from None
    known = _unique([s.id for s in plan.sensors], "sensors")
    heard = {s.id for s in plan.sensors if s.kind != "camera"}
    ids = [*(p.id for p in plan.lines), *(p.id for p in plan.zones), *(p.id for p in plan.queues)]
    _unique(ids, "lines, zones and queues")
    drawn: dict[str, tuple[Line | Zone | Queue, ...]] = {
        "lines": plan.lines,
        "zones": plan.zones,
        "queues": plan.queues,
    }
    for name, places in drawn.items():
        for i, place in enumerate(places):
            if place.sensor not in known:
                raise PlanError(f"{name}[{i}].sensor: no sensor has this id")
            if name in CAMERA_ONLY and place.sensor in heard:
                raise PlanError(f"{name}[{i}].sensor: {CAMERA_ONLY[name]}")
    for i, line in enumerate(plan.lines):
        if line.a == line.b:
            raise PlanError(f"lines[{i}].b: a and b are the same point")
    for key, polygon in _polygons(plan):
        _check_outline(polygon, key)
    for i, sensor in enumerate(plan.sensors):
        _check_sensor(sensor, plan, f"sensors[{i}]")
    # Raw gateway feeds carry addresses of devices in their topics and must not cross a network.
    if plan.radio and not _is_here(plan.radio.gateway_host):
        raise PlanError("radio.gateway_host: must be this machine (127.0.0.1, ::1 or localhost)")
    if plan.radio and (wrong := zone_fault(plan.radio.park, plan.radio.subtract, heard, plan.zones)):
        raise PlanError(wrong)
    if wrong := plan.broker.complaint:
        raise PlanError(f"broker.{wrong}")


def _check_outline(polygon: tuple[Point, ...], key: str) -> None:
    if wrong := flaw(polygon):
        raise PlanError(f"{key}: {wrong}")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _polygons(plan: Plan) -> Iterator[tuple[str, tuple[Point, ...]]]:
    for i, sensor in enumerate(plan.sensors):
        yield from ((f"sensors[{i}].ignore[{j}]", polygon) for j, polygon in enumerate(sensor.ignore))
    for i, zone in enumerate(plan.zones):
        yield f"zones[{i}].polygon", zone.polygon
    for i, queue in enumerate(plan.queues):
        yield f"queues[{i}].polygon", queue.polygon
        yield f"queues[{i}].service", queue.service


def drawn(plan: Plan, sensor: str) -> Iterator[tuple[str, tuple[Point, ...]]]:
    """(key, points) of every line and polygon drawn on the picture of a sensor."""
    own = {f"lines[{i}]": line for i, line in enumerate(plan.lines) if line.sensor == sensor}
    yield from ((key, (line.a, line.b)) for key, line in own.items())
    places: list[tuple[str, Zone | Queue]] = [(f"zones[{i}]", zone) for i, zone in enumerate(plan.zones)]
    places += [(f"queues[{i}]", queue) for i, queue in enumerate(plan.queues)]
    mine = tuple(f"{key}." for key, place in places if place.sensor == sensor)
    yield from ((key, polygon) for key, polygon in _polygons(plan) if mine and key.startswith(mine))


def _unique(ids: list[str], where: str) -> set[str]:
    for i, name in enumerate(ids):
        if name in ids[:i]:
            raise PlanError(f"{where}: an id is used twice")
    return set(ids)


def _check_sensor(sensor: Sensor, plan: Plan, where: str) -> None:
    if sensor.kind == "camera":
        if (sensor.source is None) == (sensor.source_file is None):
            raise PlanError(f"{where}.source: give either source or source_file")
        if sensor.floor and len(sensor.floor) < 4:
            raise PlanError(f"{where}.floor: at least 4 points")
        if sensor.union and sensor.detector != "onnx":
            raise PlanError(f"{where}.union: only with the detector onnx")
    elif plan.radio is None:
        raise PlanError(f"radio: missing, but {where} is a {sensor.kind}")
    # At level dp a tag's visits are not bounded, and strangers' phones decide whether a scanner has looked.
    if plan.level in ("strict", "dp") and sensor.kind != "camera":
        raise PlanError(f"{where}.kind: no beacons at level {plan.level}")
