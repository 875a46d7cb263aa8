"""Gateway dialects: what each really sends, and no payload that raises."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.radio.adverts import sighting
from edge.radio.dialects import report, scanner_name
from edge.radio.tags import allow

# A machine under load draws slowly; that is no fault of what is drawn.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
UUID = "fda50693a4e24fb1afcfc6eb07647825"
TAGS = allow(
    {
        "AA:BB:CC:DD:EE:01": "trolley",
        f"{UUID},1,2": "basket",
        "0102030405060708090a0b0c0d0e0f10": "staff",
        "cart7": "trolley",
    }
)
RUUVI = "0201061bff1801beac" + UUID + "00010002c500"

CASES = [
    ("home/omg1/BTtoMQTT/AABBCCDDEE01", {"id": "AA:BB:CC:DD:EE:01", "rssi": -61}, ("omg1", 0, -61, False)),
    ("home/omg1/BTtoMQTT/AABBCCDDEE01", {"rssi": "-61"}, ("omg1", 0, -61, False)),
    (
        "home/TheengsGateway/BTtoMQTT/112233445566",
        {"id": "11:22:33:44:55:66", "mac_type": 1, "rssi": -80, "uuid": UUID, "major": 1, "minor": "2"},
        ("theengsgateway", 1, -80, False),
    ),
    (
        "home/omg1/BTtoMQTT/112233445566",
        {"id": "11:22:33:44:55:66", "rssi": -80, "manufacturerdata": "4c000215" + UUID + "00010002c5"},
        ("omg1", 1, -80, False),
    ),
    (
        "home/omg1/BTtoMQTT/112233445566",
        {
            "id": "11:22:33:44:55:66",
            "rssi": -80,
            "servicedatauuid": "0xfeaa",
            "servicedata": "00e70102030405060708090a0b0c0d0e0f100000",
        },
        ("omg1", 2, -80, False),
    ),
    (
        f"espresense/devices/iBeacon:{UUID[:8]}-{UUID[8:12]}-{UUID[12:16]}-{UUID[16:20]}-{UUID[20:]}-1-2/Kitchen",
        {
            "mac": "112233445566",
            "id": f"iBeacon:{UUID[:8]}-{UUID[8:12]}-{UUID[12:16]}-{UUID[16:20]}-{UUID[20:]}-1-2",
            "rssi@1m": -65,
            "rssi": -72.5,
            "distance": 2.1,
        },
        ("kitchen", 1, -72.5, True),
    ),
    ("espresense/devices/x/hall", {"mac": "aabbccddee01", "rssi": -70}, ("hall", 0, -70, True)),
    ("espresense/devices/cart7/hall", {"mac": "112233445566", "id": "cart7", "rssi": -7}, ("hall", 3, -7, True)),
    ("ruuvi/C8:25:2D:00:00:01/11:22:33:44:55:66", {"rssi": -55, "data": RUUVI}, ("c8252d000001", 1, -55, False)),
    ("ruuvi/C8:25:2D:00:00:01/aa:bb:cc:dd:ee:01", {"rssi": -55, "data": "0201"}, None),
    ("ruuvi/C8:25:2D:00:00:01/aa:bb:cc:dd:ee:01", {"rssi": -55}, ("c8252d000001", 0, -55, False)),
    ("ruuvi/C8:25:2D:00:00:01/gw_status", {"state": "online"}, None),
    ("home/omg1/BTtoMQTT/112233445566", {"id": "11:22:33:44:55:66", "rssi": -60}, None),
    ("home/omg1/BTtoMQTT/AABBCCDDEE01", {"id": "AA:BB:CC:DD:EE:01"}, None),
    ("home/omg1/BTtoMQTT/AABBCCDDEE01", {"id": 5, "rssi": -60, "uuid": [1]}, None),
    ("home/omg1/BTtoMQTT/AABBCCDDEE01", {"id": "AA:BB:CC:DD:EE:01", "rssi": 5}, None),
    ("home/omg1/other/AABBCCDDEE01", {"id": "AA:BB:CC:DD:EE:01", "rssi": -60}, None),
]


@pytest.mark.parametrize(("topic", "payload", "expected"), CASES)
def test_what_gateways_send(topic: str, payload: dict, expected: tuple | None) -> None:
    said = report(topic, json.dumps(payload).encode())
    found = said and sighting(0.0, said.scanner, said.data, said.rssi, TAGS, said.smoothed)
    assert (found and (found.scanner, found.tag, found.rssi_dbm, found.smoothed)) == expected


def test_a_resolving_key_is_never_decoded() -> None:
    key = "0011223344556677889900aabbccddee"
    topic = f"espresense/devices/irk:{key}/hall"
    said = report(topic, json.dumps({"mac": "aabbccddee01", "id": "phone", "rssi": -60, "irk": key}).encode())
    assert said is not None
    assert bytes.fromhex(key) not in said.data
    assert key.encode() not in said.data


@CALM
@given(st.sampled_from([case[0] for case in CASES]), st.binary(max_size=60))
def test_no_bytes_raise(topic: str, payload: bytes) -> None:
    report(topic, payload)


ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("0123456789abcdef:-,xZé", max_size=12)
    | st.lists(st.integers())
)
FIELDS = st.sampled_from(["id", "mac", "rssi", "uuid", "major", "minor", "servicedata", "servicedatauuid", "data"])


@CALM
@given(st.sampled_from([case[0] for case in CASES]), st.dictionaries(FIELDS, ODD))
def test_no_fields_raise(topic: str, payload: dict) -> None:
    said = report(topic, json.dumps({"rssi": -60, **payload}).encode())
    if said:
        sighting(0.0, said.scanner, said.data, said.rssi, TAGS)


def test_deep_and_long_payloads_are_refused() -> None:
    topic = "home/g/BTtoMQTT/AABBCCDDEE01"
    assert report(topic, b'{"rssi":-60,"x":' + b"[" * 3000) is None
    assert report(topic, b'{"rssi":-60,"x":"' + b"a" * 5000 + b'"}') is None


def test_scanners_are_compared_without_case_and_colons() -> None:
    assert scanner_name(" C8:25:2D:00:00:01 ") == "c8252d000001"
