"""Doors on the Data health page: balance, strange hours, and a count by hand from the first tap to a correction."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.doors.checks import proposal
from dashboard.doors.corrections import Kept, beside
from dashboard.doors.days import biased, door_lines, doors
from dashboard.doors.rounds import WINDOW_S, Round, begun, document, taps_of, windows_of
from dashboard.viewer import Viewer
from dashboard.words import Words
from hub.documents.kinds import Correction, Tally
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import Look, Opened, words
from tests.dashboard.rows_doors import checked, day, with_doors

EN = Words("en")
PAGE = "health"
NOON = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
ROUND = Round("s001", "cam-01", "door", NOON.timestamp())


def full() -> Shop:
    now = time.time()
    return with_doors(shop(now), now)


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "door 4200 3780 +10 % 14 of 14 three days with more in than out",
        "middle size of 14 days: 30.",
        "far more people 420 % other doors saw it too",
        "the same number again and again – other doors were as usual: look at the sensor",
        "no other door to compare with",
        "door in 2 85 72 −15 %",
        "counts too few",
        "door out 2 50 51 +2 %",
        "no error shown",
        "A correction changes no number on any page.",
        "MOVER",
    ):
        assert part in said, part


def test_every_question_unanswered_is_said(look: Look) -> None:
    for name in ("health_days", "anomalies", "count_check", "documents"):
        made = full()
        made.failing = {name}
        assert "the hub could not answer" in look(made), name


def test_nothing_yet_is_said(look: Look) -> None:
    said = look(shop(time.time()))
    for part in ("No door has told a whole day yet.", "None: every hour was like", "Nobody has counted by hand"):
        assert part in said


def test_german(look: Look) -> None:
    assert "drei Tage lang mehr hinein als hinaus" in look(full(), language="de")


def test_the_guide_takes_the_place_of_the_page_and_warns_of_a_clock(opened: Opened) -> None:
    made = full()
    made.rows["devices"][0]["skew_s"] = -42.0
    with opened(made) as test:
        test.run(timeout=30)
        test.button(key="count-open").click()
        said = words(test)
        assert "The clock of cam-01 is -42 s off" in said
        assert "Refused messages" not in said
        test.button(key="count-start").click()
        said = words(test)
        assert "door, from" in said
        test.button(key="count-finish").click()
        assert "nothing to keep" in words(test)
        test.button(key="count-discard").click()
        assert "Refused messages" in words(test)


def test_a_count_that_is_over_is_looked_at_before_it_is_saved(opened: Opened) -> None:
    start = time.time() // WINDOW_S * WINDOW_S - 2 * WINDOW_S
    found = Round("s001", "cam-01", "door", start)
    made = full()
    with opened(made) as test:
        test.session_state["counting"] = True
        test.session_state["counting-round"] = found
        test.session_state[found.id] = [(0, "in"), (0, "in"), (1, "out")]
        said = words(test)
        assert "What you counted" in said
        assert "2 0" in said
        assert "0 1" in said
        made.failing = {"write"}
        test.button(key="count-save").click()
        assert "Not saved: body.note: too long" in words(test)
        made.failing = set()
        test.button(key="count-save").click()
        assert "Saved. The comparison stands below" in words(test)
    assert [(version, body["entries"], body["exits"]) for _, version, body, _ in made.written] == [
        (1, 2, 0),
        (1, 0, 1),
    ]


def test_who_may_not_write_is_told(opened: Opened) -> None:
    found = Round("s001", "cam-01", "door", time.time() // WINDOW_S * WINDOW_S - 2 * WINDOW_S)
    with opened(full(), viewer=Viewer(may_write=False)) as test:
        test.session_state["counting"] = True
        test.session_state["counting-round"] = found
        said = words(test)
    assert "You may look, but not write" in said
    assert not [button for button in test.button if button.key == "count-save"]


@given(st.floats(1.7e9, 1.9e9))
def test_a_count_begins_on_a_border_that_can_be_reached(now: float) -> None:
    found = begun("s", "d", "p", now)
    assert found.start % WINDOW_S == 0
    assert 20 <= found.start - now <= WINDOW_S + 20
    assert found.end == found.start + 600


TAPS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["in", "out"])))


@given(TAPS)
def test_no_tap_is_lost_and_none_is_doubled(taps: list[tuple[int, str]]) -> None:
    told = {"id": ROUND.id, "taps": [list(tap) for tap in taps], "ended": True}
    counted = windows_of(ROUND, taps_of(ROUND, told), ROUND.end)
    assert sum(one.entries + one.exits for one in counted) == len(taps)
    assert counted[1].exits == taps.count((1, "out"))


@given(st.recursive(st.none() | st.integers() | st.text() | st.floats(), lambda inner: st.lists(inner, max_size=3)))
def test_what_no_browser_of_ours_would_tell_is_left_out(junk: Any) -> None:
    for told in (junk, {"id": ROUND.id, "taps": junk}, {"id": ROUND.id, "taps": [junk, [0, "in"]]}, {"id": "x"}):
        assert set(taps_of(ROUND, told)) <= {(0, "in")}


def test_a_window_that_was_broken_off_is_none() -> None:
    taps = [(0, "in"), (1, "in")]
    assert windows_of(ROUND, taps, ROUND.start + 299) == []
    assert [one.entries for one in windows_of(ROUND, taps, ROUND.start + 301)] == [1]
    assert len(windows_of(ROUND, taps, ROUND.end)) == 2


def test_what_is_written_is_what_the_hub_takes() -> None:
    (first, _) = windows_of(ROUND, [(0, "in")], ROUND.end)
    name, body = document(ROUND, first, "rain")
    assert name == "door-20260610t1000"
    made = msgspec.convert(body, Tally, strict=False)
    assert (made.end - made.start, made.entries, made.exits) == (timedelta(minutes=5), 1, 0)
    found = proposal(checked(NOON, [(40, 30, 34, 30), (45, 20, 38, 21)]), "cam-01", "door", date(2026, 6, 11))
    assert found.body is not None
    correction = msgspec.convert(found.body, Correction, strict=False)
    assert correction.state == "proposed"
    assert correction.entries_low < correction.entries_factor == pytest.approx(85 / 72, abs=1e-4)
    assert (correction.exits_factor, correction.exits_low, correction.exits_high) == (1, 1, 1)
    assert correction.based_on == ("door-0", "door-1")


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ([(40, 30, 40, 30)], "none"),
        ([(10, 5, 2, 5)], "few"),
        ([(80, 0, 0, 0)], "blind"),
        ([(80, 0, 1, 0)], "blind"),
        ([], "nothing"),
    ],
)
def test_nothing_is_proposed_that_is_not_shown(figures: Any, reason: str) -> None:
    found = proposal(checked(NOON, figures) if figures else [], "cam-01", "door", date(2026, 6, 11))
    assert (found.body, found.reason) == (None, reason)


def test_a_correction_stands_beside_the_days_since_it_holds() -> None:
    body = {"place": "door", "device": "cam-01", "state": "accepted", "from": "2026-06-02"}
    body |= {f"{way}_{part}": 1.1 for way in ("entries", "exits") for part in ("factor", "low", "high")}
    rows = [day(date(2026, 6, 1), 500, 500), day(date(2026, 6, 2), 100, 90), day(date(2026, 6, 3), None, None)]
    kept = Kept("cam-01-door", 2, body, "ann")
    assert beside(kept, rows, EN) == "100 counted (days: 1); corrected about 110 (110 to 110)"
    assert beside(kept._replace(body=body | {"state": "withdrawn"}), rows, EN) == "–"
    assert beside(kept, [], EN) == "–"


def test_a_lean_needs_three_days_in_a_row_and_one_door() -> None:
    assert biased((0.0, 0.06, 0.07, 0.08)) == 1
    assert biased((-0.06, -0.07, -0.08)) == -1
    assert biased((0.06, 0.07)) == 0
    assert biased((0.06, 0.04, 0.07)) == 0
    assert biased((0.06, -0.06, 0.07)) == 0
    rows = [day(date(2026, 6, n), 100, 80, place=place) for n in (1, 2, 3) for place in ("a", "b")]
    assert {line[-1] for line in door_lines(doors(rows), EN)} == {("grey", EN("doors.several"))}
    assert {line[-1] for line in door_lines(doors(rows[::2]), EN)} == {("act", EN("doors.more_in"))}


def test_a_line_that_is_no_door_and_a_day_without_data_make_no_zero() -> None:
    rows = [day(date(2026, 6, 1), None, None, place="street"), day(date(2026, 6, 1), 10, None)]
    (found,) = doors(rows)
    assert (found.entries, found.exits, found.imbalances) == (10, None, ())
    assert door_lines([found], EN)[0][2] == "–"


def test_the_corrections_of_a_page_can_be_accepted_and_withdrawn(opened: Opened) -> None:
    made = full()
    found = proposal(made.rows["count_check"], "cam-01", "door", made.rows["sites"][0]["day"])
    when = datetime.now(UTC)
    row = {
        "kind": "correction",
        "id": "cam-01-door",
        "version": 3,
        "at": when,
        "by": "ann",
        "body": json.dumps(found.body),
    }
    made.rows["documents"] = [row]
    with opened(made) as test:
        said = words(test)
        keys = {button.key for button in test.button}
        made.written.append(("correction/cam-01-door", 3, found.body or {}, "ann"))
        test.button(key="accept-cam-01-door").click().run(timeout=30)
        assert not test.exception
        made.written.append(("correction/cam-01-door", 5, {}, "bob"))
        test.button(key="withdraw-cam-01-door").click()
        assert "Somebody else has saved" in words(test)
    (_, version, body, _) = made.written[1]
    assert (version, body["state"]) == (4, "accepted")
    assert "proposed ann" in said
    assert {"accept-cam-01-door", "withdraw-cam-01-door"} <= keys
    assert "propose-cam-01-door" not in keys, "the same proposal is not made twice"
