"""The Voice page in every state, and the rules behind it: what is withheld, what may be said of groups."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.viewer import Viewer
from dashboard.voice import asked, drafts, groups, spread, trend
from dashboard.words import Words
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import URL, Look, Opened, emptied, markup, view, words
from tests.dashboard.rows_voice import NASTY, answered, group, score, with_voice

EN = Words("en")
PAGE = "voice"
ASKED = ("scores", "scores_by", "weighted", "response", "themes", "words", "comments", "kiosk")


def full() -> Shop:
    return with_voice(shop(time.time()))


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "NPS +38 +29 to +47 (95 % interval) 212 answers",
        "Satisfied 84 %",
        "Effort 5.2 few answers: take it lightly",
        "detractors 9 %",
        "NPS of 2 weeks with their intervals, from 2026-11-02: +20 (+8 to +32), 50 answers",
        "morning (until 12) 80 +45 +33 to +57 no difference seen",
        "midday (12 to 14) 7 – – too few answers to score (7, at least 10)",
        "evening (from 17) 60 +12 0 to +24 below the others",
        "NPS 180 +38 (+28 to +47) +31 (+19 to +43) 120",
        "212 answers of 4000 visitors: 5.3 % (4.2 % to 6.4 %) answered.",
        "13:00 – 500 –",
        "waiting and tills 31 3 20",
        "kasse 12 – –",
        "21 more comments are not shown",
        "10:00 exit Satisfied 1: 3 times · 4: 9 times",
        "09:00 – Satisfied fewer than 5 presses",
        "till-survey survey till 2026-11-01",
        "odd cannot be read – nothing yet –",
    ):
        assert part in said, part


def test_every_question_unanswered_is_said_and_the_rest_stays(look: Look) -> None:
    for name in ASKED:
        made = full()
        made.failing = {name}
        said = look(made)
        assert "the hub could not answer" in said, name
        assert "Take in a survey file" in said, name


def test_a_refused_import_says_what_to_do(look: Look) -> None:
    made = full()
    made.refused = {"mappings"}
    assert "token create NAME --import" in look(made)


def test_withheld_below_ten(look: Look) -> None:
    made = full()
    made.rows["scores"] = [
        score("nps", 7, None, None, None, "withheld"),
        score("csat", None, None, None, None, "withheld"),
    ]
    said = look(made)
    assert "NPS – too few answers to score (7, at least 10)" in said
    assert "Satisfied – too few answers to score (at least 10)" in said
    assert "NPS: fewer than 5 answers" in said


def test_no_answers_and_no_devices_still_let_a_file_in(look: Look) -> None:
    made = full()
    for name in ASKED:
        made.rows[name] = []
    said = look(made)
    assert "No answers in this period" in said
    assert "Take in a survey file" in said
    said = look(emptied())
    assert "No data yet" in said
    assert "Take in a survey file" in said


def test_without_their_right_neither_comments_nor_files(look: Look) -> None:
    person = Viewer("ann", None, may_read_comments=False, may_import=False)
    made = full()
    said = look(made, viewer=person)
    assert "Single comments are for people with the right" in said
    assert "Files are taken in by people with the right" in said
    assert "number 3" not in said
    assert not {"comments", "mappings"} & set(made.asked)


def test_what_customers_write_is_text(opened: Opened) -> None:
    with opened(full()) as test:
        test.run(timeout=30)
        test.selectbox(key="kind").set_value("touchpoint").run(timeout=30)
    assert not test.exception
    bodies = markup(test)
    assert "<script" not in bodies
    assert bodies.count("待ち時間") == 2
    assert NASTY not in bodies


def test_hub_away_and_german(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    said = look(full(), language="de")
    assert "Abend (ab 17) 60 +12 0 bis +24 unter den anderen" in said
    assert "212 Antworten von 4000 Besuchern" in said
    monkeypatch.setenv(URL, "http://127.0.0.1:9")
    assert "nicht erreichbar" in words(view(PAGE))


def test_groups_stand_in_their_own_order_and_are_bounded() -> None:
    rows = [group("touchpoint", f"t{i:04}", 20, float(-i), None) for i in reversed(range(3000))]
    lines = groups.group_lines(rows, "touchpoint", "nps", EN)
    assert len(lines) == groups.MOST
    assert [line[0] for line in lines[:2]] == ["t0000", "t0001"]


@given(st.dictionaries(st.integers(0, 10), st.integers(1, 500), min_size=1))
def test_a_spread_adds_up(counts: dict[int, int]) -> None:
    shares = spread.spread(score("nps", sum(counts.values()), 0.0, -1.0, 1.0, counts=counts))
    assert len(shares) == 11
    assert sum(share.n for share in shares) == sum(counts.values())
    assert sum(share.share for share in shares) == pytest.approx(1)


def test_a_week_without_a_score_is_a_gap_and_no_zero() -> None:
    weeks = groups.weeks(
        [group("week", "2026-11-09", 6, None, None), group("week", "2026-11-02", 50, 20.0, None)], "nps"
    )
    drawn = trend.trend_chart(weeks, "nps", EN).to_dict()
    values = next(iter(drawn["datasets"].values())) if "datasets" in drawn else drawn["layer"][0]["data"]["values"]
    assert [row["value"] for row in values] == [20.0, None]
    assert trend.trend_alt(weeks[1:], "nps", EN) == "No week has enough answers for a score (NPS)."


def test_hours_without_a_rate_are_not_drawn() -> None:
    assert asked.response_bars([answered(12, 40, 600), answered(13, None, 500), answered(None, 5, 9)]) == (
        (12.0, 6.67, 5.33, 8.0),
    )


def test_what_a_suggestion_leaves_open_is_counted() -> None:
    assert drafts.undecided('source = "?"  # "?" here\n# "?"\nname = "a?"\nvalues = { A = "?" }') == 2
    assert drafts.name_of("Till survey (May).xlsx") == "till-survey-may"
    assert drafts.name_of("調査.csv") == "survey"
