"""What each question may be asked with: every parameter once, times with a zone, years and periods within bounds."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from hub.serve import questions
from hub.serve.parameters import BadQuestion
from hub.serve.questions import QUESTIONS
from hub.sites import Site

END = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = {
    "site": "s001",
    "start": "2025-12-31T00:00:00Z",
    "end": "2026-01-01T00:00:00Z",
    "day": "2026-01-01",
    "kind": "action",
    "metric": "entries",
    "weeks": "8",
}
NEEDS = [(name, key) for name, question in QUESTIONS.items() for key in question.needs]
PERIODS = [name for name, question in QUESTIONS.items() if "start" in question.needs]


def raw(name, **other):
    """The parameters that a question needs as a request has them."""
    return [(key, (GIVEN | other)[key]) for key in QUESTIONS[name].needs]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_takes_what_it_needs_and_nothing_else(name):
    found = questions.parse(name, raw(name))
    assert set(found) == set(QUESTIONS[name].needs)
    for key in {"site", "start", "end", "day", "$now", ""} - set(found):
        with pytest.raises(BadQuestion, match="unknown parameter"):
            questions.parse(name, [*raw(name), (key, "1")])


@pytest.mark.parametrize(("name", "key"), NEEDS)
def test_every_parameter_is_needed_and_once(name, key):
    with pytest.raises(BadQuestion, match=rf"^{key}: missing"):
        questions.parse(name, [pair for pair in raw(name) if pair[0] != key])
    with pytest.raises(BadQuestion, match=rf"^{key}: given twice"):
        questions.parse(name, [*raw(name), (key, GIVEN[key])])


@pytest.mark.parametrize("name", PERIODS)
def test_a_period_has_a_length_and_not_more_than_the_longest(name):
    longest = timedelta(days=4000 if name == "days" else 800)

    def over(length):
        return questions.parse(name, raw(name, start=(END - length).isoformat(), end=END.isoformat()))

    assert over(longest)["end"] == END
    assert over(timedelta(microseconds=1))["end"] == END
    for length in (longest + timedelta(seconds=1), timedelta(0), timedelta(seconds=-1)):
        with pytest.raises(BadQuestion, match=rf"^end: after start, and at most {longest.days} days later"):
            over(length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "1970-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "10000-01-01T00:00Z",
    ],
)
@pytest.mark.parametrize("key", ["start", "end"])
def test_a_time_has_a_zone_and_lies_between_1971_and_2199(key, text):
    with pytest.raises(BadQuestion, match=rf"^{key}: a time with its zone"):
        questions.parse("visitors", raw("visitors", **{key: text}))


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "1970-12-31", "2200-01-01", "2026-01-01T00:00:00Z"])
def test_a_day_is_a_date_between_1971_and_2199(text):
    with pytest.raises(BadQuestion, match=r"^day: a date"):
        questions.parse("usual", raw("usual", day=text))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu"])
@pytest.mark.parametrize("year", [1971, 2199])
def test_the_first_and_the_last_year_have_calendars(year, zone):
    site = Site(id="s001", name="Shop", timezone=zone)
    given = {"start": f"{year}-01-01T00:00:00Z", "end": f"{year}-01-09T00:00:00Z", "day": f"{year}-01-01"}
    for name, question in QUESTIONS.items():
        if question.calendar:
            values = questions.parse(name, raw(name, **given))
            assert questions.calendar(name, site, values).num_rows > 0


@pytest.mark.parametrize("last", ["1971-01-01", "2199-12-31"])
def test_every_moment_that_may_be_said_has_a_calendar(last):
    """Also at the edge of a year with the largest offsets there are."""
    site = Site(id="s001", name="Shop", timezone="Pacific/Kiritimati")
    for offset in ("+23:59", "-23:59"):
        start, end = f"{last}T00:00:00{offset}", f"{last}T23:59:59{offset}"
        for name, question in QUESTIONS.items():
            if question.calendar:
                values = questions.parse(name, raw(name, start=start, end=end, day=last))
                questions.calendar(name, site, values)


PLAIN = Site(id="s001", name="Shop", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    "other",
    [{"timezone": "Asia/Kathmandu"}, {"day_starts": "05:00"}, {"opens": "10:00"}, {"closes": "10:00"}],
    ids=lambda other: next(iter(other)),
)
def test_shops_of_another_local_time_have_calendars_of_their_own(other):
    site = msgspec.structs.replace(PLAIN, **other)
    values = questions.parse("occupancy", raw("occupancy"))
    found, own = (questions.calendar("occupancy", one, values) for one in (PLAIN, site))
    assert not found.equals(own)
    assert questions.calendar("occupancy", PLAIN, values).equals(found)
    later = questions.parse("occupancy", raw("occupancy", end="2026-01-03T00:00:00Z"))
    assert questions.calendar("occupancy", PLAIN, later).num_rows > found.num_rows
    assert questions.calendar("visitors", PLAIN, values).num_rows < found.num_rows
    opened = [questions.bound({}, one, END.timestamp())["open_s"] for one in (PLAIN, site)]
    assert opened[0] == 11 * 3600
    assert (opened[0] == opened[1]) == ("opens" not in other and "closes" not in other)


def test_shops_of_one_local_time_share_a_calendar():
    other = msgspec.structs.replace(PLAIN, id="s002", name="Other", notice="new")
    values = questions.parse("usual", raw("usual"))
    assert questions.calendar("usual", PLAIN, values) is questions.calendar("usual", other, values | {"site": "s002"})
