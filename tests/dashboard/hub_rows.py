"""A small real HTTP server that speaks the hub's reading side, filled with rows of an imagined shop."""

import io
import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse
from zoneinfo import ZoneInfo

import pyarrow as pa

TOKEN = "t0ken"
TIME = pa.timestamp("us", tz="UTC")
N, F, S = pa.int64(), pa.float64(), pa.string()
SPAN = {"start": TIME, "end": TIME}
COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "sites": dict.fromkeys(("site", "name", "timezone", "day_starts", "opens", "closes", "notice"), S)
    | {"day": pa.date32(), "day_start": TIME, "day_end": TIME},
    "devices": {"device": S, "state": S, "at": TIME, "version": S, "level": S, "plan": S, "clock": S, "skew_s": F}
    | {"held": N, "dropped": N, "last_end": TIME, "received_at": TIME},
    "sensors": {"device": S, "sensor": S, "kind": S, "state": S, "seen": TIME},
    "places": {"place": S, "kind": S, "role": S, "device": S, "sensor": S, "promise_s": N, "area_m2": F},
    "visitors": SPAN | {"day": pa.date32(), "minute": N, "entries": N, "exits": N, "coverage": F},
    "usual": {"minute": N, "days": N}
    | dict.fromkeys(("low", "mid", "high", "so_far_low", "so_far_mid", "so_far_high"), F),
    "load": {"place": S, "kind": S, **SPAN, "mean": F, "max": N, "joined": N, "served": N, "abandoned": N}
    | {"tills_open": F, "coverage": F},
    "stays": {"place": S, "of": S, **SPAN, "n": N, "cut": N, "p50_s": F, "p90_s": F, "mean_s": F, "within": F}
    | {"promise_s": N, "coverage": F, "withheld": S},
    "waits": {"place": S, "of": S, "n": N, "cut": N, "p50_s": F, "p90_s": F, "mean_s": F, "within": F}
    | {"within_low": F, "within_high": F, "promise_s": N, "first_start": TIME, "last_end": TIME, "coverage": F},
    "coverage": {"device": S, "sensor": S, "place": S, "kind": S, "start": TIME, "coverage": F},
    "scores": {"score": S, "n": N, "value": F, "low": F, "high": F, "state": S}
    | {"distribution": pa.list_(pa.struct({"answer": S, "n": N}))},
    "queue_totals": {"place": S, "joined": N, "served": N, "abandoned": N, "left": F, "left_low": F, "left_high": F}
    | {"state": S, "served_h": F, "tills_open": F, "served_till_h": F, "busy_h": F, "coverage": F},
    "queue_grid": {"weekday": N, "hour": N, "place": S, "n": N, "p50_s": F, "p90_s": F, "within": F, "within_low": F}
    | {"within_high": F, "joined": N, "served": N, "abandoned": F, "abandoned_low": F, "abandoned_high": F}
    | {"tills_open": F, "coverage": F},
    "staffing": SPAN
    | {"day": pa.date32(), "hour": N, "arrivals": F, "arrivals_high": F, "service_s": F, "promise_s": F, "level": F}
    | {"need": N, "need_high": N, "planned": F, "usual_open": F, "reason": S},
    "heat": {"place": S, "day": pa.date32(), "column": N, "row": N, "cell_m": F, "person_s": N, "withheld": S}
    | {"coverage": F},
    "flows": {"place": S, "to": S, "day": pa.date32(), "n": N, "withheld": S, "coverage": F},
    "outlines": {"place": S, "kind": S, "role": S, "device": S, "sensor": S, "area_m2": F}
    | {"outline_m": pa.list_(pa.list_(F))},
    "sales": {"day": pa.date32()}
    | dict.fromkeys(("hours", "sure_hours", "transactions", "visitors", "converting", "converting_visitors"), N)
    | dict.fromkeys(("returned", "returning_of", "returns", "served_visitors", "spending_visitors"), N)
    | dict.fromkeys(("sales", "labour_hours", "planned_hours", "coverage", "conversion", "spent"), F)
    | dict.fromkeys(("sales_per_visitor", "return_rate", "serving_hours", "visitors_per_labour_hour"), F),
    "forecast": SPAN
    | {"day": pa.date32(), "hour": N, "low": F, "middle": F, "high": F, "seen": N, "error": F, "reason": S},
    "alerts": {"id": S, "rule": S, "place": S, "severity": S, "opened_at": TIME, "closed_at": TIME, "value": F}
    | {"limit": F, "unit": S, "acknowledged_at": TIME, "acknowledged_by": S},
    "brief": {"span": S, "rank": N, "code": S, "place": S, **SPAN, "effect": F, "low": F, "high": F, "unit": S}
    | {"usual": F, "certainty": F, "n": N, "coverage": F, "try": S, "evidence": S},
    "stores": {"site": S, "name": S, "visitors": N, "coverage": F, "score": S, "n": N, "value": F, "se": F}
    | dict.fromkeys(("drawn", "low", "high", "limit_low", "limit_high"), F)
    | {"beyond": S, "first": N, "last": N, "state": S},
    "store_days": {"site": S, "day": pa.date32(), "entries": N, "coverage": F, "wait_p90_s": F, "within": F},
    "consistency": {"of": S, "score": S, "groups": N, "n": N, "middle": F, "sd": F, "low": F, "high": F, "share": F}
    | {"state": S, "reason": S},
    "days": SPAN | {"day": pa.date32(), "entries": N, "exits": N, "coverage": F},
    "documents": {"kind": S, "id": S, "version": N, "at": TIME, "by": S, "body": S},
    "health_days": {"device": S, "sensor": S, "place": S, "day": pa.date32(), "entries": N, "exits": N}
    | {"imbalance": F, "drift": F, "coverage": F},
    "anomalies": {"place": S, **SPAN, "kind": S, "ratio": F, "shared": pa.bool_()},
    "count_check": {"id": S, "device": S, "place": S, **SPAN, "way": S, "counts": N, "counted": N, "measured": N}
    | {"error": F, "low": F, "high": F, "factor": F, "factor_low": F, "factor_high": F, "verdict": S, "reason": S},
    "gaps": {"device": S, "epoch": S, "first": N, "last": N, "at": TIME, "reason": S},
    "quarantine": {"reason": S, "n": N, "last": TIME},
}
Rows = list[dict[str, Any]]


class Shop:
    """What the server answers; tests change it and raise `version`."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {name: [] for name in COLUMNS}
        self.live: dict[str, Any] = {"in_store": {"value": None, "provisional": True, "as_of": None}, "places": []}
        self.version = 1
        self.refused: set[str] = set()
        self.failing: set[str] = set()
        self.asked: list[str] = []
        self.mappings: list[dict[str, Any]] = []
        # What was written, newest last: kind/id, its version, the body, and who did it.
        self.written: list[tuple[str, int, dict[str, Any], str]] = []


def afternoon_zone(at: float) -> str:
    """A zone in which it is between 14:00 and 15:00 at `at`, so that the day has a past and a future."""
    return f"Etc/GMT{(datetime.fromtimestamp(at, UTC).hour - 14 + 12) % 24 - 12:+d}"


def shop(at: float, zone: str | None = None, *, data_until: float | None = None) -> Shop:
    """A shop in full swing at `at` (Unix seconds): two devices, two queues, half a day of visitors, a week behind."""
    made, zone = Shop(), zone or afternoon_zone(at)
    wall = datetime.fromtimestamp(at, ZoneInfo(zone))
    start = (wall - timedelta(hours=4)).replace(hour=4, minute=0, second=0, microsecond=0)
    until = utc(data_until if data_until is not None else at // 300 * 300)
    day = {"day": start.date(), "day_start": start, "day_end": start + timedelta(days=1)}
    made.rows["sites"] = [
        {"site": "s001", "name": "Harbour Street", "timezone": zone, "day_starts": "04:00", "opens": "09:00"}
        | {"closes": "20:00", "notice": "Simulated shop", **day}
    ]
    made.rows["devices"] = [device("cam-01", until, utc(at - 3)), device("cam-02", until, utc(at - 8))]
    made.rows["sensors"] = [
        {"device": name, "sensor": sensor, "kind": "camera", "state": "ok", "seen": utc(at // 60 * 60)}
        for name, sensor in (("cam-01", "entrance"), ("cam-02", "tills"), ("cam-02", "floor"))
    ]
    made.rows["places"] = [place("door", "line", "door", "entrance"), place("centre", "zone", "area", "floor")]
    made.rows["places"] += [place(name, "queue", "queue", "tills", 180) for name in ("till_a", "till_b")]
    made.rows["visitors"] = list(visitors(start, until))
    made.rows["usual"] = list(usual())
    quarter = utc(until.timestamp() // 900 * 900)
    made.rows["stays"] = [stay("till_a", quarter, 165, 52), stay("till_b", quarter, 70, 30)]
    made.rows["waits"] = [
        {"place": name, "of": of, "n": 214, "cut": 3, "p50_s": mean * 0.9, "p90_s": mean * 2.1, "mean_s": mean}
        | {"within": 0.93, "within_low": 0.89, "within_high": 0.96, "promise_s": 180, "coverage": 0.98}
        | {"first_start": start - timedelta(days=7), "last_end": quarter}
        for name in ("till_a", "till_b")
        for of, mean in (("wait", 62.0), ("service", 48.0))
    ]
    made.rows["scores"] = [
        {"score": "nps", "n": 212, "value": 38.2, "low": 28.6, "high": 47.1, "state": "ok", "distribution": []},
        {"score": "csat", "n": 64, "value": 0.84, "low": 0.74, "high": 0.91, "state": "ok", "distribution": []},
    ]
    made.rows["coverage"] = list(coverage(start - timedelta(days=6), until))
    made.live = {
        "in_store": {"value": 23, "provisional": True, "as_of": text(until)},
        "places": [live("till_a", 2, 1, at), live("till_b", 1, 1, at)],
    }
    return made


def utc(at: float) -> datetime:
    """A moment as the hub's tables hold it."""
    return datetime.fromtimestamp(at, UTC)


def text(at: datetime) -> str:
    """A moment as the live document holds it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def device(name: str, until: datetime | None, received: datetime) -> dict[str, Any]:
    """An online device that is well."""
    return {"device": name, "state": "online", "at": received, "version": "0.1.0", "level": "standard"} | {
        "plan": "0123456789ab",
        "clock": "ntp",
        "skew_s": 0.2,
        "held": 0,
        "dropped": 0,
        "last_end": until,
        "received_at": received,
    }


def place(name: str, kind: str, role: str, sensor: str, promise: int | None = None) -> dict[str, Any]:
    """A row of `places`."""
    device = "cam-01" if sensor == "entrance" else "cam-02"
    return {"place": name, "kind": kind, "role": role, "device": device, "sensor": sensor} | {
        "promise_s": promise,
        "area_m2": 12.5 if kind == "zone" else None,
    }


def live(
    name: str, queue: int | None, tills: int | None, at: float, alert: str = "ok", age: float = 4.0
) -> dict[str, Any]:
    """A queue in the live document."""
    return {"device": "cam-02", "place": name, "kind": "queue", "queue": queue, "occupancy": None} | {
        "tills_open": tills,
        "alert": alert,
        "at": text(utc(at - age)),
        "age_s": age,
    }


def stay(name: str, end: datetime, p90: float, p50: float) -> dict[str, Any]:
    """A published wait window of 15 minutes."""
    return {"place": name, "of": "wait", "start": end - timedelta(minutes=15), "end": end, "n": 14, "cut": 0} | {
        "p50_s": p50,
        "p90_s": p90,
        "mean_s": p50 * 1.2,
        "within": 0.93 if p90 <= 180 else 0.71,
        "promise_s": 180,
        "coverage": 1.0,
        "withheld": None,
    }


def crowd(minute: float) -> float:
    """Visitors of a quarter-hour at a local minute on a usual day."""
    hours = minute / 60
    if not 9 <= hours < 20:
        return 0.0
    return 3 + 6 * math.exp(-((hours - 12.6) ** 2) / 2.2) + 8 * math.exp(-((hours - 17.6) ** 2) / 2.6)


def visitors(start: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """The quarter-hours of the day, with what had come by `until`; the night is observed and quiet."""
    for slot in range(96):
        begin = start + timedelta(minutes=15 * slot)
        minute = begin.hour * 60 + begin.minute
        share = max(0.0, min(1.0, (until - begin) / timedelta(minutes=15)))
        entries = round((crowd(minute) + (slot * 7 % 5 - 2) * (crowd(minute) > 0)) * share) if share else None
        yield {"start": begin, "end": begin + timedelta(minutes=15), "day": start.date(), "minute": minute} | {
            "entries": entries,
            "exits": entries,
            "coverage": share,
        }


def usual(days: int = 8) -> Iterator[dict[str, Any]]:
    """The band of a usual day: p10 and p90 a fixed distance from the middle."""
    so_far = 0.0
    for slot in range(96):
        minute = (240 + 15 * slot) % 1440
        mid = crowd(minute)
        so_far += mid
        yield {"minute": minute, "days": days, "low": mid * 0.6, "mid": mid, "high": mid * 1.45} | {
            "so_far_low": so_far * 0.86,
            "so_far_mid": so_far,
            "so_far_high": so_far * 1.13,
        }


def coverage(start: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """A week of hours, with a morning lost at the tills and a bad afternoon on the floor."""
    begin = start
    while begin < until:
        for device, sensor, name in (
            ("cam-01", "entrance", "door"),
            ("cam-02", "tills", "till_a"),
            ("cam-02", "floor", "centre"),
        ):
            day = (begin - start).days
            share: float | None = 1.0
            if sensor == "tills" and day == 3 and 9 <= begin.hour < 13:
                share = None
            if sensor == "floor" and day == 5 and 14 <= begin.hour < 17:
                share = 0.3 + 0.2 * (begin.hour - 14)
            yield {
                "device": device,
                "sensor": sensor,
                "place": name,
                "kind": "load",
                "start": begin,
                "coverage": share,
            }
        begin += timedelta(hours=1)


def table(name: str, rows: Rows) -> pa.Table:
    """The rows of a question in its columns; a column that a row lacks or has too much is a KeyError."""
    columns = COLUMNS[name]
    assert all(set(row) == set(columns) for row in rows), name
    return pa.table({column: pa.array([row[column] for row in rows], kind) for column, kind in columns.items()})


@contextmanager
def served(shop: Shop, port: int = 0) -> Iterator[str]:
    """The address at which `shop` is served on loopback, until the block ends."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlparse(self.path)
            name = address.path.rpartition("/")[2]
            shop.asked.append(name)
            if address.path == "/health":
                self._send(200, json.dumps({"ok": True}).encode())
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}" or name in shop.refused:
                self._send(403, b'{"error": "no permission"}')
            elif name in shop.failing:
                self._send(500, b'{"error": "the question failed"}')
            elif name == "version":
                self._send(200, json.dumps({"version": shop.version}).encode())
            elif name == "mappings":
                self._send(200, json.dumps({"mappings": shop.mappings}).encode())
            elif name == "live":
                self._send(200, json.dumps({"site": parse_qs(address.query)["site"][0], **shop.live}).encode())
            else:
                self._send(200, arrow(table(name, shop.rows[name])))

        def do_PUT(self) -> None:
            address = urlparse(self.path)
            name = address.path.removeprefix("/v1/documents/")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            newest = max((version for kept, version, _, _ in shop.written if kept == name), default=0)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}" or "write" in shop.refused:
                self._send(403, b'{"error": "no permission"}')
            elif "write" in shop.failing:
                self._send(422, b'{"error": "body.note: too long"}')
            elif int(parse_qs(address.query)["version"][0]) != newest:
                self._send(409, json.dumps({"error": "written since", "version": newest}).encode())
            else:
                shop.written.append((name, newest + 1, body, self.headers.get("X-Instore-By", "")))
                shop.version += 1
                self._send(200, json.dumps({"version": newest + 1}).encode())

        def _send(self, code: int, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def arrow(found: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, found.schema) as stream:
        stream.write_table(found)
    return sink.getvalue()
