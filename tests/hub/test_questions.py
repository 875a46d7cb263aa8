"""The named questions against a real database: their columns, their sums, and what they say where nothing is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub.serve import asking, questions
from hub.serve.parameters import BadQuestion
from hub.serve.questions import QUESTIONS
from hub.sites import day_span, today

NOW = 1781114400.0  # 2026-06-10T18:00:00Z, a Wednesday
COLUMNS = {
    "sites": "site name timezone day_starts opens closes notice day day_start day_end",
    "devices": "device state at version level plan clock skew_s held dropped last_end received_at twin_at",
    "sensors": "device sensor kind state seen",
    "places": "place kind role device sensor promise_s area_m2",
    "outlines": "place kind role device sensor area_m2 outline_m",
    "queue_totals": "place joined served abandoned left left_low left_high state served_h tills_open served_till_h "
    "busy_h coverage",
    "visitors": "start end day minute entries exits coverage",
    "days": "day start end entries exits coverage",
    "occupancy": "start end day minute people corrected drift usual_drift coverage",
    "usual": "minute days low mid high so_far_low so_far_mid so_far_high",
    "load": "place kind start end mean max joined served abandoned tills_open coverage",
    "stays": "place of start end n cut p50_s p90_s mean_s within promise_s coverage withheld",
    "waits": "place of n cut p50_s p90_s mean_s within within_low within_high promise_s first_start last_end "
    "coverage",
    "coverage": "device sensor place kind start coverage",
    "visit_length": "day start end how value low high n coverage missed reason",
    "tag_share": "device sensor start end tagged visitors share low high factor factor_low factor_high before jump "
    "totals coverage reason",
    "tag_stays": "place device sensor n p50_s p90_s mean_s stays low high share coverage reason",
    "camera_recall": "device sensor start end tagged counted matched recall low high people people_low people_high "
    "chance totals coverage assumes reason",
    "scores": "score n value low high state distribution",
    "score_by_wait": "band_from_s band_to_s n value low high withheld",
    "words": "word n rated promoters detractors",
    "themes": "theme n rated promoters detractors",
    "comments": "day touchpoint nps csat csat_scale ces comment",
    "sales": "day hours sure_hours transactions sales returns labour_hours planned_hours visitors coverage "
    "converting converting_visitors conversion spent spending_visitors sales_per_visitor returned returning_of "
    "return_rate served_visitors serving_hours visitors_per_labour_hour",
    "sales_hours": "day start end transactions sales returns labour_hours planned_hours visitors coverage conversion "
    "sales_per_visitor return_rate visitors_per_labour_hour",
    "cards": "week cards again again_share",
    "gaps": "device epoch first last at reason",
    "flows": "place to day n withheld coverage",
    "heat": "place day column row cell_m person_s withheld coverage",
    "quarantine": "reason n last",
    "staffing": "start end day hour arrivals arrivals_high service_s promise_s level need need_high planned "
    "usual_open reason",
    "journey": "rank stage place people on on_low on_high lost p50_s p90_s score score_low score_high answers "
    "coverage reason",
    "pains": "stage what exposure severity low high evidence",
    "brief": "span rank code place start end effect low high unit usual certainty n coverage try evidence",
    "queue_grid": "weekday hour place n p50_s p90_s within within_low within_high joined served abandoned "
    "abandoned_low abandoned_high tills_open coverage",
    "anomalies": "place start end kind ratio shared",
    "health_days": "device sensor place day entries exits imbalance drift coverage",
    "bad_moments": "day visitors late unserved crowded least most coverage unmeasured",
    "alerts": "id rule place severity opened_at closed_at value limit unit acknowledged_at acknowledged_by",
    "documents": "kind id version at by body",
    "trials": "id name metric first last state verdict effect low high unit chance days_on days_off days_missing "
    "detectable reason",
    "trials_all": "site id name metric first last state verdict effect low high unit chance days_on days_off "
    "days_missing detectable reason",
    "trial_plan": "day on detectable usual seed reason",
    "count_check": "id device place start end way counts counted measured error low high factor factor_low "
    "factor_high verdict reason",
    "forecast": "start end day hour low middle high seen error reason",
    "stores": "site name visitors coverage score n value se drawn low high limit_low limit_high beyond first last "
    "state",
    "store_days": "site day entries coverage wait_p90_s within",
    "consistency": "of score groups n middle sd low high share state reason",
    "drivers_all": "condition unit verdict reason effect low high chance inflation with_others together answers days "
    "needed",
    "scores_by": "by group score n value low high state distribution differs",
    "weighted": "score n value low high weighted weighted_low weighted_high effective_n design_effect trimmed "
    "unheard state",
    "response": "hour answers visitors rate low high coverage",
    "kiosk": "hour touchpoint score answer n",
    "drivers": "condition unit verdict reason effect low high chance inflation with_others together answers days "
    "needed",
}


def ask(hub, name, site="s001", start=NOW - 86_400, end=NOW, day=date(2026, 6, 10), at=NOW):
    given = {
        "site": site,
        "start": datetime.fromtimestamp(start, UTC).isoformat(),
        "end": datetime.fromtimestamp(end, UTC).isoformat(),
        "day": day.isoformat(),
        "kind": "count",
        "metric": "entries",
        "weeks": "8",
    }
    values = questions.parse(name, [(key, given[key]) for key in QUESTIONS[name].needs])
    return asking.answer(hub.store, name, values, hub.store.sites, at)


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_empty_database_answers_with_an_empty_table_of_the_right_columns(hub, name):
    found = ask(hub, name)
    assert found.column_names == COLUMNS[name].split()
    # A driver is told of as one that nothing is known about, an hour to come as one that nothing can be said of.
    assert found.num_rows == {
        "sites": 3,
        "stores": 3,
        "drivers": 6,
        "drivers_all": 6,
        "forecast": 8 * 24,
        "staffing": 7 * 11,
        "weighted": 1,
        "response": 1,
        "trial_plan": 56,
    }.get(name, 0)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_full_database_answers_with_the_same_types(hub, shop, name):
    empty = ask(hub, name).schema
    hub.take(shop.raw(shop.status(), "status"))
    hub.take(shop.raw(shop.window(NOW - 900, shop.count(NOW - 900, 1), shop.load(NOW - 900), shop.stat(NOW, {1: 5}))))
    assert ask(hub, name).schema == empty


def fill(hub, shop, start, end, entries=2, **other):
    hub.take(
        shop.raw(shop.status(), "status"),
        *(
            shop.raw(shop.window(e, shop.count(e, entries, 1, **other)))
            for e in range(int(start) + 300, int(end) + 1, 300)
        ),
    )


def test_visitors_add_up_and_gaps_stay_gaps(hub, shop):
    fill(hub, shop, NOW - 7200, NOW - 5400)
    fill(hub, shop, NOW - 3600, NOW - 3300)
    rows = ask(hub, "visitors").to_pylist()
    assert [row["entries"] for row in rows] == [6, 6, None, None, 2, None, None]
    assert [round(row["coverage"], 3) for row in rows] == [1, 1, 0, 0, 0.333, 0, 0]
    assert rows[0]["minute"] == 18 * 60
    assert rows[0]["end"] - rows[0]["start"] == timedelta(minutes=15)


def test_two_doors_are_one_shop_and_a_silent_one_halves_the_coverage(hub, shop):
    side = type(shop)(device="cam-02", epoch="0000000b")
    doors = (msgspec.structs.replace(shop.status().places[0], id="side"),)
    hub.take(shop.raw(shop.status(), "status"), side.raw(side.status(places=doors), "status"))
    for n, end in enumerate(range(int(NOW) - 3300, int(NOW) + 1, 300)):
        hub.take(shop.raw(shop.window(end, shop.count(end, 1))))
        if n < 6:
            hub.take(side.raw(side.window(end, side.count(end, 10, place="side"))))
    rows = ask(hub, "visitors").to_pylist()
    assert [row["entries"] for row in rows] == [33, 33, 3, 3]
    assert [row["coverage"] for row in rows] == [1, 1, 0.5, 0.5]


def test_a_line_that_is_no_door_is_no_visitor(hub, shop):
    fill(hub, shop, NOW - 1800, NOW - 900)
    end = NOW - 900
    hub.take(shop.raw(shop.window(end, shop.count(end, 500, place="pavement"))))
    assert sum(row["entries"] or 0 for row in ask(hub, "visitors").to_pylist()) == 6


def test_the_quarter_hour_that_is_open_is_there_as_soon_as_something_is_known(hub, shop):
    fill(hub, shop, NOW - 900, NOW)
    assert ask(hub, "visitors", end=NOW + 900, at=NOW + 400).num_rows == 1
    fill(hub, shop, NOW, NOW + 300)
    last = ask(hub, "visitors", end=NOW + 900, at=NOW + 400).to_pylist()[-1]
    assert (last["entries"], round(last["coverage"], 2)) == (2, 0.33)


@pytest.mark.parametrize(
    ("site", "day", "quarters"),
    [
        ("s001", date(2026, 3, 28), 92),  # the night in which an hour is missing belongs to the day before 04:00
        ("s001", date(2026, 10, 24), 100),
        ("s001", date(2026, 6, 10), 96),
        ("s002", date(2026, 6, 10), 96),
        ("s003", date(2026, 6, 10), 96),
    ],
)
def test_days_of_23_and_25_hours_and_odd_zones_add_up(hub, shop, site, day, quarters):
    where, rule = type(shop)(site=site), hub.store.sites[site]
    start, end = day_span(rule, day)
    at = end + 3600
    messages = [
        where.raw(where.window(e, where.count(e, 1))) for e in range(int(start) - 3600 + 300, int(end) + 3601, 300)
    ]
    hub.take(where.raw(where.status(), "status"), *messages, at=at)
    rows = ask(hub, "visitors", site, start, end, at=at + 7200).to_pylist()
    assert len(rows) == quarters
    assert {row["day"] for row in rows} == {day}
    assert sum(row["entries"] for row in rows) == quarters * 3
    zone = ZoneInfo(rule.timezone)
    for row in rows:
        wall = row["start"].astimezone(zone)
        assert row["minute"] == wall.hour * 60 + wall.minute


def test_usual_is_made_of_the_same_weekdays_only(hub, shop):
    rule = hub.store.sites["s001"]
    hub.take(shop.raw(shop.status(), "status"))
    for back in range(1, 8 * 7 + 1):
        start, end = day_span(rule, date(2026, 6, 10) - timedelta(days=back))
        n = back // 7 if back % 7 == 0 else 50
        hub.take(*(shop.raw(shop.window(e, shop.count(e, n))) for e in range(int(start) + 300, int(end) + 1, 300)))
    rows = ask(hub, "usual").to_pylist()
    assert len(rows) == 96
    assert [row["minute"] for row in rows[:2]] == [240, 255]
    assert {row["days"] for row in rows} == {8}
    assert {(row["low"], row["mid"], row["high"]) for row in rows} == {(3 * 1.7, 3 * 4.5, 3 * 7.3)}
    assert rows[-1]["so_far_mid"] == pytest.approx(96 * 3 * 4.5)


def test_a_day_on_which_the_camera_was_blind_is_not_usual(hub, shop):
    rule = hub.store.sites["s001"]
    hub.take(shop.raw(shop.status(), "status"))
    for week in (1, 2, 3):
        start, end = day_span(rule, date(2026, 6, 10) - timedelta(weeks=week))
        until = start + (end - start) / 2 if week == 2 else end
        hub.take(
            *(shop.raw(shop.window(e, shop.count(e, week))) for e in range(int(start) + 300, int(until) + 1, 300))
        )
    assert {row["days"] for row in ask(hub, "usual").to_pylist()} == {2}


def test_stays_and_waits_agree_with_their_bins(hub, shop):
    hub.take(shop.raw(shop.status(), "status"))
    hub.take(
        shop.raw(shop.window(NOW - 900, shop.stat(NOW - 900, {9: 8, 10: 2}))),
        shop.raw(
            shop.window(NOW, shop.stat(NOW, {9: 0, 21: 10}), shop.stat(NOW, {3: 6}, of="dwell", place="centre"))
        ),
    )
    stays = ask(hub, "stays").to_pylist()
    assert [(row["place"], row["of"], row["n"]) for row in stays] == [
        ("till_a", "wait", 10),
        ("centre", "dwell", 6),
        ("till_a", "wait", 10),
    ]
    assert stays[0]["within"] == pytest.approx(0.8)
    assert stays[0]["p90_s"] == pytest.approx(210)
    assert (stays[1]["within"], stays[1]["promise_s"]) == (None, None)
    pooled = next(row for row in ask(hub, "waits").to_pylist() if row["of"] == "wait")
    assert (pooled["n"], pooled["p90_s"], pooled["within"]) == (20, 7200.0, pytest.approx(0.4))
    assert pooled["within_low"] < 0.4 < pooled["within_high"]
    assert (pooled["last_end"] - pooled["first_start"]).total_seconds() == 1800


def test_a_withheld_window_shows_its_reason_and_no_number(hub, shop):
    hub.take(shop.raw(shop.window(NOW, shop.stat(NOW, None))))
    row = ask(hub, "stays").to_pylist()[0]
    assert (row["withheld"], row["n"], row["p50_s"], row["coverage"]) == ("n<5", None, None, 1.0)
    pooled = ask(hub, "waits").to_pylist()[0]
    assert (pooled["n"], pooled["within"], pooled["coverage"]) == (None, None, 1.0)


def test_coverage_by_local_hour_also_at_half_past(hub, shop):
    where = type(shop)(site="s003")
    ends = range(int(NOW) - 7200 + 300, int(NOW) - 3600 + 1, 300)
    hub.take(where.raw(where.status(), "status"), *(where.raw(where.window(e, where.count(e, 1))) for e in ends))
    rows = ask(hub, "coverage", "s003", NOW - 9000, NOW).to_pylist()
    assert [(row["start"].minute, row["coverage"]) for row in rows] == [(30, 1.0), (30, 0.5), (30, 0.0)]


def test_people_in_store_never_fall_below_zero(hub, shop):
    for n, (entries, exits) in enumerate([(0, 5), (10, 2), (None, None), (0, 3)]):
        end = NOW - 1200 + 300 * n
        seen = 0 if entries is None else 300
        hub.take(shop.raw(shop.window(end, shop.count(end, entries, exits, observed_s=seen))))
    hub.take(shop.raw(shop.status(), "status"))
    _, start, end = today(hub.store.sites["s001"], NOW)
    row = hub.store.ask("in_store", questions.span("s001", start, end)).to_pylist()[0]
    assert row["people"] == 5
    assert row["as_of"].timestamp() == NOW - 300


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("visitors", [("site", "s001")], "start: missing"),
        ("devices", [("site", "s001"), ("sql", "1")], "sql: unknown"),
        ("devices", [("site", "s001"), ("site", "s002")], "given twice"),
        ("visitors", [("site", "s"), ("start", "2026-01-01"), ("end", "2026-01-02T00:00:00Z")], "start: a time"),
        ("visitors", [("site", "s"), ("start", "2026-01-02T00:00:00Z"), ("end", "2026-01-01T00:00:00Z")], "end:"),
        ("visitors", [("site", "s"), ("start", "2001-01-02T00:00:00Z"), ("end", "2026-01-01T00:00:00Z")], "end:"),
        ("usual", [("site", "s"), ("day", "yesterday")], "day: a date"),
    ],
)
def test_a_wrong_parameter_is_named(name, raw, said):
    with pytest.raises(BadQuestion, match=said):
        questions.parse(name, raw)


def test_an_unknown_question_is_none():
    with pytest.raises(KeyError):
        questions.parse("../schema", [])
