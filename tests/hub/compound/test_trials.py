"""A trial from its plan to its verdict: PUT over HTTP, days with a planted effect in the store, the question asked.

The truth is known, for it was planted: a change of a known size, or none.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hub.client import Hub, Unanswered
from hub.compound.by_day import measured
from hub.compound.inquiry import Inquiry
from hub.insight.trials import staggered
from hub.intake.surveys import SCHEMA
from hub.serve import access, asking, questions
from hub.serve.access import Access
from hub.serve.api import application, serving
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.settings import Http
from hub.sites import Site, day_span, moment
from hub.storage import answers

FIRST = date(2026, 4, 6)
WEEKS = 8
BEFORE = FIRST - timedelta(weeks=8)
PLANNED = FIRST - timedelta(days=10)
ENDED = FIRST + timedelta(weeks=WEEKS, days=1)


class Lab:
    """A hub whose clock is set by hand, and a store to plant effects in."""

    def __init__(self, hub: Any, folder: Path) -> None:
        self.store, self.folder, self.site = hub.store, folder, hub.store.sites["s001"]
        self.now = 0.0
        self.at(PLANNED)
        self.desk = Desk(hub.store, Access(folder / "tokens.json"), Board(), clock=lambda: self.now)
        self.token = access.create(folder / "tokens.json", "lab", ["*"], False, "now", may_write=True)
        self.hub: Hub

    def at(self, day: date) -> None:
        """Set the clock to the noon of a day or so."""
        self.now = day_span(self.site, day)[0] + 8 * 3600

    def plan(self, metric: str, **other: Any) -> dict[str, Any]:
        """A trial as the planner draws it."""
        rows = self.hub.ask("trial_plan", site="s001", metric=metric, day=FIRST, weeks=WEEKS, **other).to_pylist()
        on = [row["day"] for row in rows if row["on"]]
        self.rows = rows
        return {"name": "A second till", "metric": metric, "first": FIRST, "weeks": WEEKS, **other} | {
            "seed": rows[0]["seed"],
            "on": on,
            "how": "lot",
        }

    def put(self, body: dict[str, Any], version: int = 0) -> int:
        return self.hub.write("trial", "t1", site="s001", version=version, body=body, by="Anna")

    def verdict(self, **given: Any) -> dict[str, Any]:
        name = "trials" if "site" in given else "trials_all"
        (row,) = self.hub.ask(name, **given).to_pylist()
        return row  # type: ignore[no-any-return]

    def entries(self, value: Callable[[date], float | None], site: str = "s001") -> None:
        """The door of a site, looked at all day: what it counted by quarter hour on all days of the lab."""
        rows = []
        for n in range((ENDED - BEFORE).days):
            day = BEFORE + timedelta(days=n)
            people, start = value(day), day_span(self.store.sites[site], day)[0]
            slots = (
                range(0) if people is None else range(round((day_span(self.store.sites[site], day)[1] - start) / 900))
            )
            for slot in slots:
                told = round(people or 0) if slot == 40 else 0
                rows.append(
                    (site, "cam-01", "door", moment(start + 900 * slot), day, slot, 900, told, told, None, None)
                )
        with self.store.write() as connection:
            names = [row[0] for row in connection.execute("DESCRIBE count_15").fetchall()]
            columns = dict(zip(names, zip(*rows, strict=True), strict=True))
            connection.register("incoming", pa.table({k: pa.array(v) for k, v in columns.items()}))
            connection.execute("INSERT INTO count_15 BY NAME SELECT * FROM incoming")
            connection.execute(
                "INSERT INTO first_count VALUES ($s, 'cam-01', 'door', $at)", {"s": site, "at": rows[0][3]}
            )


@pytest.fixture
def lab(hub: Any, shop: Any, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(hub, tmp_path)
    begun = day_span(made.site, BEFORE)[0] - 86_400
    hub.take(shop.raw(shop.status(begun), "status"), at=begun)
    with serving(application(made.desk), Http(port=0)) as port, Hub(f"http://127.0.0.1:{port}", made.token) as client:
        made.hub = client
        yield made


def noisy(seed: int, level: float = 500.0, noise: float = 0.06) -> Callable[[date], float]:
    """A shop's days: weekdays that differ, and noise."""
    rng = np.random.default_rng(seed)
    weekday = np.array([0.9, 0.9, 0.95, 1.0, 1.2, 1.4, 0.7])
    each = rng.normal(0, noise, 400)
    return lambda day: level * weekday[day.weekday()] * float(np.exp(each[(day - BEFORE).days]))


def test_a_planted_change_is_found_with_its_size(lab: Lab) -> None:
    body = lab.plan("entries")
    on, usual = set(body["on"]), noisy(1)
    lab.entries(lambda day: usual(day) * (1.2 if day in on else 1.0))
    assert lab.put(body) == 1
    lab.at(ENDED)
    row = lab.verdict(site="s001")
    assert (row["verdict"], row["state"], row["unit"], row["reason"]) == ("changed", "over", "relative", None)
    assert row["low"] < 0.2 < row["high"]
    assert row["effect"] == pytest.approx(0.2, abs=0.06)
    assert row["chance"] <= 0.05
    assert (row["days_on"], row["days_off"], row["days_missing"]) == (28, 28, 0)
    assert 0 < row["detectable"] < 0.2
    assert (row["first"], row["last"]) == (FIRST, FIRST + timedelta(days=55))
    assert lab.verdict() == row | {"site": "s001"}


def test_where_nothing_was_changed_nothing_is_found(lab: Lab) -> None:
    body = lab.plan("entries")
    lab.entries(noisy(2))
    lab.put(body)
    lab.at(ENDED)
    row = lab.verdict(site="s001")
    assert row["verdict"] == "no change found"
    assert row["low"] < 0 < row["high"]


def test_there_is_no_verdict_before_the_end(lab: Lab) -> None:
    body = lab.plan("entries")
    on, usual = set(body["on"]), noisy(1)
    lab.entries(lambda day: usual(day) * (2.0 if day in on else 1.0))
    lab.put(body)
    for day, state, over in ((PLANNED, "planned", 0), (FIRST + timedelta(days=7), "running", 7)):
        lab.at(day)
        row = lab.verdict(site="s001")
        assert (row["verdict"], row["state"], row["effect"], row["chance"]) == ("cannot tell", state, None, None)
        assert row["reason"] == "no verdict before its end on 2026-05-31"
        assert row["days_on"] + row["days_off"] == over
    lab.now = day_span(lab.site, FIRST + timedelta(weeks=8))[0] + 3599
    assert lab.verdict(site="s001")["state"] == "running"
    lab.now += 1
    assert lab.verdict(site="s001")["verdict"] == "changed"


def test_what_was_written_down_afterwards_cannot_be_told(lab: Lab) -> None:
    body = lab.plan("entries")
    on, usual = set(body["on"]), noisy(1)
    lab.entries(lambda day: usual(day) * (2.0 if day in on else 1.0))
    lab.at(FIRST)
    lab.put(body)
    lab.at(ENDED)
    row = lab.verdict(site="s001")
    assert (row["verdict"], row["effect"]) == ("cannot tell", None)
    assert row["reason"] == "written down, or changed, after it had begun"


def test_another_metric_afterwards_cannot_be_told_but_another_name_can(lab: Lab) -> None:
    body = lab.plan("entries")
    on, usual = set(body["on"]), noisy(1)
    lab.entries(lambda day: usual(day) * (2.0 if day in on else 1.0))
    lab.put(body)
    lab.at(ENDED)
    lab.put(body | {"name": "Renamed", "note": "it rained"}, version=1)
    assert lab.verdict(site="s001")["verdict"] == "changed"
    lab.put(body | {"metric": "conversion"}, version=2)
    assert lab.verdict(site="s001")["verdict"] == "cannot tell"
    lab.put(body, version=3)
    assert lab.verdict(site="s001")["verdict"] == "cannot tell", "back again is changed, too"


def test_a_change_without_a_lot_cannot_be_told(lab: Lab) -> None:
    usual = noisy(3)
    lab.entries(lambda day: usual(day) * (1.5 if day >= FIRST else 1.0))
    lab.put({"name": "New signs", "metric": "entries", "first": FIRST, "weeks": 4, "how": "none"})
    lab.at(ENDED)
    row = lab.verdict(site="s001")
    assert (row["verdict"], row["state"], row["days_on"]) == ("cannot tell", "over", None)
    assert "lot" in row["reason"]


def test_a_dead_sensor_leaves_too_little_to_tell(lab: Lab) -> None:
    body = lab.plan("entries")
    usual = noisy(4)
    lab.entries(lambda day: None if FIRST + timedelta(days=9) <= day else usual(day))
    lab.put(body)
    lab.at(ENDED)
    row = lab.verdict(site="s001")
    assert row["verdict"] == "cannot tell"
    assert row["days_missing"] == 56 - 9
    assert "pairs were measured" in row["reason"]


def test_the_planner_says_the_same_again_and_what_the_shop_could_find(lab: Lab) -> None:
    lab.entries(noisy(5))
    body = lab.plan("entries")
    first = lab.rows
    assert lab.plan("entries") == body
    assert lab.rows == first
    assert len(first) == 56
    assert first[0]["day"] == FIRST
    assert first[0]["usual"] == pytest.approx(500, rel=0.15)
    assert 0.01 < first[0]["detectable"] < 0.15
    assert {row["reason"] for row in first} == {None}


@pytest.mark.parametrize("days", [0, 20])
def test_where_the_past_does_not_tell_the_planner_says_so(lab: Lab, days: int) -> None:
    lab.entries(lambda day: 100.0 if PLANNED - timedelta(days=days) <= day < PLANNED or day >= FIRST else None)
    lab.plan("entries")
    row = lab.rows[0]
    assert row["detectable"] is None
    assert row["reason"] == f"measured on {days} of the 56 days before; 28 are the least"
    assert row["usual"] == (100.0 if days else None)


def test_a_day_that_has_begun_is_told(lab: Lab) -> None:
    lab.at(FIRST)
    lab.plan("entries")
    assert lab.rows[0]["reason"].startswith("it would have begun already")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weeks": "7"}, "weeks: an even number"),
        ({"weeks": "0"}, "weeks: an even number"),
        ({"metric": "sales"}, "metric: one of entries"),
        ({"place": "A B"}, "place: id of a place"),
    ],
)
def test_what_cannot_be_planned_is_named(lab: Lab, given: dict[str, str], said: str) -> None:
    asked = {"site": "s001", "metric": "wait_p90", "day": "2026-04-06", "weeks": "8"} | given
    with pytest.raises(Unanswered, match=f"^{said}"):
        lab.hub.ask("trial_plan", **asked)


def test_stores_that_begin_one_after_another(lab: Lab) -> None:
    """Three stores, two of which begin on days that the lot draws; the effect is planted from then on."""
    pool = [FIRST + timedelta(days=n) for n in range(0, 14, 2)]
    body = {"name": "New shelves", "metric": "entries", "first": FIRST, "weeks": 8, "seed": 11, "how": "staggered"}
    body |= {"stores": ["s001", "s002"], "beside": ["s003"], "pool": pool}
    lab.put(body)
    (trial,) = lab.hub.ask("trials_all").to_pylist()
    assert (trial["state"], trial["verdict"]) == ("planned", "cannot tell")
    from_ = lab_begins(body)
    for n, site in enumerate(("s001", "s002", "s003")):
        usual = noisy(10 + n, noise=0.03)
        begins = from_.get(site, date.max)
        lab.entries(lambda day, usual=usual, begins=begins: usual(day) * (1.5 if day >= begins else 1.0), site)
    with lab.store.write() as connection:
        for site in ("s002", "s003"):
            connection.execute(
                "INSERT INTO place SELECT $s, device, place, kind, role, sensor, promise_s, area_m2, outline_m, "
                "valid_from, valid_to, said_at FROM place WHERE site = 's001'",
                {"s": site},
            )
    lab.at(ENDED)
    row = lab.verdict()
    assert (row["verdict"], row["state"]) == ("changed", "over"), row["reason"]
    assert row["effect"] == pytest.approx(0.5, abs=0.15)
    alone = lab.verdict(site="s001")
    assert (alone["verdict"], alone["effect"]) == ("cannot tell", None)
    assert "trials_all" in alone["reason"]
    assert lab.verdict(sites="s001,s003")["verdict"] == "cannot tell"


def lab_begins(body: dict[str, Any]) -> dict[str, date]:
    return staggered(body["stores"], body["pool"], body["seed"], beside=body["beside"]).begins


def days_of(lab: Lab, metric: str, place: str | None = None) -> dict[date, float | None]:
    def rows(name: str, values: Any, bucket: Any = None) -> pa.Table:
        return lab.store.ask(name, questions.bound(dict(values), lab.site, lab.now), bucket)

    def ask(question: str, site: Site, **given: Any) -> pa.Table:
        return asking.answer(lab.store, question, given | {"site": site.id}, {site.id: site}, lab.now)

    def over(name: str, **given: Any) -> list[dict[str, Any]]:
        raise AssertionError("one site")

    inquiry = Inquiry({}, (lab.site,), lab.now, ask, rows, over)
    return measured(inquiry, lab.site, metric, place, FIRST, FIRST + timedelta(days=9))


def test_waits_by_day_need_ten_and_are_pooled_by_bins(lab: Lab, hub: Any, shop: Any) -> None:
    noon = day_span(lab.site, FIRST)[0] + 8 * 3600
    for day, n in ((0, 9), (1, 10), (2, 40)):
        end = noon + day * 86_400
        hub.take(shop.raw(shop.window(end, shop.stat(end, {8: n - 1, 12: 1}))), at=end + 60)
    assert set(days_of(lab, "wait_p90")) == {FIRST + timedelta(days=1), FIRST + timedelta(days=2)}
    assert days_of(lab, "within") == {FIRST + timedelta(days=1): 0.9, FIRST + timedelta(days=2): 39 / 40}
    assert days_of(lab, "wait_p90", "till_a") == days_of(lab, "wait_p90") != {}
    assert days_of(lab, "wait_p90", "till_b") == {}


def test_conversion_is_of_days_whose_doors_were_looked_at(lab: Lab) -> None:
    lab.entries(lambda day: 200.0 if day != FIRST else None)
    with lab.store.write() as connection:
        for n in range(3):
            at = moment(day_span(lab.site, FIRST + timedelta(days=n))[0] + 10 * 3600)
            connection.execute(
                "INSERT INTO sale (site, hour_at, transactions, source) VALUES ('s001', ?, 50, 't')", [at]
            )
    lab.at(ENDED)
    assert days_of(lab, "conversion") == {FIRST + timedelta(days=n): 0.25 for n in (1, 2)}


def test_scores_by_day_need_five_answers(lab: Lab) -> None:
    rows = []
    for day, said in ((0, [10] * 4), (1, [10] * 4 + [0]), (2, [0, 0, 10, 10, 10, 10, 10, 10])):
        at = moment(day_span(lab.site, FIRST + timedelta(days=day))[0] + 8 * 3600)
        for n, nps in enumerate(said):
            row = dict.fromkeys(SCHEMA.names) | {"source": "t", "id": f"{day}-{n}", "site": "s001", "channel": "qr"}
            rows.append(row | {"at": at, "nps": nps, "csat": nps // 3, "csat_scale": "1-5", "csat_top": nps == 10})
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    with lab.store.write() as connection:
        answers.add(connection, table)
    second, third = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
    assert days_of(lab, "nps") == {second: 60.0, third: 50.0}
    assert days_of(lab, "csat") == {second: 0.8, third: 0.75}
