"""A plan is checked whole before anything starts, and its errors never show a value."""

import copy
import tomllib
from typing import Any

import msgspec
import pytest

from edge.plan import Plan, PlanError, digest, fault, parse

SAMPLE = """
site = "s001"
device = "cam-01"
timezone = "Europe/Berlin"
day_starts = "04:00"
level = "standard"
[[sensors]]
id = "ceiling-1"
kind = "camera"
source = "rtsp://admin:secret@10.0.0.9/stream"
fps = 5
detector = "onnx"
view = "oblique"
floor = [[120,400,0.0,0.0],[640,410,4.2,0.0],[600,160,4.1,9.8],[180,150,0.2,9.9]]
[[lines]]
id = "door"
sensor = "ceiling-1"
a = [180, 150]
b = [240, 330]
[[zones]]
id = "centre"
sensor = "ceiling-1"
polygon = [[300,190],[520,190],[540,330],[300,330]]
[[queues]]
id = "till_a"
sensor = "ceiling-1"
polygon = [[50,200],[160,200],[160,420],[50,420]]
service = [[120,380],[160,380],[160,420],[120,420]]
promise_s = 180
alert_length = 4
[radio]
scanners = "scanners.csv"
tags = { "ac:23:3f:00:00:01" = "trolley" }
[broker]
host = "127.0.0.1"
port = 1883
"""


def table() -> dict[str, Any]:
    return tomllib.loads(SAMPLE)


def changed(path: str, value: object) -> dict[str, Any]:
    """The sample with one key set, or taken away where the value is `...`."""
    result = copy.deepcopy(table())
    *way, last = path.split(".")
    inner: Any = result
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return result


def test_the_sample_is_read() -> None:
    plan = parse(table())
    assert plan.level == "standard"
    assert plan.queues[0].service[0] == (120, 380)
    assert plan.lines[0].entry == "+"
    assert plan.outbox.max_age_h == 72


WRONG = [
    ("level", ..., "level: missing"),
    ("level", "secret", "level: not one of the values allowed"),
    ("site", "Secret Street 1", "site: expected `str` matching regex"),
    ("secrets", "secret", "secrets: unknown key"),
    ("timezone", "Secret/Nowhere", "timezone: "),
    ("timezone", "Europe", "timezone: not a name"),  # a folder of names
    ("timezone", "../Secret", "timezone: not a name"),
    ("day_starts", "4:20", "day_starts: "),
    ("sensors", [], "sensors: "),
    ("sensors.0.fps", "secret", "sensors[0].fps: expected `float`"),
    ("sensors.0.fps", 0, "sensors[0].fps: "),
    ("sensors.0.kind", "secret", "sensors[0].kind: not one of the values allowed"),
    ("sensors.0.password", "secret", "sensors[0].password: unknown key"),
    ("sensors.0.source", ..., "sensors[0].source: give either"),
    ("sensors.0.source_file", "secret", "sensors[0].source: give either"),
    ("sensors.0.floor", [[1, 2, 3, 4]], "sensors[0].floor: at least 4"),
    ("lines.0.sensor", "secret", "lines[0].sensor: no sensor has this id"),
    ("lines.0.b", [180, 150], "lines[0].b: "),
    ("lines.0.a", [float("nan"), 1], "lines[0].a[0]: "),
    ("lines.0.b", [1, float("inf")], "lines[0].b[1]: "),
    ("zones.0.sensor", "secret", "zones[0].sensor: no sensor has this id"),
    ("queues.0.sensor", "secret", "queues[0].sensor: no sensor has this id"),
    ("zones.0.polygon", [[1, 2], [3, 4]], "zones[0].polygon: "),
    ("zones.0.polygon", [[1, 1], [1, 1], [1, 1]], "zones[0].polygon: fewer than three different corners"),
    ("queues.0.service", [[1, 1], [9, 9], [1, 1]], "queues[0].service: fewer than three different corners"),
    ("queues.0.polygon", [[0, 0], [5, 5], [9, 9]], "queues[0].polygon: all corners lie on one line"),
    ("zones.0.polygon", [[0, 0], [9, 9], [9, 0], [0, 9]], "zones[0].polygon: the polygon crosses itself"),
    ("sensors.0.ignore", [[[1, 1], [1, 1], [1, 1]]], "sensors[0].ignore[0]: fewer than three different corners"),
    ("zones.0.id", "door", "lines, zones and queues: an id is used twice"),
    ("queues.0.service", ..., "queues[0].service: missing"),
    ("broker.port", 70000, "broker.port: "),
    ("broker.password_file", "/etc/secret", "broker.username: missing, needed with password_file"),
    ("radio.gateway_host", "secret.example", "radio.gateway_host: must be this machine"),
    ("radio.gateway_host", "192.168.1.9", "radio.gateway_host: must be this machine"),
    ("radio.gateway_host", "0.0.0.0", "radio.gateway_host: must be this machine"),
    ("radio.gateway_host", "::", "radio.gateway_host: must be this machine"),
    ("radio.gateway_port", 0, "radio.gateway_port: "),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_an_error_names_the_key_and_never_the_value(path: str, value: object, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse(changed(path, value))
    assert str(caught.value).startswith(message)
    assert "ecret" not in str(caught.value).replace("secrets: unknown key", "")


def test_two_sensors_of_one_id_are_refused() -> None:
    plan = table()
    plan["sensors"].append(copy.deepcopy(plan["sensors"][0]))
    with pytest.raises(PlanError, match=r"^sensors: an id is used twice$"):
        parse(plan)


@pytest.mark.parametrize("kind", ["scanner", "gateway"])
def test_beacons_want_their_table(kind: str) -> None:
    plan = changed("radio", ...)
    plan["sensors"].append({"id": "hall", "kind": kind})
    with pytest.raises(PlanError, match=r"^radio: missing, but sensors\[1\] is a"):
        parse(plan)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_a_gateway_on_this_machine_is_heard(host: str) -> None:
    radio = parse(changed("radio.gateway_host", host)).radio
    assert radio is not None
    assert radio.gateway_host == host


def test_a_corner_given_twice_is_one_corner() -> None:
    twice = [[300, 190], [300, 190], [520, 190], [540, 330], [300, 330]]
    assert len(parse(changed("zones.0.polygon", twice)).zones[0].polygon) == 5


def test_a_table_may_complain_about_itself() -> None:
    assert fault("opens, closes: not in order") == "opens, closes: not in order"
    assert fault("Expected `object`, got `str`") == "file: expected `object`, got `str`"


def test_beacons_are_refused_at_level_strict() -> None:
    plan = changed("level", "strict")
    plan["sensors"].append({"id": "hall", "kind": "gateway"})
    with pytest.raises(PlanError, match=r"sensors\[1\]\.kind"):
        parse(plan)


def test_the_digest_follows_what_is_measured_and_not_where() -> None:
    plan = parse(table())
    assert digest(plan) == digest(parse(changed("sensors.0.source", "usb:0")))
    assert digest(plan) == digest(parse(changed("broker.port", 1884)))
    assert digest(plan) == digest(parse(changed("radio.tags", {"ac233f000002": "staff"})))
    assert digest(plan) != digest(parse(changed("lines.0.a", [181, 150])))
    assert len(digest(plan)) == 12


def test_a_plan_survives_json() -> None:
    plan = parse(table())
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


BOX = [[0, 0], [9, 0], [9, 9]]


def fused(kind: str = "gateway", **radio: Any) -> dict[str, Any]:
    """A camera and a radio sensor with a park and a zone of whole visits."""
    found = changed("radio", {"scanners": "scanners.csv", **radio})
    found["sensors"].append({"id": "tags", "kind": kind})
    found["zones"] += [{"id": zone, "sensor": "tags", "polygon": BOX} for zone in ("t-a", "park", "tags")]
    return found


def test_zones_of_tags_and_of_cameras_go_together() -> None:
    made = parse(fused(park=["park"], subtract={"centre": ["t-a"]}))
    assert made.radio
    assert (made.radio.park, made.radio.subtract) == (("park",), {"centre": ("t-a",)})
    assert [zone.id for zone in made.zones if zone.whole] == ["tags"]


@pytest.mark.parametrize(
    ("radio", "message"),
    [
        ({"park": ["centre"]}, "radio.park: not all of these are zones of a radio sensor"),
        ({"park": ["nowhere"]}, "radio.park: not all of these are zones of a radio sensor"),
        ({"subtract": {"t-a": ["park"]}}, "radio.subtract: a key is no zone of a camera"),
        ({"subtract": {"nowhere": ["t-a"]}}, "radio.subtract: a key is no zone of a camera"),
        ({"subtract": {"till_a": ["t-a"]}}, "radio.subtract: a key is no zone of a camera"),
        ({"subtract": {"centre": ["centre"]}}, "radio.subtract: not all of these are zones of a radio sensor"),
        ({"subtract": {"centre": ["nowhere"]}}, "radio.subtract: not all of these are zones of a radio sensor"),
    ],
)
def test_zones_that_do_not_go_together_are_refused(radio: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError) as error:
        parse(fused(**radio))
    assert str(error.value) == message


@pytest.mark.parametrize("kind", ["gateway", "scanner"])
@pytest.mark.parametrize(("what", "why"), [("lines", "footfall never comes from tags"), ("queues", "queues never")])
def test_footfall_and_queues_never_come_from_tags(kind: str, what: str, why: str) -> None:
    found = fused(kind)
    found[what][0]["sensor"] = "tags"
    with pytest.raises(PlanError, match=rf"{what}\[0\]\.sensor: {why}.*give it to a camera"):
        parse(found)
