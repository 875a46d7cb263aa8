"""Positions instead of pictures: the rules of the product against the truth, and staff that leaves no trace."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.replay import measure, replay, report
from edge.scene import SceneError

ROOM = [[0, 0], [10, 0], [10, 4], [0, 4]]
TILL = [[8, 0], [10, 0], [10, 4], [8, 4]]
BACK = [[0, 8], [10, 8], [10, 12], [0, 12]]


def customer(t: float) -> tuple[float, float]:
    """In at 10 s through the door at x = 0, waits at x = 4 until 100 s, is served until 150 s and goes out."""
    if t < 100:
        return min(4.0, t - 10.0), 2.0
    return (9.0, 2.0) if t < 150 else (9.0 - (t - 150.0), 2.5)


def cashier(t: float) -> tuple[float, float]:
    """Two minutes in the back room; then through the room, out by the door at 125 s, and in again at 175 s."""
    x = 5.0 if t < 120 else max(-5.0, 5.0 - (t - 120)) if t < 165 else min(5.0, t - 175.0)
    return x, 10.0 if t < 120 else 3.0


def scene(folder: Path, lost: tuple[float, ...] = (), **more: Any) -> Path:
    """A scene of 200 s with one customer and one cashier, whose positions lose the customer's number now and then."""
    rows = ["t,id,x,y"], ["t,id,x,y"]
    for i in range(1000):
        t = i / 5
        for track, way in ((1, customer), (2, cashier)):
            x, y = way(t)
            rows[0].append(f"{t},{track},{x},{y}")
            number = track + 10 * sum(at <= t for at in lost if track == 1)
            if track == 2 or not any(at <= t < at + 1 for at in lost):
                rows[1].append(f"{t},{number},{x},{y}")
    for name, lines in zip(("truth", "found"), rows, strict=True):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    table = {
        "name": "shop",
        "units": "metres",
        "truth": {"file": "truth.csv", "format": "points"},
        "positions": {"file": "found.csv", "format": "points"},
        "staff_ids": [2],
        "lines": [{"id": "door", "a": [0, 0], "b": [0, 4], "hysteresis": 0.15}],
        "zones": [{"id": "room", "polygon": ROOM, "max_gap_s": 1.0, "min_stay_s": 2.0}],
        "queues": [{"id": "till", "polygon": ROOM, "service": TILL, "max_gap_s": 10.0, "min_stay_s": 8.0}],
    } | more
    (folder / "scenes").mkdir(exist_ok=True)
    path = folder / "scenes/shop.json"
    path.write_text(json.dumps(table))
    return path


ZONES = [
    {"id": "room", "polygon": ROOM, "max_gap_s": 1.0, "min_stay_s": 2.0},
    {"id": "back", "polygon": BACK, "role": "staff"},
]


def played(path: Path, folder: Path, **options: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The values of all messages, and the audit lines."""
    replay(path, folder / "out", audit=folder / "audit", input="positions", **options)
    values = [value for line in (folder / "out").read_text().splitlines() for value in json.loads(line)["values"]]
    return values, [json.loads(line) for line in (folder / "audit").read_text().splitlines()]


def total(values: list[dict[str, Any]], kind: str, field: str) -> int:
    return sum(value[field] or 0 for value in values if value["kind"] == kind)


def test_a_wait_through_lost_numbers_is_measured_whole(tmp_path: Path) -> None:
    measured = measure(scene(tmp_path, (30.0, 60.0, 90.0, 120.0), zones=ZONES))
    queue = measured["queues"]["till"]
    assert (queue["served_true"], queue["served_measured"], queue["left_measured"]) == (1, 1, 0)
    assert queue["wait_mae_s"] <= 0.2
    assert queue["wait_mean_true_s"] == pytest.approx(90, abs=1)
    assert queue["service_mae_s"] <= 0.5
    assert queue["length_mae"] <= 0.1
    assert measured["idf1"] < 0.9, "the numbers themselves were lost"
    assert measured["hota"] < 0.9
    assert "hota" in report(measured)


def test_the_truth_itself_is_measured_where_there_are_no_positions(tmp_path: Path) -> None:
    measured = measure(scene(tmp_path, positions=None))
    assert (measured["detector"], measured["idf1"], measured["hota"]) == ("positions", 1.0, 1.0)
    assert measured["queues"]["till"]["wait_mae_s"] == 0


def test_with_nobody_known_as_staff_the_cashier_is_counted(tmp_path: Path) -> None:
    values, audit = played(scene(tmp_path), tmp_path)
    assert [total(values, "count", field) for field in ("entries", "exits")] == [2, 2]
    assert not [line for line in audit if line["type"] == "with_staff"]


@pytest.mark.parametrize(
    "staff",
    [
        {"zones": ZONES},
        {"staff": {"stay_min": 1.0}},
        {"staff": {"hours": [["09:01", "09:20"]]}},
    ],
    ids=["by zone", "by long stay", "by schedule"],
)
def test_what_leaves_is_without_staff_and_the_audit_says_what_was_with_it(tmp_path: Path, staff: Any) -> None:
    values, audit = played(scene(tmp_path, **staff), tmp_path)
    entries, exits = (total(values, "count", field) for field in ("entries", "exits"))
    crossed = [line["dir"] for line in audit if line["type"] == "crossing"]
    # In the direction + at the door one comes out; scenes count it as an entry.
    assert (crossed.count("+"), crossed.count("-")) == (entries, exits)
    if "zones" in staff:
        assert (entries, exits) == (1, 1), "the customer alone"
        assert total(values, "load", "joined") == 1
    else:
        # Who is followed for a minute, or is there after 9:01, is staff: the first entry was before that.
        assert entries + exits == 1
    both = {(line["place"], line["what"]): line["n"] for line in audit if line["type"] == "with_staff"}
    assert (both["door", "+"], both["door", "-"]) == (2, 2)
    assert both["till", "joined"] == 2
    assert "with_staff" not in json.dumps(values)


def test_by_schedule_the_clock_of_the_start_counts(tmp_path: Path) -> None:
    path = scene(tmp_path, staff={"hours": [["20:00", "06:00"]]})
    values, _ = played(path, tmp_path)
    assert total(values, "count", "entries") == 2
    values, _ = played(path, tmp_path, start=datetime(2026, 1, 5, 21, tzinfo=UTC))
    assert total(values, "count", "entries") == 0
    assert total(values, "load", "joined") == 0


def test_stays_still_open_at_the_end_are_told_as_cut(tmp_path: Path) -> None:
    """Six come into the room one after the other; two of them are still there when the recording ends."""
    path, lines = scene(tmp_path), ["t,id,x,y"]
    for i in range(500):
        for track in range(6):
            since = i / 5 - 11 * track  # nobody appears where and when somebody else has just gone
            if since >= 0 and ((track < 4 and since < 30) or track >= 4):
                x = -2.0 if since < 2 else 5.0 if track >= 4 or since < 25 else -2.0
                lines.append(f"{i / 5},{track},{x},2")
    (tmp_path / "found.csv").write_text("\n".join(lines) + "\n")
    values, audit = played(path, tmp_path)
    (dwell,) = [value for value in values if value["kind"] == "stat" and value["of"] == "dwell"]
    assert (dwell["n"], dwell["cut"]) == (6, 2)
    assert [line["open"] for line in audit if line["type"] == "visit"] == [False] * 4 + [True] * 2


def test_measure_shows_both(tmp_path: Path) -> None:
    measured = measure(scene(tmp_path, zones=ZONES))
    assert measured["with_staff"]["door +"] == 2
    assert measured["lines"]["measured"] == 2
    assert "with_staff" in report(measured)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"staff": {"badge": "x"}}, "staff.badge: unknown key"),
        ({"staff": {"hours": [["9", "10:00"]]}}, "staff.hours"),
        ({"positions": {"file": "none.csv", "format": "points"}}, "positions.file: no such file"),
        ({"positions": {"file": "found.csv", "format": "boxes"}}, "positions.fps: missing"),
        ({"positions": {"file": "found.csv", "format": "dp3t"}}, "positions.file: not in the format dp3t"),
    ],
)
def test_errors_name_the_key(tmp_path: Path, more: dict[str, Any], text: str) -> None:
    with pytest.raises(SceneError, match=text):
        measure(scene(tmp_path, **more))
