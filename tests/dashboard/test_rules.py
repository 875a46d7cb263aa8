"""The pure parts of the pages with tables of cases: advice, queues, bands, tiles, words, settings."""

import re
import string
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard import words_en
from dashboard.advice import Seen, advice
from dashboard.charts import day_alt, day_chart, day_plot
from dashboard.heat import calendars, shown_hours
from dashboard.looks import table, tiles
from dashboard.queueing import Queue, expected_wait, newest_waits, queues, tills_missing
from dashboard.settings import SAMPLE, Settings, environment, from_environment
from dashboard.tiles import Tile, number, queue_tile, score_tile, store_tile, waits_tile
from dashboard.times import about, ago, clock_zone, is_open, next_mark, span
from dashboard.today import Band, Today, band_by, so_far, verdict
from dashboard.trust import Trust, percent, shown, trust, trust_parts
from dashboard.words import CATALOGUES, Words, language_of
from edge.settings import SettingsError, load

WORDS = Words()
PACKAGE = Path(__file__).resolve().parents[2] / "dashboard"
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC).timestamp()
SITE: dict[str, Any] = {
    "site": "s1",
    "name": "Shop",
    "timezone": "UTC",
    "day_starts": "04:00",
    "opens": "09:00",
    "closes": "20:00",
    "notice": None,
    "day": date(2026, 1, 5),
    "day_start": NOON - 8 * 3600,
    "day_end": NOON + 16 * 3600,
}
WELL = Trust("live", NOON, None, (), 2, 2, ())
CALM = Today(100, 1.0)


def queue(length: int | None, expected: float | None = None, **more: Any) -> Queue:
    return Queue("till_a", length, expected, 180.0, 1, "ok", 3.0, True)._replace(**more)


def seen(**changed: Any) -> Seen:
    usual = {"trust": WELL, "queues": [], "stays": [], "today": CALM, "band": None, "zone": "UTC", "at": NOON}
    return Seen(**usual | changed)


LATE = {"place": "till_a", "of": "wait", "start": NOON - 1800, "end": NOON - 900, "p50_s": 100.0, "p90_s": 250.0}
LATE |= {"promise_s": 180, "withheld": None, "n": 9, "cut": 0, "within": 0.6}


@pytest.mark.parametrize(
    ("given_", "weight", "part"),
    [
        (seen(), "calm", "Nothing needs you right now."),
        (
            seen(queues=[queue(6, 288.0)]),
            "act",
            "6 long, expected wait about 5\u00a0min, promise 3\u00a0min: open another",
        ),
        (seen(queues=[queue(12, 576.0)]), "act", "open 3 more tills"),
        (seen(queues=[queue(6, None, alert="over")]), "act", "above its limit: open another till"),
        (seen(queues=[queue(2, None, tills_open=0)]), "act", "2 waiting at till_a and nobody served for 5 min"),
        (seen(queues=[queue(6, 288.0, fresh=False)]), "calm", "Nothing"),
        (seen(trust=WELL._replace(broken=(("door", "dark"),))), "act", "door is dark: look at it"),
        (seen(trust=WELL._replace(broken=(("a", "dark"), ("b", "off")))), "act", "2 sensors do not work (a, b)"),
        (seen(trust=WELL._replace(standing="stale")), "blind", "Numbers stopped at 12:00."),
        (seen(trust=WELL._replace(standing="waiting")), "blind", "on their way"),
        (seen(away=True), "blind", "The hub does not answer"),
        (
            seen(stays=[LATE], queues=[queue(1, 60.0)]),
            "watch",
            "promise 3\u00a0min. The queue is within",
        ),
        (
            seen(stays=[LATE]),
            "watch",
            "up to 4\u00a0min 10\u00a0s between 11:30 and 11:45, promise 3\u00a0min.",
        ),
        (seen(stays=[LATE], at=NOON + 7200), "calm", "Nothing"),
        (seen(today=Today(140, 1.0), band=Band(80, 100, 120, 8)), "watch", "Busier than usual"),
        (seen(today=Today(60, 1.0), band=Band(80, 100, 120, 8)), "watch", "Quieter than usual"),
        (seen(today=Today(60, 0.5), band=Band(80, 100, 120, 8)), "calm", "Nothing"),
    ],
)
def test_advice(given_: Seen, weight: str, part: str) -> None:
    found = advice(given_, WORDS)
    assert found.weight == weight
    assert part in found.text


@pytest.mark.parametrize(
    ("length", "service", "tills", "expected"),
    [
        (6, 48.0, 1, 288.0),
        (6, 48.0, 3, 96.0),
        (0, None, 1, 0.0),
        (0, None, None, 0.0),
        (6, None, 1, None),
        (6, 48.0, None, None),
        (6, 48.0, 0, None),
        (0, 48.0, 0, None),
        (None, 48.0, 1, None),
    ],
)
def test_expected_wait(length: int | None, service: float | None, tills: int | None, expected: float | None) -> None:
    assert expected_wait(length, service, tills) == expected


@given(some.integers(1, 60), some.floats(5, 600), some.integers(1, 12), some.floats(10, 900))
def test_the_tills_asked_for_keep_the_promise_and_one_less_does_not(
    n: int, service: float, tills: int, promise: float
) -> None:
    expected = expected_wait(n, service, tills)
    assert expected is not None
    more = tills_missing(queue(n, expected, tills_open=tills, promise_s=promise))
    if expected > promise:
        assert n * service / (tills + more) <= promise * (1 + 1e-9)
        assert more == 1 or n * service / (tills + more - 1) > promise * (1 - 1e-9)
    else:
        assert more == 1


def test_queues_are_now_only_while_their_value_lives() -> None:
    places = [
        {"place": "till_a", "kind": "queue", "promise_s": 180},
        {"place": "door", "kind": "line", "promise_s": None},
    ]
    row = {"place": "till_a", "queue": 4, "tills_open": 2, "alert": "ok", "age_s": 20.0}
    service = [{"place": "till_a", "of": "service", "mean_s": 60.0}]
    (now,) = queues(places, [row], service, 0.0)
    assert (now.fresh, now.expected_s) == (True, 120.0)
    (later,) = queues(places, [row], service, 80.0)
    assert (later.fresh, later.expected_s, later.length) == (False, None, 4)
    (unseen,) = queues(places, [], service, 0.0)
    assert (unseen.fresh, unseen.length) == (False, None)


def test_a_queue_that_sends_its_alert_only_still_speaks() -> None:
    places = [{"place": "till_a", "kind": "queue", "promise_s": 180}]
    for alert, weight, word in (("over", "act", "above its limit"), ("ok", "calm", "within its limit")):
        row = {"place": "till_a", "queue": None, "tills_open": None, "alert": alert, "age_s": 2}
        found = queues(places, [row], [], 0.0)
        tile = queue_tile(found, WORDS)
        assert tile.value == "–"
        assert tile.badge is not None
        assert tile.badge[1] == word
        assert advice(seen(queues=found), WORDS).weight == weight


def test_the_newest_published_window_counts_not_a_withheld_one() -> None:
    newer = LATE | {"start": LATE["end"], "end": NOON, "p50_s": None, "p90_s": None, "withheld": "n<5"}
    assert newest_waits([LATE, newer]) == [LATE]
    assert newest_waits([newer, LATE | {"of": "dwell"}]) == []


def slots(entries: dict[int, int | None], share: float = 1.0) -> list[dict[str, Any]]:
    """Quarter-hours from the day's start on; those not named are zero."""
    return [
        {
            "start": SITE["day_start"] + 900.0 * i,
            "end": SITE["day_start"] + 900.0 * (i + 1),
            "minute": (240 + 15 * i) % 1440,
            "entries": entries.get(i, 0),
            "coverage": 0.0 if entries.get(i, 0) is None else share,
        }
        for i in range(96)
    ]


@pytest.mark.parametrize(
    ("rows", "until", "expected"),
    [
        ([], NOON, Today(None, None)),
        (slots({}), NOON, Today(0, 1.0)),
        (slots({20: 5, 21: None, 22: None, 23: None}), NOON, Today(5, 0.75)),
        (slots(dict.fromkeys(range(96))), NOON, Today(None, 0.0)),
        (slots({30: 3}), None, Today(3, None)),
        (slots({}), SITE["day_start"] + 3600, Today(0, None)),
    ],
)
def test_so_far(rows: list[dict[str, Any]], until: float | None, expected: Today) -> None:
    # Buckets after `until` are not observed yet.
    for row in rows:
        if until is not None and row["start"] >= until:
            row["coverage"] = 0.0
    assert so_far(rows, SITE, until) == expected


def usual(days: int = 8) -> list[dict[str, Any]]:
    rows = []
    for i in range(96):
        total = max(0, min(i + 1, 64) - 20) * 2.0
        rows.append(
            {"minute": (240 + 15 * i) % 1440, "days": days, "low": 1.0, "mid": 2.0, "high": 3.0}
            | {
                "so_far_low": total / 2,
                "so_far_mid": total,
                "so_far_high": total * 1.5,
            }
        )
    return rows


def test_the_band_lies_in_a_straight_line_between_quarter_hours() -> None:
    assert band_by(usual(), SITE, NOON) == Band(12.0, 24.0, 36.0, 8)
    halfway = band_by(usual(), SITE, NOON + 450)
    assert halfway == Band(12.5, 25.0, 37.5, 8)
    assert band_by(usual(), SITE, SITE["day_start"]) == Band(0.0, 0.0, 0.0, 8)
    assert band_by(usual(), SITE, SITE["day_end"]) == Band(44.0, 88.0, 132.0, 8)
    assert band_by([], SITE, NOON) is None
    assert band_by(usual(0), SITE, NOON) is None


@pytest.mark.parametrize(
    ("today", "band", "expected"),
    [
        (Today(100, 1.0), Band(80, 100, 120, 8), "as_usual"),
        (Today(80, 1.0), Band(80.4, 100, 120, 8), "as_usual"),
        (Today(121, 1.0), Band(80, 100, 120, 8), "busy"),
        (Today(79, 1.0), Band(80, 100, 120, 8), "quiet"),
        (Today(79, 0.89), Band(80, 100, 120, 8), None),
        (Today(79, 1.0), Band(80, 100, 120, 2), None),
        (Today(79, 1.0), None, None),
        (Today(None, 1.0), Band(80, 100, 120, 8), None),
    ],
)
def test_verdict(today: Today, band: Band | None, expected: str | None) -> None:
    assert verdict(today, band) == expected


def test_gaps_of_the_chart_are_gaps_and_said() -> None:
    rows = slots({i: (None if 22 <= i < 26 else 3) for i in range(20, 32)})
    plot = day_plot(rows, usual(), SITE, NOON, WORDS)
    assert plot.gaps == [{"m": 570.0, "m2": 630.0}]
    assert all(not 570 <= bar["m"] < 630 for bar in plot.bars)
    assert "4 quarter-hours were not observed." in day_alt(plot, WORDS)
    assert day_chart(plot, WORDS).to_dict()["height"]
    assert day_alt(day_plot([], [], SITE, None, WORDS), WORDS) == "Nothing to draw yet."


def test_a_shop_set_up_at_eleven_has_not_observed_the_morning() -> None:
    rows = [row for row in slots({28: 4}) if 660 <= row["minute"] < 720]
    assert so_far(rows, SITE, NOON).share == pytest.approx(1 / 3)
    assert day_plot(rows, [], SITE, NOON, WORDS).gaps == [{"m": 540.0, "m2": 660.0}]


def test_a_shop_open_past_midnight_stays_in_one_day() -> None:
    night = SITE | {"opens": "18:00", "closes": "02:00"}
    assert is_open(NOON + 13 * 3600, night)
    assert not is_open(NOON + 14.5 * 3600, night)
    assert shown_hours(night) == range(24)
    assert shown_hours(SITE) == range(9, 20)


def test_trust_counts_sensors_of_dead_devices_as_off() -> None:
    devices = [
        {"device": "a", "state": "online", "last_end": NOON, "level": "strict"},
        {"device": "b", "state": "offline", "last_end": NOON - 5000, "level": "dp"},
    ]
    sensors = [{"sensor": "x", "device": "a", "state": "ok"}, {"sensor": "y", "device": "b", "state": "ok"}]
    found = trust(devices, sensors, NOON + 60)
    assert (found.standing, found.working, found.sensors) == ("live", 1, 2)
    assert found.broken == (("y", "off"),)
    assert found.behind == (("b", NOON - 5000),)
    assert found.levels == ("dp", "strict")
    assert trust(devices, sensors, NOON + 601).standing == "stale"
    assert trust([], [], NOON).standing == "empty"
    assert trust([devices[0] | {"last_end": None}], [], NOON + 61).first == NOON + 300


def test_windows_that_come_while_no_sensor_works_are_not_called_live() -> None:
    devices = [{"device": "a", "state": "online", "last_end": NOON, "level": "strict"}]
    dark, well, late = ({"sensor": n, "device": "a", "state": n} for n in ("dark", "ok", "starting"))
    night = SITE | {"opens": "18:00", "closes": "02:00"}
    assert shown(trust(devices, [dark], NOON + 60), SITE, NOON + 60, away=False) == "blind"
    assert shown(trust(devices, [dark, well], NOON + 60), SITE, NOON + 60, away=False) == "live"
    assert shown(trust(devices, [dark, late], NOON + 60), SITE, NOON + 60, away=False) == "live"
    assert shown(trust(devices, [], NOON + 60), SITE, NOON + 60, away=False) == "live"
    assert shown(trust(devices, [dark], NOON + 60), night, NOON + 60, away=False) == "live"
    assert shown(trust(devices, [dark], NOON + 60), SITE, NOON + 60, away=True) == "away"
    assert shown(trust(devices, [dark], NOON + 900), SITE, NOON + 900, away=False) == "stale"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "privacy level: differential privacy, strict"), ("de", "Datenschutzstufe: Differential Privacy, streng")],
)
def test_the_trust_line_says_the_privacy_levels_in_force(language: str, said: str) -> None:
    devices = [
        {"device": d, "state": "online", "last_end": NOON, "level": level}
        for d, level in (("a", "strict"), ("b", "dp"))
    ]
    assert said in trust_parts(trust(devices, [], NOON), SITE, 1.0, NOON, Words(language))


def test_calendar_tells_missing_from_closed_and_from_little() -> None:
    rows = [
        {"sensor": "x", "start": NOON - 3600, "coverage": 1.0},
        {"sensor": "x", "start": NOON - 7200, "coverage": 0.2},
        {"sensor": "x", "start": NOON - 10800, "coverage": None},
    ]
    (found,) = calendars(rows, [{"sensor": "x"}], SITE, NOON)
    assert found.days[0][1][8:13] == ("closed", "missing", "little", "full", "closed")
    assert found.hours("missing") == 1


@pytest.mark.parametrize(
    ("score", "value", "expected"),
    [
        ("nps", 38.2, "+38"),
        ("nps", -12.4, "\N{MINUS SIGN}12"),
        ("nps", 0.2, "0"),
        ("csat", 0.84, "84\u00a0%"),
        ("ces", 5.25, "5.2"),
    ],
)
def test_scores_as_people_write_them(score: str, value: float, expected: str) -> None:
    assert number(score, value) == expected


def test_tiles_without_data_say_so_and_never_zero() -> None:
    empty = [
        queue_tile([], WORDS),
        waits_tile([], SITE, NOON, WORDS),
        score_tile([], WORDS),
        store_tile({}, SITE, [], NOON, WORDS),
    ]
    for tile in empty:
        assert tile.value == "–"
        assert tile.badge is not None
        assert tile.badge[0] == "grey"


@given(some.text())
def test_nothing_of_the_data_becomes_markup(text: str) -> None:
    page = tiles([Tile(text, text, text, ("act", text), (text,))]) + table([text], [[text, ("good", text)]])
    known = {"div", "section", "h2", "span", "i", "table", "tr", "th", "td"}
    found = {part.split()[0].split(">")[0].strip("/") for part in page.split("<")[1:]}
    assert found <= known


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_catalogue_is_complete_and_fills_the_same_values(language: str) -> None:
    def fields(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert set(CATALOGUES[language]) == set(CATALOGUES["en"])
    for key, text in CATALOGUES[language].items():
        assert fields(text) == fields(CATALOGUES["en"][key]), key


def test_no_page_says_a_text_of_another() -> None:
    files = [words_en, *(import_module(f"dashboard.texts.{path.stem}") for path in PACKAGE.glob("texts/[a-z]*.py"))]
    keys = [key for file in files for key in file.ENGLISH]
    assert len(keys) == len(set(keys)) == len(CATALOGUES["en"])


def test_no_text_is_left_unused() -> None:
    rooms = [p for p in PACKAGE.rglob("*.py") if not p.stem.startswith("words_") and p.parent.name != "texts"]
    source = "".join(path.read_text() for path in rooms)
    # Keys that are put together from what they begin with and a name.
    begins = set(re.findall(r'f"([a-z_]+[.][a-z_.]*){', source))
    begins |= {f"{group}." for group in re.findall(r'named[(](?:words, )?"([a-z_.]+)"', source)}
    begins |= {f"{group}." for group in re.findall(r'"([a-z_]+[.][a-z_]+)"', source)}
    groups = {
        "no_site",
        "refused",
        "away",
        "failed",
        "settings",
        "empty",
        "part_failed",
        "part_refused",
        "needed",
        "stranger",
    }
    known = begins | {f"{group}." for group in groups}
    assert not [key for key in CATALOGUES["en"] if f'"{key}"' not in source and not key.startswith(tuple(known))]


@pytest.mark.parametrize(
    ("setting", "locale", "expected"),
    [("auto", "de-CH", "de"), ("auto", "fr-FR", "en"), ("auto", None, "en"), ("de", "en-GB", "de")],
)
def test_language(setting: str, locale: str | None, expected: str) -> None:
    assert language_of(setting, locale) == expected


def test_times_as_people_read_them() -> None:
    plain = [span(45), span(250), span(240), span(754), span(3900), span(7200), about(20), about(288)]
    assert [text.replace("\u00a0", " ") for text in plain] == [
        *("45 s", "4 min 10 s", "4 min", "13 min", "1 h 5 min", "2 h", "< 1 min", "5 min"),
    ]
    assert ago(-3, WORDS) == "just now"
    assert ago(200_000, WORDS) == "2 days ago"
    assert clock_zone(NOON, "Europe/Berlin") == "13:00 CET"
    assert clock_zone(NOON, "Asia/Kathmandu") == "17:45 UTC+0545"
    assert next_mark(600.0) == 900.0
    assert [percent(x).replace("\u00a0", "") for x in (1.0, 0.999, 0.001, 0.0)] == ["100%", "99%", "1%", "0%"]


def test_settings_go_through_the_environment_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "d.toml"
    path.write_text(SAMPLE)
    settings = load(Settings, path=path, prefix="INSTORE_DASHBOARD", environ={}, flags={"http": {"port": 9999}})
    assert settings.hub.token_file == "/etc/instore/dashboard.token"
    assert from_environment(environment(settings)) == settings
    with pytest.raises(SettingsError, match="port"):
        from_environment({"INSTORE_DASHBOARD__HTTP__PORT": "many"})


def test_the_sample_shows_every_key_with_its_default() -> None:
    shown = SAMPLE.replace("# ", "")
    for part in ("hub", "http", "page"):
        assert f"[{part}]" in shown
    for key in ("url", "token_file", "ca_file", "timeout_s", "host", "port", "language"):
        assert f"\n{key} = " in shown


def test_zones_are_told_as_the_range_that_rounding_leaves() -> None:
    live = {
        "in_store": {"value": 9, "provisional": True, "as_of": None},
        "places": [
            {"place": "shelves", "occupancy": 5, "age_s": 3.0},
            {"place": "promo", "occupancy": 0, "age_s": 3.0},
            {"place": "stairs", "occupancy": 40, "age_s": 95.0},
            {"place": "till", "occupancy": None, "age_s": 3.0},
        ],
    }
    assert store_tile(live, SITE, [], 0.0, WORDS).lines[:2] == ("shelves: 3 to 7 now", "promo: 0 to 2 now")
