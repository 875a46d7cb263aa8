"""The commands of instore-sim as a person types them, well and badly."""

import argparse
import json
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from msgspec import structs

from edge.messages import Window, encode, stamp
from simulators.__main__ import main
from simulators.arguments import parser
from simulators.shop import Shop
from tests import commands

COMMANDS = ("shop", "camera", "truth", "demo", "fleet", "check", "config")
DAY = ("--day", "2026-11-20")


def sim(*arguments: object, **environ: str) -> "subprocess.CompletedProcess[str]":
    return commands.done("simulators", *arguments, environ=environ)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command):
    monkeypatch.setattr(sys, "argv", ["instore-sim", command, "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert f"instore-sim {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "required: command"),
        ("dance", "invalid choice"),
        ("shop --as nothing", "invalid choice"),
        ("shop --day hunter2", "not a day such as"),
        ("check --day 0001-01-01", "not a day such as"),
        ("check --day 9999-12-31", "not a day such as"),
        ("shop --days 0", "not a whole number from 1 to 3660"),
        ("shop --days -3", "not a whole number from 1 to 3660"),
        ("shop --until hunter2", "not a time such as"),
        ("shop --until 0001-01-01T00:00:00+14:00", "not a time such as"),
        ("shop --outage hunter2", "not SENSOR,START,END"),
        ("shop --outage camera-9,2026-11-20T10:00:00Z,2026-11-20T11:00:00Z", "one of camera-1, camera-2"),
        ("shop --outage camera-1,2026-11-20T10:00:00Z,hunter2", "not a time such as"),
        ("shop --outage camera-1,2026-11-20T12:00:00Z,2026-11-20T11:00:00Z", "END is not after START"),
        ("shop --as clip --fps 0", "not a number from 1 to 60"),
        ("shop --as clip --fps nan", "not a number from 1 to 60"),
        ("shop --as clip --seconds -1", "not a number from 1 to 86400"),
        ("shop --as clip --seconds inf", "not a number from 1 to 86400"),
        ("camera --port 70000", "not a whole number from 0 to 65535"),
        ("camera --port -1", "not a whole number from 0 to 65535"),
        ("camera --fps 0", "not a number from 1 to 60"),
        ("fleet --count 0 --out x", "not a whole number from 1 to 999"),
        ("demo --weeks 0", "not a whole number from 1 to 52"),
        ("demo --port 0", "not a whole number from 1 to 65535"),
        ("truth", "required: --messages"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_expected(capsys: pytest.CaptureFixture[str], line: str, says: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parser(dict.fromkeys(COMMANDS, lambda given: 0)).parse_args(line.split())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert "hunter2" not in said
    assert len(said) < 1500  # not a list of every number that is allowed


def test_flags_that_are_right_are_taken() -> None:
    line = "shop --outage camera-1,2026-11-20T10:00:00Z,2026-11-20T11:00:00+00:00 --days 7 --fps 2.5 --day 2026-11-20"
    given: argparse.Namespace = parser(dict.fromkeys(COMMANDS, lambda given: 0)).parse_args(line.split())
    assert [(outage.sensor, outage.end - outage.start) for outage in given.outage] == [("camera-1", 3600.0)]
    assert (given.days, given.fps, given.day.isoformat()) == (7, 2.5, "2026-11-20")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('timezone = "Hunter/Town"', "timezone: not a name of the IANA time zone database"),
        ('timezone = "Europe"', "timezone: not a name of the IANA time zone database"),
        ('timezone = "../../etc/hunter"', "timezone: not a name of the IANA time zone database"),
        ('visits = "hunter2"', "visits: expected `float`"),
        ("visits = nan", "visits: expected `float`"),
        ("visits = -1", "visits: expected `float`"),
        ("visits = 1e12", "visits: expected `float`"),
        ("seed = -1", "seed: expected `int`"),
        ('opens = "hunter2"', "opens: expected `str`"),
        ('opens = "21:00"\ncloses = "20:00"', "opens, closes: not one after the other"),
        ("hunter = 1", "hunter: unknown key"),
        ("[shop]\nvisits = 1", "shop: unknown key"),
        ("visits = hunter2", "file: not valid TOML"),
    ],
)
def test_wrong_settings_are_78_and_show_no_value(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "sim.toml"
    path.write_text(text, encoding="utf-8")
    done = sim("check", "--config", path)
    assert done.returncode == 78
    assert f"configuration: {says}" in done.stderr
    assert "unter" not in done.stderr.replace("hunter: unknown key", "")
    assert "Traceback" not in done.stderr


def test_settings_that_are_not_there_are_78(tmp_path: Path) -> None:
    done = sim("check", "--config", tmp_path / "none.toml")
    assert (done.returncode, "file: cannot be read" in done.stderr) == (78, True)
    done = sim("check", INSTORE_SIM__VISITS="hunter2")
    assert (done.returncode, "hunter2" in done.stderr) == (78, False)


def test_the_sample_shows_every_key_with_its_default_and_is_read(tmp_path: Path) -> None:
    sample = sim("config").stdout
    shown = [line.removeprefix("# ") for line in sample.splitlines() if not line.startswith("##")]
    table = tomllib.loads("\n".join(shown))
    assert table == structs.asdict(Shop())
    path = tmp_path / "sim.toml"
    path.write_text(sample.replace("# visits = 500.0 ", "visits = 40.0 "), encoding="utf-8")
    done = sim("shop", "--as", "truth", *DAY, "--config", path)
    assert done.returncode == 0, done.stderr
    assert 10 < len(json.loads(done.stdout)["shoppers"]) < 100


def test_truth_names_the_line_of_a_bad_file_and_not_what_it_holds(tmp_path: Path) -> None:
    said = Window(
        v=1,
        site="s001",
        device="cam-01",
        epoch="00000000",
        seq=1,
        level="standard",
        plan="0" * 12,
        end=stamp(1795165200),
        clock="ntp",
        values=(),
    )
    messages = tmp_path / "messages.jsonl"
    messages.write_bytes(encode(said) + b'\n\n{"v":1,"site":"hunter2"}\n')
    done = sim("truth", "--messages", messages, *DAY)
    assert done.returncode == 1
    assert "line 3: " in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
    messages.write_bytes(encode(said) + b"\n\n")
    done = sim("truth", "--messages", messages, *DAY, "--json")
    assert json.loads(done.stdout)["windows"] == 1
    assert sim("truth", "--messages", tmp_path / "none").returncode == 1


def test_what_cannot_be_written_is_1_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for command in (
        ("shop", "--as", "plan", "--out", tmp_path / "none/x"),
        ("shop", "--as", "plan", "--out", tmp_path),
        ("fleet", "--count", "1", "--out", file, *DAY),
    ):
        done = sim(*command)
        assert done.returncode == 1
        assert "failed: " in done.stderr
        assert "Traceback" not in done.stderr
    assert sim("shop", "--as", "clip").returncode == 2


def test_a_taken_port_is_1_with_the_systems_word(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = sim("camera", "--port", taken.getsockname()[1])
    assert done.returncode == 1
    assert "failed: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_without_its_scene_or_in_a_foreign_folder_touches_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    (tmp_path / "s.json").write_text("{}")
    for scene, says in (("none.json", "--scene: no such file"), ("s.json", "not empty and not a demo's")):
        done = sim("demo", "--dir", tmp_path, "--scene", tmp_path / scene)
        assert done.returncode == 1
        assert says in done.stderr
        assert kept.read_text() == "mine"


def test_a_reader_who_has_seen_enough_is_no_error_to_show() -> None:
    command = [sys.executable, "-m", "simulators", "shop", *DAY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert running.wait(timeout=60) == 1
        assert running.stderr.read() == b""
