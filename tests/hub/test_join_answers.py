"""Answers in a real database: added once, set beside the measured waits, forgotten in time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.insight.tallies import BY_WAIT, SCORES, finish
from hub.intake.surveys import SCHEMA
from hub.serve.questions import QUESTIONS
from hub.storage.answers import add, forget_old

STORAGE = Path(__file__).resolve().parents[2] / "hub/storage"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "hub.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in ("schema.sql", "sales.sql", "answers.sql"):
            connection.execute((STORAGE / name).read_text(encoding="utf-8"))
        connection.execute(
            "INSERT INTO site SELECT unnest(['s01', 's02']), '', 'Europe/Berlin', '04:00', '08:00', '20:00', NULL"
        )
        yield connection


def answer(number: int, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(SCHEMA.names) | {"source": "t", "id": str(number), "site": "s01", "at": NOON, "channel": "qr"}
    return row | {"day": NOON.date(), "lag_from_s": 0, "lag_to_s": 3600, "nps": 9} | more


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def wait(base: duckdb.DuckDBPyConnection, end: datetime, n: int | None, mean_s: int | None, **more: Any) -> None:
    row: dict[str, Any] = {
        "site": "s01",
        "device": "cam",
        "place": "till",
        "start_at": end - timedelta(minutes=15),
        "end_at": end,
        "observed_s": 900,
        "withheld": None if n else "n<5",
        "revision": 0,
        "level": "standard",
        "day": end.date(),
        "minute": 0,
        "epoch": "00000000",
        "seq": 1,
        "received_at": end,
        "of": "wait",
        "n": n,
        "cut": 0 if n else None,
        "sum_s": n * mean_s if n and mean_s is not None else None,
    }
    base.register("w", pa.Table.from_pylist([row | more]))
    base.execute("INSERT INTO value_stat BY NAME SELECT * FROM w")
    base.unregister("w")


def ask(base: duckdb.DuckDBPyConnection, name: str, **more: Any) -> list[dict[str, Any]]:
    params = {"site": "s01", "start": NOON - timedelta(days=7), "end": NOON + timedelta(days=7)} | more
    text = (STORAGE / f"kpi/{name}.sql").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = finish(base.sql(text, params=params).to_arrow_table()).to_pylist()
    return rows


def test_adding_twice_changes_nothing(base: duckdb.DuckDBPyConnection) -> None:
    rows = table(*(answer(i, comment=None if i % 2 else "ok", at=None if i == 3 else NOON) for i in range(50)))
    assert add(base, rows) == {"added": 50, "changed": 0, "same": 0, "unknown_site": 0}
    before = base.sql("SELECT * FROM answer ORDER BY id").to_arrow_table()
    assert add(base, rows) == {"added": 0, "changed": 0, "same": 50, "unknown_site": 0}
    assert base.sql("SELECT * FROM answer ORDER BY id").to_arrow_table() == before


def test_a_corrected_answer_takes_the_place_of_the_old_one(base: duckdb.DuckDBPyConnection) -> None:
    add(base, table(answer(1), answer(2)))
    counts = add(base, table(answer(1, nps=3), answer(2), answer(3), answer(4, site="s99")))
    assert counts == {"added": 1, "changed": 1, "same": 1, "unknown_site": 1}
    assert base.sql("SELECT id, nps FROM answer ORDER BY id").fetchall() == [("1", 3), ("2", 9), ("3", 9)]


def test_a_failed_transaction_leaves_nothing(base: duckdb.DuckDBPyConnection) -> None:
    base.execute("BEGIN")
    add(base, table(answer(1)))
    base.execute("ROLLBACK")
    assert base.execute("SELECT count(*) FROM answer").fetchall() == [(0,)]


def test_old_text_goes_before_old_scores(base: duckdb.DuckDBPyConnection) -> None:
    def ago(days: int) -> datetime:
        return NOON - timedelta(days=days)

    add(
        base,
        table(
            answer(1, comment="new", at=ago(89)),
            answer(2, comment="old", at=ago(91)),
            answer(3, comment="by day", at=None, day=ago(91).date()),
            answer(4, comment="ancient", at=ago(761)),
        ),
    )
    assert forget_old(base, NOON.timestamp()) == {"text": 2, "answer": 1}
    found = base.sql("SELECT id, comment FROM answer ORDER BY id").fetchall()
    assert found == [("1", "new"), ("2", None), ("3", None)]
    assert forget_old(base, NOON.timestamp()) == {"text": 0, "answer": 0}


def test_an_answer_stands_beside_the_waits_of_its_visit(base: duckdb.DuckDBPyConnection) -> None:
    wait(base, NOON - timedelta(minutes=60), 100, 1000)  # ended before the visit can have begun
    wait(base, NOON - timedelta(minutes=45), 10, 60)
    wait(base, NOON, 30, 100)
    wait(base, NOON, 99, 999, place="other", site="s02")
    wait(base, NOON, 99, 999, of="service")
    wait(base, NOON - timedelta(minutes=30), None, None)
    wait(base, NOON + timedelta(minutes=30), 50, 1000)  # begins after the answer
    add(base, table(answer(1), answer(2, lag_from_s=None, lag_to_s=None, at=None), answer(3, at=None, day=None)))
    found = base.sql("SELECT id, joined_by, wait_n, wait_s, day_wait_n FROM answer_context ORDER BY id").fetchall()
    assert found == [("1", "time", 40, 90.0, 190), ("2", "day", None, None, 190), ("3", None, None, None, None)]


def test_the_newest_revision_of_a_window_counts(base: duckdb.DuckDBPyConnection) -> None:
    wait(base, NOON, 10, 60)
    wait(base, NOON, 10, 90, revision=1)
    add(base, table(answer(1)))
    assert base.sql("SELECT wait_n, wait_s FROM answer_context").fetchall() == [(10, 90.0)]


def test_people_and_coverage_beside_an_answer(base: duckdb.DuckDBPyConnection) -> None:
    base.execute(
        "INSERT INTO place VALUES ('s01', 'cam', 'till', 'queue', 'queue', 'c', 180, NULL, NULL,"
        " to_timestamp(0), NULL, to_timestamp(0))"
    )
    for minutes, observed, mean in ((0, 900, 4.0), (15, 300, 1.0), (30, 0, None)):
        end = NOON - timedelta(minutes=minutes)
        base.execute(
            "INSERT INTO value_load VALUES ('s01', 'cam', 'till', $start, $end, $observed, NULL, 0, 'standard', $day,"
            " 0, '0', 1, $end, $mean, NULL, NULL, NULL, NULL, NULL)",
            {
                "start": end - timedelta(minutes=15),
                "end": end,
                "observed": observed,
                "day": end.date(),
                "mean": mean,
            },
        )
    add(base, table(answer(1, lag_to_s=2000)))
    people, tills, coverage = base.sql("SELECT people, tills_open, coverage FROM answer_context").fetchall()[0]
    assert people == pytest.approx((4 * 900 + 300) / 1200)
    assert tills is None
    assert coverage == pytest.approx(1200 / 2700)


def test_scores_of_a_period(base: duckdb.DuckDBPyConnection) -> None:
    rows = [answer(i, nps=10 if i < 30 else 0, csat=5, csat_top=True, csat_scale="1-5") for i in range(40)]
    rows += [answer(100 + i, nps=None, csat=0, csat_top=False, csat_scale="0-3") for i in range(12)]
    rows += [answer(200 + i, nps=None, ces=4, ces_scale="1-7") for i in range(9)]
    rows += [answer(300, at=NOON + timedelta(days=7)), answer(301, site="s02")]
    rows += [answer(302, at=None, nps=10), answer(303, at=None, day=date(2026, 3, 9), nps=10)]
    add(base, table(*rows))
    # The business day of the last two begins in the period, so that they count, at whatever hour they came.
    nps, csat, ces = ask(base, "scores")
    assert (nps["score"], nps["n"], nps["state"]) == ("nps", 43, "ok")
    assert nps["value"] == pytest.approx(100 * 23 / 43)
    assert nps["distribution"] == [{"answer": 0, "n": 10}, {"answer": 9, "n": 1}, {"answer": 10, "n": 32}]
    # Without them they are fewer than 5 on their own, and stay with the first day.
    assert ask(base, "scores", end=NOON + timedelta(days=6)) == []
    assert (csat["n"], csat["value"], csat["high"]) == (40, 1.0, 1.0)
    assert (ces["n"], ces["state"], ces["value"], ces["low"]) == (9, "withheld", None, None)
    assert ces["distribution"] == [{"answer": 4, "n": 9}]


def test_questions_on_an_empty_database(base: duckdb.DuckDBPyConnection) -> None:
    assert ask(base, "scores") == []
    assert ask(base, "score_by_wait") == []
    params = {"site": "s01", "start": NOON, "end": NOON}
    for name, schema in (("scores", SCORES), ("score_by_wait", BY_WAIT)):
        text = (STORAGE / f"kpi/{name}.sql").read_text(encoding="utf-8")
        assert finish(base.sql(text, params=params).to_arrow_table()).schema.equals(schema)


def test_scores_by_wait(base: duckdb.DuckDBPyConnection) -> None:
    slow, thin, noon = NOON + timedelta(days=1), NOON + timedelta(days=2), NOON
    wait(base, noon, 8, 30)
    wait(base, slow, 8, 700)
    wait(base, thin, 4, 400)  # as only noise can publish it
    rows = [answer(i, lag_to_s=60, nps=10) for i in range(20)]
    rows += [answer(100 + i, at=slow, lag_to_s=60, nps=0) for i in range(9)]
    rows += [answer(200 + i, at=thin, lag_to_s=60, nps=7) for i in range(15)]
    rows += [answer(300 + i, at=thin + timedelta(hours=5), lag_to_s=60) for i in range(15)]  # nothing was measured
    add(base, table(*rows))
    fast, few_answers = ask(base, "score_by_wait")
    assert (fast["band_from_s"], fast["band_to_s"], fast["n"], fast["value"]) == (0, 60, 20, 100.0)
    assert fast["withheld"] is None
    assert 50 < fast["low"] < 100 == fast["high"]
    assert (few_answers["band_from_s"], few_answers["band_to_s"]) == (600, None)
    assert (few_answers["withheld"], few_answers["value"], few_answers["n"]) == ("n<10", None, None)


def test_a_period_cannot_be_cut_to_single_out_an_answer(base: duckdb.DuckDBPyConnection) -> None:
    wait(base, NOON, 8, 30)
    add(base, table(*(answer(i, lag_to_s=60, at=NOON - timedelta(seconds=i)) for i in range(30))))
    day = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # 04:00 in Berlin, where the business day begins
    second = timedelta(seconds=1)
    for end in (day + second, NOON - 20 * second, NOON - 19 * second, NOON + timedelta(days=1)):
        assert [row["n"] for row in ask(base, "score_by_wait", start=day, end=end)] == [30]
    assert ask(base, "score_by_wait", start=day + second, end=NOON) == []
    assert ask(base, "score_by_wait", start=day - timedelta(days=2), end=day) == []


def units(base: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int]]:
    text = "SELECT CAST(counts_on AS VARCHAR), unit, answers FROM answer_unit WHERE site = 's01' ORDER BY counts_on"
    return {day: (unit, n) for day, unit, n in base.sql(text).fetchall()}


def days(*counts: tuple[int, int]) -> pa.Table:
    """So many answers on so many days after Monday, 2 March 2026."""
    return table(
        *(answer(day * 1000 + i, at=NOON + timedelta(days=day)) for day, n in counts for i in range(n)),
    )


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ([(0, 5), (1, 6)], {"2026-03-02": ("d", 5), "2026-03-03": ("d", 6)}),
        ([(0, 9), (1, 3), (4, 2)], {"2026-03-02": ("d", 9), "2026-03-03": ("w", 5), "2026-03-06": ("w", 5)}),
        ([(0, 3), (8, 2), (15, 7)], {"2026-03-02": ("m", 5), "2026-03-10": ("m", 5), "2026-03-17": ("d", 7)}),
        ([(0, 3), (40, 2), (80, 9)], {"2026-03-02": ("r", 5), "2026-04-11": ("r", 5), "2026-05-21": ("d", 9)}),
        # Too few of all that are left: they go with the oldest day that can stand alone.
        (
            [(0, 1), (40, 2), (80, 9), (81, 9)],
            {"2026-05-21": ("d", 12), "2026-03-02": ("d", 12), "2026-05-22": ("d", 9)},
        ),
        ([(0, 1), (1, 2)], {"2026-03-02": ("r", 3), "2026-03-03": ("r", 3)}),
    ],
)
def test_answers_are_counted_in_units_of_five(
    base: duckdb.DuckDBPyConnection, counts: list[tuple[int, int]], wanted: dict[str, tuple[str, int]]
) -> None:
    add(base, days(*counts))
    found = units(base)
    assert {day: (found[day][0][0], found[day][1]) for day in wanted} == wanted


UNITS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 8)), min_size=1, max_size=12, unique_by=lambda c: c[0])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(UNITS, st.integers(-5, 95), st.integers(-5, 95), st.integers(-5, 95))
def test_no_two_periods_differ_by_fewer_than_five_answers(
    base: duckdb.DuckDBPyConnection, counts: list[tuple[int, int]], start: int, first: int, second: int
) -> None:
    base.execute("DELETE FROM answer")
    add(base, days(*counts))
    begin = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    told = []
    for end in (first, second):
        rows = ask(base, "scores", start=begin + timedelta(days=start), end=begin + timedelta(days=end, hours=-2))
        told.append(rows[0]["n"] if rows else 0)
    total = sum(n for _, n in counts)
    assert abs(told[0] - told[1]) not in range(1, min(5, total))


def test_words_and_themes_need_five_answers(base: duckdb.DuckDBPyConnection) -> None:
    said = ["The queue was long, Emma!"] * 5 + ["queue QUEUE Queue and [e-mail] [number]"] * 2 + ["Bob is kind"] * 4
    add(base, table(*(answer(i, comment=text, nps=3) for i, text in enumerate(said))))
    params = {"site": "s01", "start": NOON - timedelta(days=7), "end": NOON + timedelta(days=7)}
    told = {}
    for name, column in (("words", "word"), ("themes", "theme")):
        text = (STORAGE / f"kpi/{name}.sql").read_text(encoding="utf-8")
        finished = QUESTIONS[name].finish(base.sql(text, params=params).to_arrow_table())
        told[name] = {row[column]: (row["n"], row["rated"], row["detractors"]) for row in finished.to_pylist()}
    assert told["words"] == {"queue": (7, None, None), "long": (5, None, None), "emma": (5, None, None)}
    assert told["themes"] == {"waiting": (7, None, None)}
    add(base, table(*(answer(100 + i, comment="queue", nps=9) for i in range(3))))
    finished = QUESTIONS["themes"].finish(base.sql(text, params=params).to_arrow_table())
    assert finished.to_pylist() == [{"theme": "waiting", "n": 10, "rated": 10, "promoters": 3, "detractors": 7}]


WINDOW = st.tuples(st.integers(0, 40), st.integers(1, 4), st.integers(5, 20), st.integers(0, 900), st.integers(0, 1))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(WINDOW, max_size=12),
    st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 9_000)), min_size=1, max_size=8),
)
def test_each_window_beside_an_answer_counts_once(
    base: duckdb.DuckDBPyConnection, windows: list[Any], visits: list[tuple[int, int]]
) -> None:
    """As counted by hand: every window that overlaps the quarter hours of the visit, its newest revision."""
    base.execute("DELETE FROM answer; DELETE FROM value_stat")
    newest: dict[tuple[datetime, datetime, str], Any] = {}
    for i, (first, length, n, mean_s, revision) in enumerate(windows):
        start = NOON + timedelta(minutes=15 * first)
        end = start + timedelta(minutes=15 * length)
        came = end + timedelta(seconds=i)
        wait(base, end, n, mean_s, start_at=start, revision=revision, received_at=came, place=f"q{length}")
        key = (start, end, f"q{length}")
        newest[key] = max(newest.get(key, (-1,)), (revision, came, n, n * mean_s))
    rows = [answer(i, at=NOON + timedelta(seconds=at), lag_to_s=lag) for i, (at, lag) in enumerate(visits)]
    add(base, table(*rows))
    found = dict(base.sql("SELECT id, (wait_n, wait_s) FROM answer_context").fetchall())
    for row in rows:
        begin, end = (row["at"].timestamp() - row["lag_to_s"]) // 900, row["at"].timestamp() // 900
        met = [v for (s, e, _), v in newest.items() if s.timestamp() / 900 <= end and e.timestamp() / 900 > begin]
        n = sum(v[2] for v in met)
        wanted = (n, sum(v[3] for v in met) / n) if n else (None, None)
        assert tuple(found[row["id"]]) == (pytest.approx(wanted) if n else wanted)
