"""Questions about answers by kind, by shop and beside visitors, on shops of which everything is known."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from hub.insight.scores import nps
from hub.insight.stores import of_nps, standings
from hub.intake.surveys import SCHEMA
from hub.serve import questions
from hub.storage.answers import add
from tests.hub.compound.conftest import NOW, Past
from tests.hub.conftest import Shop as Device

FIRST = date(2026, 5, 4)  # a Monday
SPAN = {"start": "2026-05-04T00:00:00Z", "end": "2026-06-01T02:00:00Z"}  # four weeks of Berlin
LONG = SPAN | {"start": "2026-05-03T00:00:00Z"}


def answers(past: Past, rows: list[dict[str, Any]]) -> None:
    blank = dict.fromkeys(SCHEMA.names) | {"source": "t", "channel": "kiosk", "lag_from_s": 0, "lag_to_s": 0}
    table = [blank | {"id": f"{row['site']}-{i}", "day": row["at"].date()} | row for i, row in enumerate(rows)]
    with past.hub.store.write() as connection:
        add(connection, pa.Table.from_pylist(table, schema=SCHEMA))


def at(day: int, hour: int, i: int = 0) -> datetime:
    """A moment of the local hour in Berlin (UTC+2 in May)."""
    return datetime(2026, 5, 4, hour - 2, i % 60, tzinfo=UTC) + timedelta(days=day)


def steady(site: str, per_hour: dict[int, list[int]], days: int = 28) -> list[dict[str, Any]]:
    """Every day the same answers in the same hours."""
    return [
        {"site": site, "at": at(day, hour, i), "nps": score, "touchpoint": "till" if hour < 14 else "fitting"}
        for day in range(days)
        for hour, scores in per_hour.items()
        for i, score in enumerate(scores)
    ]


NOON = {10: [9, 9, 9, 9, 9, 7], 13: [9, 8, 3, 3, 3, 3], 18: [9, 9, 8, 8, 2]}


def test_scores_by_kind_are_those_of_their_answers(past: Past) -> None:
    answers(past, steady("s001", NOON))
    found = past.ask("scores_by", **LONG)
    told = {(row["by"], row["group"]): row for row in found if row["score"] == "nps"}
    assert [group for by, group in told if by == "daypart"] == ["evening", "midday", "morning"]
    for group, hour in (("morning", 10), ("midday", 13), ("evening", 18)):
        counts = {score: 28 * NOON[hour].count(score) for score in NOON[hour]}
        assert {part["answer"]: part["n"] for part in told["daypart", group]["distribution"]} == counts
        assert told["daypart", group]["value"] == pytest.approx(nps(counts)["nps"])
    assert told["daypart", "morning"]["differs"] == "above"
    assert told["daypart", "midday"]["differs"] == "below"
    assert told["touchpoint", "fitting"]["n"] == 28 * 5
    assert [group for by, group in told if by == "weekday"] == [str(day) for day in range(7)]
    assert {told["weekday", str(day)]["differs"] for day in range(7)} == {"no difference seen"}
    assert [told["week", str(FIRST + timedelta(weeks=week))]["n"] for week in range(4)] == [7 * 17] * 4
    assert told["channel", "kiosk"]["differs"] is None  # there is no other


def test_groups_below_ten_are_counted_and_not_scored(past: Past) -> None:
    answers(past, steady("s001", {10: [9, 9, 9, 3, 3]}, days=1) + steady("s001", {18: [9] * 30}, days=1))
    told = {row["group"]: row for row in past.ask("scores_by", **LONG) if row["by"] == "daypart"}
    assert (told["morning"]["n"], told["morning"]["value"], told["morning"]["state"]) == (5, None, "withheld")
    assert told["evening"]["differs"] is None


def test_shops_stand_beside_each_other_and_none_is_ranked_by_chance(past: Past) -> None:
    many = {"s001": {10: [9, 9, 9, 3]}, "s002": {10: [9, 9, 7, 3]}, "s003": {10: [9, 3]}}
    answers(past, [row for site, hours in many.items() for row in steady(site, hours)])
    rows = {row["site"]: row for row in past.ask("stores", **LONG) if row["score"] == "nps"}
    groups = [of_nps("s001", 84, 28, 112), of_nps("s002", 56, 28, 112), of_nps("s003", 28, 28, 56)]
    for standing in standings(groups):
        row = rows[standing.name]
        assert (row["n"], row["value"], row["drawn"]) == (standing.n, standing.value, standing.drawn)
        assert (row["low"], row["high"], row["first"], row["last"]) == (
            standing.low,
            standing.high,
            standing.first,
            standing.last,
        )
        assert (row["limit_low"], row["limit_high"]) == standing.limits
    assert rows["s001"]["visitors"] is None  # nobody counted: that is not zero
    (spread,) = (row for row in past.ask("consistency", **LONG) if row["of"] == "stores")
    assert (spread["groups"], spread["n"], spread["state"]) == (3, 280, "ok")
    assert spread["low"] <= spread["sd"]
    one = {row["of"]: row for row in past.ask("consistency", **LONG, sites="s001,s002")}
    assert (one["stores"]["sd"], one["stores"]["reason"]) == (None, "fewer than 3 with 10 answers each")


def test_a_shop_with_few_answers_is_there_and_is_not_compared(past: Past) -> None:
    answers(past, steady("s001", {10: [9, 3]}) + steady("s002", {10: [9, 9, 9, 9, 9]}, days=1))
    rows = {row["site"]: row for row in past.ask("stores", **LONG)}
    assert (rows["s002"]["n"], rows["s002"]["value"], rows["s002"]["state"]) == (5, None, "withheld")
    assert (rows["s003"]["n"], rows["s003"]["state"]) == (0, "withheld")
    assert rows["s001"]["value"] == 0.0


def counted(past: Past, hours: dict[int, int]) -> None:
    for day in range(28):
        past.count(FIRST + timedelta(days=day), lambda _, hour: hours.get(hour, 0))


def test_weights_give_each_hour_its_visitors(past: Past) -> None:
    """As many answer at ten as at six, but three times as many come at six, and they are the unhappy ones."""
    counted(past, {10: 30, 18: 90})
    answers(past, steady("s001", {10: [9, 9, 9, 9], 18: [3, 3, 3, 9]}))
    (row,) = past.ask("weighted", **SPAN)
    assert (row["n"], row["value"]) == (224, 25.0)
    assert row["weighted"] == pytest.approx((100 * 30 - 50 * 90) / 120)
    assert row["weighted_low"] < row["weighted"] < row["weighted_high"]
    assert row["effective_n"] == pytest.approx(224 / row["design_effect"])
    assert (row["trimmed"], row["state"]) == (0, "ok")


def test_the_response_is_answers_among_visitors(past: Past) -> None:
    counted(past, {10: 30, 18: 90})
    answers(past, steady("s001", {10: [9] * 6, 18: [3] * 9}))
    rows = {row["hour"]: row for row in past.ask("response", **SPAN)}
    assert rows[None]["rate"] == pytest.approx(15 / 120)
    assert rows[10]["rate"] == pytest.approx(6 / 30)
    assert rows[18]["rate"] == pytest.approx(9 / 90)
    assert rows[18]["low"] < 0.1 < rows[18]["high"]
    assert (rows[11]["answers"], rows[11]["visitors"], rows[11]["rate"]) == (0, 0, None)
    assert rows[10]["coverage"] == pytest.approx(1.0)


def test_without_doors_there_is_no_rate(past: Past) -> None:
    answers(past, steady("s001", {10: [9] * 6}))
    rows = past.ask("response", **SPAN)
    assert [(row["hour"], row["answers"], row["visitors"], row["rate"]) for row in rows] == [
        (None, 168, None, None),
        (10, 168, None, None),
    ]
    (row,) = past.ask("weighted", **SPAN)
    assert (row["n"], row["weighted"], row["state"]) == (0, None, "withheld")


def test_days_of_every_shop_for_small_pictures(past: Past) -> None:
    counted(past, {10: 30})
    end = past.at(FIRST, 12)
    past.hub.take(past.shop.raw(past.shop.window(end, past.shop.stat(end, {3: 8, 12: 2}))), at=end + 60)
    rows = past.ask("store_days", **SPAN)
    (first,) = (row for row in rows if row["site"] == "s001" and row["day"] == FIRST)
    (waits,) = (
        row
        for row in past.ask("waits", start=SPAN["start"], end="2026-05-05T02:00:00Z")
        if row["of"] == "wait" and row["place"] == "till_a"
    )
    assert (first["entries"], first["wait_p90_s"], first["within"]) == (30, waits["p90_s"], waits["within"])
    assert {row["wait_p90_s"] for row in rows if row["day"] != FIRST} == {None}


def test_what_is_asked_over_all_shops_at_once_is_what_each_alone_says(past: Past) -> None:
    counted(past, {10: 30})
    end = past.at(FIRST, 12)
    past.hub.take(past.shop.raw(past.shop.window(end, past.shop.stat(end, {3: 8, 12: 2}))), at=end + 60)
    other = Device("s002")
    past.hub.take(other.raw(other.status(end - 86_400), "status"), at=end - 86_400)
    seen = other.window(end, other.count(end, 7, 5), other.stat(end, {2: 6, 9: 1}))
    past.hub.take(other.raw(seen), at=end + 60)
    with past.hub.store.write() as connection:  # of one shop that day is summed up
        connection.execute("INSERT INTO day_done VALUES ('s001', $day, FALSE)", {"day": FIRST})
        connection.execute(
            "INSERT INTO count_day VALUES ('s001', 'cam-01', 'door', $day, 86400, 30, 2, NULL, NULL)", {"day": FIRST}
        )
    stars = [row | {"nps": None, "csat": 4, "csat_scale": "1-5"} for row in steady("s002", {13: [9] * 7})]
    answers(past, steady("s001", NOON) + stars + steady("s003", {9: [9, 3, 3, 9, 1]}))
    store, values = past.hub.store, {key: datetime.fromisoformat(text) for key, text in LONG.items()}
    for name in ("scores", "answer_groups", "wait_days", "days"):
        bucket = questions.calendar(name, store.sites["s001"], values)
        given = questions.bound(values, None, NOW)
        alone = [store.ask(name, given | {"site": site}, bucket).to_pylist() for site in ("s001", "s002", "s003")]
        together = store.ask(name, given | {"sites": ["s003", "s001", "s002"]}, bucket).to_pylist()
        assert together == [row for rows in alone for row in rows]
        assert alone[0] != alone[1] != []
        assert store.ask(name, given | {"sites": ["s002"]}, bucket).to_pylist() == alone[1]
        assert store.ask(name, given | {"sites": []}, bucket).num_rows == 0


def test_presses_of_today_by_hour_and_button(past: Past) -> None:
    noon = datetime.fromtimestamp(NOW, UTC)
    rows = [
        {"site": "s001", "at": noon - timedelta(hours=2, minutes=i), "csat": 4 if i % 2 else 1, "csat_scale": "1-4"}
        | {"touchpoint": "exit"}
        for i in range(1, 21)
    ]
    rows += [
        {"site": "s001", "at": noon - timedelta(minutes=70), "csat": 2, "csat_scale": "1-4", "touchpoint": "exit"}
    ]
    rows += [{"site": "s001", "at": noon - timedelta(minutes=0, seconds=1), "csat": 2, "csat_scale": "1-4"}] * 5
    answers(past, rows)
    assert past.ask("kiosk") == [
        {"hour": 9, "touchpoint": "exit", "score": "csat", "answer": 1, "n": 10},
        {"hour": 9, "touchpoint": "exit", "score": "csat", "answer": 4, "n": 10},
        {"hour": 10, "touchpoint": "exit", "score": "csat", "answer": None, "n": None},
        # Beside the one at ten the five at eleven are the fewest: the one would come out as what is left of the day.
        {"hour": 11, "touchpoint": None, "score": "csat", "answer": None, "n": None},
    ]


def test_drivers_over_all_shops_say_what_a_fit_still_needs(past: Past) -> None:
    answers(past, steady("s001", {10: [9, 3]}) + steady("s002", {10: [9, 9]}))
    rows = past.ask("drivers_all", **LONG)
    assert {row["verdict"] for row in rows} == {"not enough data"}
    assert [part["what"] for part in rows[0]["needed"]] == ["answers", "days", "store days", "spare store days"]
    assert [part["least"] for part in rows[0]["needed"]] == [200, 14, 20, 12]
