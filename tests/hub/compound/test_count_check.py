"""A person's count beside the windows of the sensor: joined by their borders, and every reason why one cannot be."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.compound.count_check import Count, compared, counts_of

NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
LATER = (NOON + timedelta(hours=1)).timestamp()


def count(entries: int = 20, exits: int = 10, start: datetime = NOON, end: datetime = NOON + FIVE) -> Count:
    return Count("c1", "cam-01", "door", start, end, entries, exits)


def window(start: datetime = NOON, **other: Any) -> dict[str, Any]:
    row = {"device": "cam-01", "place": "door", "start": start, "end": start + FIVE, "observed_s": 300}
    return row | {"withheld": None, "entries": 18, "exits": 10} | other


def test_each_way_has_its_row_and_its_sum() -> None:
    counts = [count(), count(30, 0, NOON + FIVE, NOON + 3 * FIVE)]
    windows = [window(), window(NOON + FIVE), window(NOON + 2 * FIVE, entries=9, exits=None, withheld=None)]
    windows[2]["exits"] = 0
    windows[1]["exits"] = 0
    rows = compared(counts, windows, LATER)
    said = [(row.get("id"), row["way"], row["counts"], row["counted"], row["measured"]) for row in rows]
    assert said == [
        ("c1", "entries", 1, 20, 18),
        ("c1", "exits", 1, 10, 10),
        ("c1", "entries", 1, 30, 27),
        ("c1", "exits", 1, 0, 0),
        (None, "entries", 2, 50, 45),
        (None, "exits", 2, 10, 10),
    ]
    assert rows[4]["error"] == pytest.approx(-0.1)
    assert rows[3]["verdict"] == "nobody"
    assert rows[5]["verdict"] == "few"


@pytest.mark.parametrize(
    ("windows", "at", "reason"),
    [
        ([], LATER, "unmeasured"),
        ([], (NOON + 2 * FIVE).timestamp(), "coming"),
        ([window(withheld="n<5", entries=None, exits=None)], LATER, "withheld"),
        ([window(entries=None)], LATER, "unmeasured"),
        ([window(observed_s=200)], LATER, "partly"),
        ([window(device="cam-02")], LATER, "unmeasured"),
        ([window(end=NOON + 3 * FIVE)], LATER, "unmeasured"),
    ],
)
def test_what_cannot_be_compared_says_why_and_counts_for_no_sum(windows: Any, at: float, reason: str) -> None:
    rows = compared([count()], windows, at)
    assert [(row["id"], row["measured"], row["reason"]) for row in rows] == [("c1", None, reason)] * 2


@pytest.mark.parametrize(("start", "end"), [(1, 301), (0, 200), (0, 0)])
def test_a_count_beside_the_borders_of_windows_is_not_compared(start: int, end: int) -> None:
    given = count(start=NOON + timedelta(seconds=start), end=NOON + timedelta(seconds=end))
    assert {row["reason"] for row in compared([given], [window()], LATER)} == {"borders"}


def test_counts_are_read_from_documents_oldest_first() -> None:
    body = {"place": "door", "device": "cam-01", "start": "2026-06-10T12:05:00+02:00", "end": "2026-06-10T10:10:00Z"}
    body |= {"entries": 3, "exits": 4, "note": ""}
    older = body | {"start": "2026-06-10T10:00:00Z", "end": "2026-06-10T10:05:00Z"}
    found = counts_of([{"id": "b", "body": json.dumps(body)}, {"id": "a", "body": json.dumps(older)}])
    assert [(one.id, one.start) for one in found] == [("a", NOON), ("b", NOON + FIVE)]
    assert found[1].end == NOON + 2 * FIVE
