"""The Stores page in every state, and the rules behind it: places, weeks, what stands out, what may be alike."""

import time
from datetime import date, timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.stores import beside, funnel
from dashboard.stores.weeks import by_week, card, highest
from dashboard.words import Words
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import Look, Opened, markup
from tests.dashboard.rows_stores import days, store, with_stores

EN, DE = Words("en"), Words("de")
PAGE = "stores"


def full() -> Shop:
    return with_stores(shop(time.time()))


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "Hill Road 20100 97 % +19 +17 (+7 to +28) 160 4th below what chance would leave",
        "Harbour Street 21000 97 % +41 +39 (+29 to +50) 180 between 1st and 3rd as chance would leave it",
        "17 between 1st and 3rd few answers: take it lightly",
        "Riverside 17400 97 % – – 6 – too few answers to score (at least 10)",
        "Beyond it: Hill Road: +19, n = 160.",
        "Between stores: they truly differ, by a spread of 9 points around +37, 95 % interval 4 to 21",
        "Between times of the day: may all be alike.",
        "Between touchpoints: cannot tell",
        "All bars share one axis",
    ):
        assert part in said, part


def test_german(look: Look) -> None:
    assert "zwischen Platz 1 und 3" in look(full(), language="de")


def test_one_store_has_nothing_to_compare_with(look: Look) -> None:
    made = with_stores(shop(time.time()), ("Harbour Street",))
    made.rows["consistency"] = []
    said = look(made)
    assert "You see one store, Harbour Street: there is nothing to compare it with." in said
    assert "stands out" not in said


def test_stores_without_answers_or_doors_show_dashes(look: Look) -> None:
    made = full()
    none = dict.fromkeys(
        ("value", "se", "drawn", "low", "high", "limit_low", "limit_high", "first", "last", "beyond")
    )
    none |= dict.fromkeys(("visitors", "coverage", "score"))
    made.rows["stores"] = [row | none | {"n": 0, "state": "withheld"} for row in made.rows["stores"]]
    for row in made.rows["store_days"]:
        row |= {"entries": None, "coverage": None}
    said = look(made)
    assert "Hill Road – – – – 0 – no answers" in said
    assert "no week was wholly observed" in said
    assert "no door was observed" in said


@pytest.mark.parametrize("question", ["store_days", "consistency"])
def test_a_part_that_is_not_answered_is_said(look: Look, question: str) -> None:
    made = full()
    made.failing = {question}
    said = look(made)
    assert "This part is missing: the hub could not answer." in said
    assert "Hill Road" in said


@pytest.mark.parametrize(("kind", "said"), [("failing", "The hub could not answer"), ("refused", "No permission")])
def test_the_page_says_why_it_is_empty(look: Look, kind: str, said: str) -> None:
    made = full()
    setattr(made, kind, {"stores"})
    assert said in look(made)


def test_only_the_viewers_stores_are_asked_for(look: Look) -> None:
    made = full()
    made.rows["stores"] = made.rows["stores"][:2]
    assert "Hill Road" in look(made, sites="s999", days="1e9")


def test_sixty_stores_come_in_parts(look: Look) -> None:
    made = with_stores(shop(time.time()), tuple(f"Store {n:02}" for n in range(60)))
    said = look(made)
    assert "Store 11" in said
    assert "Store 12 1" not in said


def test_names_are_text(opened: Opened) -> None:
    made = with_stores(shop(time.time()), ("<script>x</script>", "Köln „Nord“ 東京"))
    with opened(made) as test:
        test.run(timeout=30)
        body = markup(test)
    assert not test.exception
    assert "<script" not in body
    assert "東京" in body


def test_a_week_is_whole_only_where_every_day_was_observed() -> None:
    weeks = by_week(days("s001", date(2026, 11, 25)))["s001"]
    assert [week.monday.isoformat() for week in weeks][:3] == ["2026-10-05", "2026-10-12", "2026-10-19"]
    assert [week.whole for week in weeks] == [True, False, True, True, True, True, True, False]
    assert weeks[1].visitors == sum(300 + n for n in range(12, 19) if n != 16)


def test_a_week_nobody_observed_is_none_and_drawn_so() -> None:
    rows = [row | {"entries": None, "coverage": None} for row in days("s001", date(2026, 11, 29), 14)]
    (weeks,) = by_week(rows).values()
    assert [week.visitors for week in weeks] == [None, None]
    drawn = unescape(card(store("s001", "A", 0), weeks, 10, EN))
    assert "2026-11-16: not observed" in drawn
    assert highest([weeks]) == 0


@given(st.integers(1, 200), st.integers(0, 200))
def test_a_place_is_one_number_only_where_nothing_overlaps(first: int, more: int) -> None:
    said = beside.place(first, first + more, EN)
    assert ("between" in said) == (more > 0)
    assert str(first) in said


@pytest.mark.parametrize(
    ("place", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st")]
)
def test_places_are_counted_as_people_do(place: int, said: str) -> None:
    assert beside.place(place, place, EN) == said
    assert beside.place(place, place, DE) == f"Platz {place}"


def test_the_funnel_names_who_stands_out_and_leaves_out_who_has_no_score() -> None:
    rows = [store(f"s{n}", f"Store {n}", n % 5) for n in range(12)]
    found = funnel.points(rows, "nps", EN)
    assert [row["name"] for row in found if row["name"]] == ["Store 1", "Store 6", "Store 11"]
    assert len(found) == 10
    assert funnel.funnel(found, "nps", EN).to_dict()["layer"]


def test_weeks_begin_with_the_first_monday_of_the_period() -> None:
    monday = date(2026, 11, 2)
    for back in range(7):
        weeks = by_week(days("s001", monday + timedelta(days=13), 14 + back))["s001"]
        assert weeks[0].monday == monday
