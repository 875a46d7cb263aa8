"""The question `drivers` over a real database: answers beside windows go in, effects and nothing of an answer come
out.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from hub.insight.driver_rows import EFFECTS, effects
from hub.intake.surveys import SCHEMA
from hub.serve.questions import QUESTIONS
from hub.storage.answers import add

STORAGE = Path(__file__).resolve().parents[3] / "hub/storage"
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAYS, QUARTERS = 42, 48  # 08:00 to 20:00


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Six weeks of one shop in which a minute of waiting costs 8 points and noon is in a bad mood by itself."""
    with duckdb.connect(str(tmp_path_factory.mktemp("hub") / "hub.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in ("schema.sql", "sales.sql", "answers.sql"):
            connection.execute((STORAGE / name).read_text(encoding="utf-8"))
        connection.execute("INSERT INTO site VALUES ('s01', '', 'Europe/Berlin', '04:00', '08:00', '20:00', NULL)")
        rng = np.random.default_rng(1)
        windows, told = [], []
        for i in range(DAYS * QUARTERS):
            start = FIRST + timedelta(days=i // QUARTERS, hours=7, minutes=15 * (i % QUARTERS))
            noon = 16 <= i % QUARTERS < 28
            minutes = float(rng.gamma(2.0, 1.0)) + 2.0 * noon
            windows.append(window(start, minutes))
            points = 20.0 - 40.0 * noon - 8.0 * (minutes - 3.0)
            for _ in range(int(rng.integers(0, 3))):
                told.append(answer(len(told), start + timedelta(minutes=14), points, rng))
        connection.register("w", pa.Table.from_pylist(windows))
        connection.execute("INSERT INTO value_stat BY NAME SELECT * FROM w")
        add(connection, pa.Table.from_pylist(told, schema=SCHEMA))
        yield connection


def window(start: datetime, minutes: float) -> dict[str, object]:
    return {
        "site": "s01", "device": "cam", "place": "till", "start_at": start, "end_at": start + timedelta(minutes=15),
        "observed_s": 900, "withheld": None, "revision": 0, "level": "standard", "day": start.date(), "minute": 0,
        "epoch": "00000000", "seq": 1, "received_at": start, "of": "wait", "n": 8, "cut": 0,
        "sum_s": round(8 * 60 * minutes),
    }  # fmt: skip


def answer(number: int, at: datetime, points: float, rng: np.random.Generator) -> dict[str, object]:
    promoter = min(max(0.4 + points / 200.0, 0.0), 0.8)
    draw = rng.random()
    nps = 10 if draw < promoter else 7 if draw < promoter + 0.2 else 3
    row = dict.fromkeys(SCHEMA.names) | {"source": "t", "id": str(number), "site": "s01", "at": at, "channel": "qr"}
    return row | {"day": at.date(), "lag_from_s": 0, "lag_to_s": 600, "nps": nps}


def ask(base: duckdb.DuckDBPyConnection, days: int = DAYS + 7, site: str = "s01") -> list[dict[str, object]]:
    text = (STORAGE / "kpi/drivers.sql").read_text(encoding="utf-8")
    params = {"site": site, "start": FIRST - timedelta(days=7), "end": FIRST + timedelta(days=days)}
    found = QUESTIONS["drivers"].finish(base.sql(text, params=params).to_arrow_table())
    assert found.schema.equals(EFFECTS)
    rows: list[dict[str, object]] = found.to_pylist()
    return rows


def test_the_planted_effect_is_found_through_the_database(base: duckdb.DuckDBPyConnection) -> None:
    wait, *others = ask(base)
    assert [row["condition"] for row in others] == ["queue", "tills", "crowd", "dwell", "staff"]
    assert (wait["condition"], wait["unit"], wait["verdict"]) == ("wait", "minute", "driver")
    assert wait["low"] < -8.0 < wait["high"] < 0  # type: ignore[operator]
    assert 1500 < wait["answers"] < 2500  # type: ignore[operator]
    assert wait["days"] == DAYS
    for row in others:  # never measured here
        assert (row["verdict"], row["effect"], row["together"]) == ("not enough data", None, None)
        assert row["reason"] == "measured beside too few answers"


def test_ten_days_and_a_foreign_site_are_not_enough(base: duckdb.DuckDBPyConnection) -> None:
    rows = ask(base, days=10)
    assert {row["verdict"] for row in rows} == {"not enough data"}
    assert {row["reason"] for row in rows} == {"10 of 14 days; 10 of 20 store days; 3 of 12 spare store days"}
    assert {row["answers"] for row in ask(base, site="s99")} == {0}


def test_an_answer_stays_inside(base: duckdb.DuckDBPyConnection) -> None:
    """Six rows whatever is asked, and none of their columns is of an answer."""
    assert len(ask(base)) == len(ask(base, days=1)) == 6
    assert not {"nps", "id", "source", "at", "day", "hour"} & set(EFFECTS.names)


def test_hours_are_those_of_the_shop(base: duckdb.DuckDBPyConnection) -> None:
    text = (STORAGE / "kpi/drivers.sql").read_text(encoding="utf-8")
    params = {"site": "s01", "start": FIRST - timedelta(days=7), "end": FIRST + timedelta(days=50)}
    rows = base.sql(text, params=params).to_arrow_table().to_pylist()
    # 07:14 UTC is 08:14 in Berlin in winter and 09:14 in summer, less five minutes of lag.
    assert {row["hour"] for row in rows if row["day"] < 20541} == set(range(8, 20))
    assert {row["hour"] for row in rows if row["day"] > 20541} == set(range(9, 21))
    assert effects(pa.Table.from_pylist(rows)).num_rows == 6
