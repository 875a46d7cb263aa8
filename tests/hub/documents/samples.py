"""A document of each kind as somebody would write it."""

import base64
from datetime import date, timedelta
from typing import Any

from hub.insight.trials import switchback

_LOT = switchback(date(2026, 4, 6), 8, 42)
TRIAL: dict[str, Any] = {
    "name": "Second till at noon",
    "metric": "entries",
    "first": "2026-04-06",
    "weeks": 8,
    "seed": 42,
    "on": [(_LOT.starts + timedelta(days=n)).isoformat() for n, on in enumerate(_LOT.on) if on],
    "how": "lot",
}
PLAN = """
site = "s001"
device = "cam-01"
timezone = "Europe/Berlin"
level = "standard"
[[sensors]]
id = "ceiling-1"
kind = "camera"
source_file = "cam.url"
[[lines]]
id = "door"
sensor = "ceiling-1"
a = [0.1, 0.5]
b = [0.9, 0.5]
"""
FLOOR: dict[str, Any] = {
    "name": "Ground floor",
    "image": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode(),
    "metres_per_pixel": 0.02,
    "origin_px": [10.0, 20.0],
    "zones": [{"id": "centre", "polygon": [[0.0, 0.0], [4.0, 0.0], [4.0, 3.0]]}],
}
SAMPLES: dict[str, dict[str, Any]] = {
    "action": {"what": "Open till B from 17:00", "owner": "Anna", "due": "2026-07-01", "state": "doing"},
    "trial": TRIAL,
    "count": {
        "place": "door",
        "device": "cam-01",
        "start": "2026-06-10T09:00:00Z",
        "end": "2026-06-10T09:10:00Z",
        "entries": 31,
        "exits": 28,
    },
    "correction": {
        "place": "door",
        "entries_factor": 1.05,
        "entries_low": 1.01,
        "entries_high": 1.1,
        "exits_factor": 0.98,
        "exits_low": 0.9,
        "exits_high": 1.05,
        "from": "2026-06-01",
        "based_on": ["count-1"],
        "state": "proposed",
    },
    "plan": {"device": "cam-01", "toml": PLAN},
    "floor": FLOOR,
    "acknowledgement": {"alert": "wait-till_a"},
}
