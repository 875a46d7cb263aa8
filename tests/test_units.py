"""The systemd units of `config --unit`: systemd takes them, and they leave a program little to do harm with."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands import done
from tests.conftest import need

PROGRAMS = ("edge", "hub", "dashboard")


def unit(program: str) -> str:
    said = done(program, "config", "--unit")
    assert said.returncode == 0, said.stderr
    return said.stdout


@pytest.fixture(scope="module", params=PROGRAMS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("units") / f"instore-{request.param}.service"
    path.write_text(unit(request.param), encoding="utf-8")
    return path


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("systemd-analyze")
    need(found, "systemd-analyze")
    assert found
    return subprocess.run([found, *words], capture_output=True, text=True, check=False)


def test_systemd_knows_every_word_of_the_unit(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    command = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    written.write_text(text.replace(command, "ExecStart=/bin/true"), encoding="utf-8")
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(written))
    assert written.name not in done.stderr, done.stderr


def test_the_unit_exposes_little(written: Path) -> None:
    done = analyze("security", "--offline=true", "--threshold=25", str(written))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_unit_runs_this_very_program_and_restarts_it(program: str) -> None:
    lines = unit(program).splitlines()
    command = next(line for line in lines if line.startswith("ExecStart="))
    assert Path(command.removeprefix("ExecStart=").split()[0]).is_absolute()
    assert command.endswith(f"run --config /etc/instore/{program}.toml")
    assert {"Restart=always", "LimitCORE=0", "RestartPreventExitStatus=2 78"} <= set(lines)


@pytest.mark.parametrize("program", ["edge", "hub"])
def test_daemons_are_watched_by_their_progress(program: str) -> None:
    assert {"Type=notify", "WatchdogSec=60"} <= set(unit(program).splitlines())


def test_no_picture_reaches_the_swap() -> None:
    assert "MemorySwapMax=0" in unit("edge").splitlines()
