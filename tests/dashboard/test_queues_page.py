"""The Queue page in every state, and the rules behind it: what is withheld, what is short, what the model says."""

import re
import time
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboard.queues import model, roster, trend
from dashboard.queues.grid import Cell, grid, text_of, worst
from dashboard.shades import CIVIDIS, contrast, ink_on, shade
from dashboard.words import Words
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import Look, Opened, emptied, markup, words
from tests.dashboard.rows_queues import cell, total, week, with_queues

EN = Words("en")
PAGE = "queues"


def full() -> Shop:
    return with_queues(shop(time.time()))


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "Wait 2 min 10 s 9 in 10 waited no longer",
        "Within the promise 93 %",
        "89 % to 96 % (95 % interval)",
        "Left unserved 4 % 2 % to 8 % (95 % interval) of 214 who joined",
        "Served 31 an hour 20 an hour by one open till 1.6 tills open on average",
        "Longest waits: Saturday 17:00 9 min, n = 40",
        "fewer than 10 people",
        "not looked at",
        "17:00 to 18:00: 3 tills needed, about 2 would be open.",
        "A model (Erlang C)",
        "Begins with the busiest hour",
        "All queues",
    ):
        assert part in said, part


def test_every_question_unanswered_is_said_and_the_rest_stays(look: Look) -> None:
    for name in ("waits", "queue_totals", "queue_grid", "stays", "staffing"):
        made = full()
        made.failing = {name}
        assert "the hub could not answer" in look(made), name


def test_withheld_below_ten(look: Look) -> None:
    made = full()
    for row in made.rows["waits"]:
        row |= {"n": 7}
    made.rows["queue_totals"] = [total("till_a", 7, 0, state="withheld", left=None, left_low=None, left_high=None)]
    said = look(made)
    assert "too few waits to say (7, at least 10)" in said
    assert "too few people to say (at least 10)" in said
    assert "89 % to 96 %" not in said


def test_nothing_measured_is_words_and_no_zero(look: Look) -> None:
    made = full()
    for name in ("waits", "queue_totals", "queue_grid", "stays", "staffing"):
        made.rows[name] = []
    said = look(made)
    for part in (
        "no wait was published",
        "Nothing to show for this queue",
        "No open hour to plan for yet",
        "an example",
    ):
        assert part in said
    before = said[: said.index("What if")]
    assert not re.search(r"\b0( %)?\b", before.partition("Harbour Street")[2].partition("9 in 10")[2])


def test_no_forecast_says_why(look: Look) -> None:
    made = full()
    for row in made.rows["staffing"]:
        row |= dict.fromkeys(("arrivals", "arrivals_high", "need", "need_high"), None) | {"reason": "too few weeks"}
    assert "No forecast of tills: too few weeks." in look(made)


def test_a_reason_is_in_the_language_of_the_page(look: Look) -> None:
    made = full()
    for row in made.rows["staffing"]:
        row |= dict.fromkeys(("arrivals", "arrivals_high", "need", "need_high"), None)
        row |= {"reason": "no promise in the plan"}
    assert "Keine Vorhersage der Kassen: im Plan steht kein Versprechen." in look(made, language="de")


def test_no_queue_and_no_data(look: Look) -> None:
    made = full()
    made.rows["places"] = [row for row in made.rows["places"] if row["kind"] != "queue"]
    assert "No queue is watched" in look(made)
    assert "No data yet" in look(emptied())


def test_names_are_text_and_many_queues_are_bounded(opened: Opened) -> None:
    made = full()
    queue = next(row for row in made.rows["places"] if row["kind"] == "queue")
    made.rows["places"] += [queue | {"place": f"q{n}"} for n in range(3000)]
    made.rows["places"] += [queue | {"place": "<script>alert(1)</script>"}]
    with opened(made) as test:
        test.run(timeout=30)
    assert not test.exception
    bodies = markup(test)
    assert "<script" not in bodies
    assert "2953 more queues" in bodies


def test_german(look: Look) -> None:
    said = look(full(), language="de")
    assert "9 von 10 warteten nicht länger" in said
    assert "17:00 bis 18:00: 3 Kassen nötig, etwa 2 wären offen." in said


def test_the_sliders_answer_by_the_model(opened: Opened) -> None:
    with opened(full()) as test:
        test.run(timeout=30)
        test.slider(key="arrivals").set_value(120)
        test.slider(key="service").set_value(120)
        test.slider(key="tills").set_value(4)
        said = words(test)
    assert "the queue grows as long as people come" in said
    assert "Tills needed 6" in said  # 5 keep it for 87.6 % only


def test_reference_value_of_the_model() -> None:
    # lambda = 1.2 a minute, s = 1.5 min, 2 tills: P(W <= 3 min) = .4285, Wq = 6.395 min.
    tiles = model.model_tiles(72, 90, 2, 180, EN)
    assert [tile.value.replace("\u00a0", " ") for tile in tiles] == ["3", "43 %", "6 min 24 s", "90 %"]
    assert tiles[0].badge == ("act", "too few")


def test_a_cell_is_a_value_or_says_why_not() -> None:
    rows = [cell(0, 9, "q"), cell(1, 13, "q"), cell(5, 17, "q")]
    found = grid(rows, "q", "within", range(9, 20))
    assert text_of(found.at(0, 9), "within", EN) == "fewer than 10 people (4)"
    assert text_of(found.at(1, 13), "within", EN) == "not looked at"
    assert text_of(found.at(6, 9), "within", EN) == "nothing told"
    assert text_of(found.at(5, 17), "within", EN).replace("\u00a0", " ") == "61 % (50 % to 70 %), n = 40"
    assert [place[:2] for place in worst(found)] == [(5, 17)]


def test_the_smallest_share_is_the_hardest_hour_and_the_longest_wait() -> None:
    rows = [cell(5, hour, "q") for hour in range(9, 20)]
    for measure in ("within", "p90_s"):
        assert worst(grid(rows, "q", measure, range(24)))[0][:2] == (5, 17)  # type: ignore[arg-type]


def hour(at: int, need: int | None, there: float | None, day: date = date(2026, 6, 10)) -> roster.Hour:
    return roster.Hour(day, at, need, need, there, False, None)


def test_hours_in_a_row_that_are_short_are_one_stretch() -> None:
    other = date(2026, 6, 11)
    found = [hour(9, 2, 2.0), hour(10, 3, 2.0), hour(11, 4, 2.4), hour(12, None, 2.0), hour(13, 3, None)]
    found += [hour(10, 3, 2.0, other)]
    assert roster.gaps(found) == [
        roster.Gap(date(2026, 6, 10), 10, 11, 4, 2.0),
        roster.Gap(other, 10, 10, 3, 2.0),
    ]


def test_a_roster_is_compared_before_what_is_usual() -> None:
    rows = week(date(2026, 6, 10))
    rows[0] |= {"planned": 1.0}
    first, second, *_ = roster.hours(rows)
    assert (first.there, first.planned, first.short) == (1.0, True, 1)
    assert (second.there, second.planned, second.short) == (2.0, False, 0)


def test_days_are_sums_over_sums_and_few_are_withheld() -> None:
    site = {"timezone": "Etc/UTC", "day_starts": "04:00"}
    base: dict[str, Any] = {"place": "q", "of": "wait"}
    rows = [
        base | {"start": 5 * 3600.0, "n": 30, "within": 1.0},
        base | {"start": 26 * 3600.0, "n": 10, "within": 0.0},  # two in the morning belongs to the day before
        base | {"start": 29 * 3600.0, "n": 9, "within": 1.0},
        base | {"start": 29 * 3600.0, "n": None, "within": None},
    ]
    days = trend.by_day(rows, "q", site)
    assert days == [trend.Day(date(1970, 1, 1), 40, 0.75), trend.Day(date(1970, 1, 2), 9, None)]
    assert "Days left out for fewer than 10 waits: 1." in trend.trend_alt(days, "q", EN)
    assert trend.trend_alt([], "q", EN) == EN("queues.trend_none")


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-10, 10))
def test_every_shade_has_an_ink_that_can_be_read(value: float, one: float, other: float) -> None:
    colour = shade(value, min(one, other), max(one, other))
    assert colour in CIVIDIS
    assert contrast(colour, ink_on(colour)) >= 4.5


def test_a_cell_without_a_value_has_none() -> None:
    assert Cell("withheld", n=4).value is None
