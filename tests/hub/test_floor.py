"""Flows and heat come back as they were told: by local day, the newest revision, missing as missing."""

from datetime import UTC, date, datetime
from typing import Any

from edge.messages import stamp
from edge.values import Flow, Heat
from tests.hub.conftest import NOW
from tests.hub.test_questions import ask

DAY = datetime(2026, 6, 9, 2, 0, tzinfo=UTC).timestamp()  # 04:00 in Berlin, when the business day begins
END = DAY + 86_400
KEYS: dict[str, Any] = {"start": stamp(DAY), "withheld": None, "revision": 0, "observed_s": 43_200}


def flow(to: str, n: int | None, **other: Any) -> Flow:
    return Flow(**(KEYS | {"place": "zone_a", "to": to, "n": n} | other))


def heat(cells: Any, **other: Any) -> Heat:
    return Heat(**(KEYS | {"place": "ceiling-1", "cells": cells, "cell_m": 1.0} | other))


def rows(hub: Any, name: str, **given: Any) -> list[tuple[Any, ...]]:
    found = ask(hub, name, **({"start": DAY - 86_400, "end": END} | given))
    return [tuple(row.values()) for row in found.to_pylist()]


def test_a_flow_is_told_or_withheld_with_its_reason(hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.status(), "status"))
    hub.take(shop.raw(shop.window(END, flow("till_a", 15), flow("zone_b", None, withheld="n<10"))))
    assert rows(hub, "flows") == [
        ("zone_a", "till_a", date(2026, 6, 9), 15, None, 0.5),
        ("zone_a", "zone_b", date(2026, 6, 9), None, "n<10", 0.5),
    ]
    assert rows(hub, "flows", start=END, end=NOW + 1) == []


def test_the_highest_revision_of_a_flow_counts(hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.window(END, flow("till_a", 20, revision=1))))
    hub.take(shop.raw(shop.window(END, flow("till_a", 15))))
    assert [row[3] for row in rows(hub, "flows")] == [20]


def test_heat_is_a_row_a_cell(hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.window(END, heat(((2, 3, 120), (4, 3, 60))))))
    assert rows(hub, "heat") == [
        ("ceiling-1", date(2026, 6, 9), 2, 3, 1.0, 120, None, 0.5),
        ("ceiling-1", date(2026, 6, 9), 4, 3, 1.0, 60, None, 0.5),
    ]


def test_a_day_without_a_told_cell_is_not_a_day_without_people(hub: Any, shop: Any) -> None:
    hub.take(shop.raw(shop.window(END, heat((), observed_s=86_400), heat(None, place="ceiling-2", observed_s=0))))
    assert rows(hub, "heat") == [
        ("ceiling-1", date(2026, 6, 9), None, None, 1.0, None, None, 1.0),
        ("ceiling-2", date(2026, 6, 9), None, None, 1.0, None, None, 0.0),
    ]
