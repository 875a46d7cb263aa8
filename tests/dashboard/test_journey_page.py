"""The Journey page in every state, and the rules behind it: parts stand apart, what is unknown is no zero."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.journey import moments, stages, ways
from dashboard.words import Words
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import URL, Look, Opened, emptied, markup, view, words
from tests.dashboard.rows_journey import NASTY, moment, pain, stage, with_journey

EN = Words("en")
PAGE = "journey"
ASKED = ("journey", "pains", "bad_moments", "flows")


def full() -> Shop:
    return with_journey(shop(time.time()))


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "Passing by 4000 –",
        "Entrance: door 1000 25 % (24 % to 26 %) · 3000 did not",
        "– not measured – – 97 %",
        "half up to 1 min 20 s, 9 in 10 up to 4 min 50 s +20 (+8 to +32), 60 answers",
        "102 % more than in the stage before",
        "Exit – fewer than 5 people",
        "Queue wait over the promise 12 % −9 (−14 to −4) an adjusted effect",
        "Zone crowd 3 % – not known what it costs",
        "9 % to 10 % of the visitors of 2 days",
        "The worst day was 2026-11-02 (10 %)",
        "not in these shares: crowds",
        "2026-11-03 not measured – – – –",
        "door centre 80 1 (1 more with fewer than 5 people)",
    ):
        assert part in said, part


def test_every_question_unanswered_is_said_and_the_rest_stays(look: Look) -> None:
    for name in ASKED:
        made = full()
        made.failing = {name}
        said = look(made)
        assert "the hub could not answer" in said, name
        assert "Ways through the shop" in said, name


def test_nothing_measured_is_words_and_no_zero(look: Look) -> None:
    made = full()
    for name in ASKED:
        made.rows[name] = []
    said = look(made)
    for part in ("No stage was measured", "Nothing that hurts was found", "On no day was enough", "No way was used"):
        assert part in said
    assert "No data yet" in look(emptied())
    made.rows["flows"] = [{**full().rows["flows"][2]}]
    assert "No way was used by 5 people" in look(made)


@pytest.mark.parametrize(("stage_of_address", "shown"), [("queue/till_a", "Queue and staff"), ("\0", "Voice")])
def test_a_stage_of_the_address_counts_only_where_it_is_known(
    opened: Opened, stage_of_address: str, shown: str
) -> None:
    with opened(full(), stage=stage_of_address) as test:
        said = words(test)
    assert f": {shown}" in said
    assert test.selectbox(key="stage").value == (stage_of_address if "/" in stage_of_address else "passing")


def test_names_are_text_and_many_are_bounded(opened: Opened) -> None:
    made = full()
    made.rows["journey"] += [stage(7 + i, "zone", f"z{i}", 50) for i in range(3000)]
    made.rows["flows"] += [{**made.rows["flows"][0], "place": f"z{i}", "n": 10} for i in range(3000)]
    with opened(made) as test:
        test.run(timeout=60)
    assert not test.exception
    bodies = markup(test)
    assert NASTY not in bodies
    assert "2979 more ways are not shown" in bodies


def test_hub_away_and_german(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    said = look(full(), language="de")
    assert "Eingang: door 1000 25 % (24 % bis 26 %) · 3000 nicht" in said
    monkeypatch.setenv(URL, "http://127.0.0.1:9")
    assert "nicht erreichbar" in words(view(PAGE))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.none() | st.integers(5, 99))))
def test_ways_lose_nobody_and_make_no_circle(found: list[tuple[str, str, int | None]]) -> None:
    rows = [{"place": a, "to": b, "n": n} for a, b, n in found]
    told = ways.ways(rows)
    assert sum(way.people for way in told) == sum(n for *_, n in found if n)
    series = ways.sankey(told)["series"][0]
    names = {node["name"] for node in series["data"]}
    # The chart fails where a way leads back: every way goes from the left side to the right one.
    assert all(link["source"][0] == "<" and link["target"][0] == ">" for link in series["links"])
    assert all({link["source"], link["target"]} <= names for link in series["links"])


def test_a_share_of_days_is_a_ratio_of_sums() -> None:
    found = moments.moments([moment(1, 100, 0.0, 0.2), moment(2, 300, 0.4, 0.4), moment(3, 50, None, None)])
    assert "30 % to 35 % of the visitors of 2 days" in moments.moment_text(found, EN).replace("\u00a0", " ")
    assert moments.moment_text((), EN) == "On no day was enough measured to say it."


def test_what_pleases_is_no_pain(look: Look) -> None:
    made = full()
    made.rows["pains"].append(pain("till", "staff", 0.1, 64.0, 54.0, 74.0, "answers"))
    said = look(made)
    assert "What pleases" in said
    assert said.index("What pleases") < said.index("Till comments about staff 10 % +64 (+54 to +74)")
    assert "What pleases" not in look(full())


def test_a_stage_without_people_has_no_bar() -> None:
    assert stages.stage_bars([stage(1, "passing", None, None), stage(2, "exit", None, 7)], EN) == (("Exit", 7),)
