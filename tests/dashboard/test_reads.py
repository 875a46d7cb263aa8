"""What is asked of the hub, and how rarely; and the command line."""

import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dashboard.data import PULSE_S, REST_S, Reads, seconds, utc
from hub.client import Hub
from tests import commands
from tests.dashboard.hub_rows import TOKEN, served, shop

ROOT = Path(__file__).resolve().parents[2]


class Hand:
    """A clock moved by hand."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_an_idle_refresh_asks_the_hub_one_number() -> None:
    made, clock = shop(time.time()), Hand()
    with served(made) as url, Hub(url, TOKEN) as hub:
        reads = Reads(hub, clock)
        for _ in range(3):
            assert reads.ask("devices", site="s001").state == "fresh"
        assert made.asked == ["version", "devices"]
        clock.at += PULSE_S
        reads.ask("devices", site="s001")
        assert made.asked == ["version", "devices", "version"]
        made.version += 1
        clock.at += PULSE_S
        reads.ask("devices", site="s001")
        assert made.asked[3:] == ["version", "devices"]
        clock.at += REST_S
        reads.ask("devices", site="s001")
        assert made.asked[5:] == ["version", "devices"]


def test_a_slow_question_holds_up_nobody_who_asks_another() -> None:
    made, slow, rest = shop(time.time()), threading.Event(), threading.Event()

    class Held(Hub):
        def ask(self, question: str, **params: Any) -> pa.Table:
            if question == "waits":
                slow.set()
                assert rest.wait(20)
            return super().ask(question, **params)

    with served(made) as url, Held(url, TOKEN) as hub, ThreadPoolExecutor(3) as viewers:
        reads = Reads(hub)
        waiting = [viewers.submit(reads.ask, "waits", site="s001") for _ in range(2)]
        assert slow.wait(20)
        assert viewers.submit(reads.ask, "devices", site="s001").result(20).state == "fresh"
        rest.set()
        assert {one.result(20).state for one in waiting} == {"fresh"}
        assert made.asked.count("waits") == 1, "the second waits for what the first asked"


def test_an_absent_hub_is_asked_once_for_all_and_leaves_old_answers() -> None:
    made, clock = shop(time.time()), Hand()
    with served(made) as url, Hub(url, TOKEN) as hub:
        reads = Reads(hub, clock)
        reads.ask("devices", site="s001")
        heard = reads.heard
    with Hub(url, TOKEN, timeout=1) as hub:
        reads._hub = hub
        clock.at += PULSE_S
        found = reads.ask("devices", site="s001")
        assert (found.state, len(found.rows)) == ("old", 2)
        assert reads.ask("sensors", site="s001").state == "away"
        assert reads.heard == heard == 1000.0
        with served(made, int(url.rpartition(":")[2])):
            clock.at += PULSE_S
            assert reads.ask("sensors", site="s001").state == "fresh"


def test_a_refusal_is_not_remembered_as_an_answer() -> None:
    made, clock = shop(time.time()), Hand()
    with served(made) as url, Hub(url, TOKEN) as hub:
        reads = Reads(hub, clock)
        made.refused = {"scores"}
        assert reads.ask("scores", site="s001").state == "refused"
        made.refused = set()
        assert reads.ask("scores", site="s001").state == "fresh"
    with served(made) as url, Hub(url, "another") as hub:
        assert Reads(hub, clock).ask("sites").state == "refused"


def test_times_become_seconds_and_nothing_else_does() -> None:
    found = seconds(
        {
            "start": datetime(2026, 1, 5, tzinfo=UTC),
            "bare": datetime(2026, 1, 5),  # noqa: DTZ001 - as Arrow gives a time without a zone
            "day": date(2026, 1, 5),
            "in_store": {"as_of": "2026-01-05T00:00:00Z"},
            "places": [{"at": "2026-01-05T00:00:00Z", "place": "2026-01-05"}],
            "opens": "09:00",
        }
    )
    at = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
    assert found["start"] == found["bare"] == found["in_store"]["as_of"] == found["places"][0]["at"] == at
    assert (found["day"], found["opens"], found["places"][0]["place"]) == (date(2026, 1, 5), "09:00", "2026-01-05")
    assert utc(at) == "2026-01-05T00:00:00Z"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.done("dashboard", *arguments)


def test_check_says_what_is_well_and_what_is_not(tmp_path: Path) -> None:
    token, config = tmp_path / "token", tmp_path / "d.toml"
    token.write_text(TOKEN)
    with served(shop(time.time())) as url:
        config.write_text(f'[hub]\nurl = "{url}"\ntoken_file = "{token}"\n[http]\nport = 48501\n')
        well = command("check", "--config", str(config))
    assert (well.returncode, well.stdout.count(" ok\n")) == (0, 4), well.stdout + well.stderr
    token.write_text("another")
    away = command("check", "--config", str(config))
    assert away.returncode == 1
    assert "cannot be reached" in away.stdout
    assert "another" not in away.stdout + away.stderr


@pytest.mark.parametrize(("text", "key"), [("[hub]\nurll = 1", "urll"), ("[http]\nport = 'x'", "port")])
def test_wrong_settings_name_the_key(tmp_path: Path, text: str, key: str) -> None:
    config = tmp_path / "d.toml"
    config.write_text(text)
    found = command("run", "--config", str(config))
    assert found.returncode == 78
    assert key in found.stderr


def test_config_prints_the_sample() -> None:
    assert "[hub]" in command("config").stdout
