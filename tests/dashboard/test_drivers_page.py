"""The Drivers and actions page in every state, what it writes, and the rules behind it."""

import time
from datetime import date

import pytest

from dashboard.drivers import actions, chart, trials
from dashboard.viewer import Viewer
from dashboard.words import Words
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import URL, Look, Opened, emptied, markup, view, words
from tests.dashboard.rows_journey import NASTY, effect, with_drivers

EN = Words("en")
PAGE = "drivers"


def full() -> Shop:
    return with_drivers(shop(time.time()))


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "Wait, one minute more −4.5 (−6.1 to −2.9) points goes with the score moves with Queue length; at least one",
        "Queue length, one person more +0.3 (−1.3 to +1.9) points nothing seen",
        "Open tills not enough data it is always the same within an hour and weekday",
        "Answers 626, enough (200 are the least)",
        "Days 9 of at least 14",
        "waits_late Ann",
        "past its date open",
        "Done thing – – – done helped",
        "Trial changed share within the promise 2026-10-01 to 2026-11-01 over changed −12.0 % (−18.0 % to −6.0 %)",
        "no change found +1.4 (+1.3 to +1.5) 28 days on, 27 off, 1 not measured",
        "running cannot tell – no verdict before its end",
    ):
        assert part in said, part


def test_every_question_unanswered_is_said_and_the_rest_stays(look: Look) -> None:
    for name in ("drivers", "documents", "trials"):
        made = full()
        made.failing = {name}
        said = look(made)
        assert "the hub could not answer" in said, name
        assert "Trials" in said, name


def test_too_little_data_draws_no_effect(look: Look) -> None:
    made = full()
    made.rows["drivers"] = [effect("wait", "minute", "not enough data", None, []) | {"reason": "answers: 40 of 200"}]
    said = look(made)
    assert "No effect can be named yet" in said
    assert "Wait not enough data answers: 40 of 200" in said
    assert "626 answers of 9 days could be used." in said


def test_nothing_there_is_words(look: Look) -> None:
    made = full()
    for name in ("drivers", "documents", "trials"):
        made.rows[name] = []
    said = look(made)
    for part in ("No answer with a measured condition", "No action is written down yet", "No trial is planned yet"):
        assert part in said
    assert "No data yet" in look(emptied())


def test_who_may_not_write_reads_only(opened: Opened) -> None:
    with opened(full(), viewer=Viewer("ann", None, may_write=False)) as test:
        said = words(test)
    assert said.count("To change it takes the right to write") == 2
    assert "Done thing" in said
    assert not test.text_input
    assert not test.button


def test_an_action_is_added_and_changed(opened: Opened) -> None:
    made = full()
    with opened(made) as test:
        test.run(timeout=30)
        test.text_input[0].set_value("Open a second till")
        test.button[0].click()
        assert "Saved." in words(test)
        name, version, body, _ = made.written[0]
        assert name.startswith("action/action-")
        assert (version, body["what"], body["state"], body["due"]) == (1, "Open a second till", "open", None)
        # The fake hub holds no version of a1, so that version 3 is not the newest there.
        test.selectbox(key="action-pick").set_value("a1").run(timeout=30)
        assert next(box for box in test.selectbox if box.label == "State").value == "open"
        test.button[1].click()
        assert "Somebody else changed it in between" in words(test)


def test_an_action_without_words_is_not_written(opened: Opened) -> None:
    made = full()
    with opened(made) as test:
        test.run(timeout=30)
        test.button[0].click()
        assert "Write what is done first." in words(test)
    assert made.written == []


def test_a_trial_is_drawn_and_saved(opened: Opened) -> None:
    made = full()
    with opened(made) as test:
        test.run(timeout=30)
        test.text_input(key="trial-name").set_value("Second till at noon")
        test.button(key="trial-draw").click()
        said = words(test)
        assert "On 28 of 56 days, drawn by lot" in said
        assert "a change of about 8.0 % or more" in said
        test.button(key="trial-save").click()
        assert "Saved." in words(test)
    name, version, body, _ = made.written[0]
    assert name.startswith("trial/entries-20")
    assert (version, body["seed"], body["weeks"], body["how"], len(body["on"])) == (1, 77, 8, "lot", 28)


def test_what_people_write_is_text(opened: Opened) -> None:
    with opened(full()) as test:
        test.run(timeout=30)
    assert not test.exception
    assert NASTY not in markup(test)


def test_hub_away_and_german(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    said = look(full(), language="de")
    assert "Wartezeit, je Minute mehr −4.5 (−6.1 bis −2.9) Punkte geht mit dem Wert zusammen" in said
    monkeypatch.setenv(URL, "http://127.0.0.1:9")
    assert "nicht erreichbar" in words(view(PAGE))


def test_only_what_has_a_verdict_is_drawn() -> None:
    rows = with_drivers(shop(time.time())).rows["drivers"]
    alike = effect("tills", "till open", "cannot tell these apart", 2.0, [])
    assert [one.name for one in chart.effects([*rows, alike], EN)] == [
        "Wait, one minute more",
        "Queue length, one person more",
    ]
    assert [one.driver for one in chart.effects(rows, EN)] == [True, False]


def test_no_layer_of_the_chart_is_empty() -> None:
    rows = with_drivers(shop(time.time())).rows["drivers"]
    drawn = chart.effects(rows, EN)
    layers = {len(some): len(chart.effect_chart(some, EN).to_dict()["layer"]) for some in (drawn, drawn[:1])}
    assert layers == {2: 4, 1: 3}


def test_open_actions_come_first_by_their_date() -> None:
    found = [
        {"id": name, "version": 1, "body": body}
        for name, body in (
            ("a", '{"what": "x", "state": "done", "due": "2026-01-01"}'),
            ("b", '{"what": "x", "state": "open"}'),
            ("c", '{"what": "x", "state": "doing", "due": "2026-05-01"}'),
            ("d", "7"),
        )
    ]
    assert [one.id for one in actions.actions(found)] == ["c", "b", "a"]
    assert actions.day_of("2026-99-99") is None
    assert actions.day_of("2026-05-01") == date(2026, 5, 1)


def test_a_change_of_no_effect_is_a_dash() -> None:
    assert trials.change(None, None, None, "points", EN) == "–"
    assert trials.change(0.02, None, None, "share", EN) == "+2.0 points of per cent"
