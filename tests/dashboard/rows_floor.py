"""Rows of an imagined shop's floor: two cameras, three zones, a few days of heat and ways."""

import base64
import json
import struct
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.dashboard.hub_rows import Shop

Rows = list[dict[str, Any]]
ZONES = {"promo": (0.0, 0.0), "shelves": (4.0, 3.0), "tills": (8.0, 0.0)}


def with_floor(made: Shop, days: int = 3) -> Shop:
    """The shop with heat and ways of the days before today."""
    today = made.rows["sites"][0]["day"]
    for n in range(1, days + 1):
        day = today - timedelta(days=n)
        made.rows["heat"] += [square(day, c, r, 600 * (1 + c)) for c in range(6) for r in range(4)]
        made.rows["heat"] += [square(day, c, r, 900, place="floor") for c in range(6, 10) for r in range(4)]
        made.rows["flows"] += [way(day, "promo", "shelves", 25), way(day, "shelves", "tills", None)]
    made.rows["outlines"] = [outline(name, x, y) for name, (x, y) in ZONES.items()]
    return made


def square(day: date, column: int | None, row: int | None, person_s: int | None, **other: Any) -> dict[str, Any]:
    """A square metre of a day."""
    found: dict[str, Any] = {"place": "entrance", "day": day, "column": column, "row": row, "cell_m": 1.0}
    return found | {"person_s": person_s, "withheld": None, "coverage": 0.9} | other


def way(day: date, place: str, to: str, n: int | None) -> dict[str, Any]:
    """A way of a day; None: too few."""
    return {"place": place, "to": to, "day": day, "n": n, "withheld": None if n else "n<10", "coverage": 0.9}


def outline(name: str, x: float, y: float, side: float = 2.0) -> dict[str, Any]:
    """A square zone with its lower left corner at (x, y)."""
    corners = [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
    row = {"place": name, "kind": "queue" if name == "tills" else "zone", "role": "area", "device": "cam-01"}
    return row | {"sensor": "entrance", "area_m2": side * side, "outline_m": corners}


def png(width: int, height: int) -> str:
    """A white picture in base64."""
    raw = b"".join(b"\x00" + b"\xff" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in parts]
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


def document(body: dict[str, Any], kind: str = "floor", name: str = "ground", at: float = 1.78e9) -> dict[str, Any]:
    """A document as the hub gives it."""
    when = datetime.fromtimestamp(at, UTC)
    return {"kind": kind, "id": name, "version": 1, "at": when, "by": "ann", "body": json.dumps(body)}
