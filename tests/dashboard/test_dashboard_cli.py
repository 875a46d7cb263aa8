"""The commands of instore-dashboard as a person types them, well and badly."""

import socket
import subprocess
from pathlib import Path

import pytest

from dashboard.__main__ import PLACES
from dashboard.data import reads
from dashboard.settings import HubTable, Settings, connected
from edge.settings import SettingsError
from tests import commands

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "hünter2"  # no token the hub ever makes


def dashboard(*arguments: object, cwd: Path = ROOT, **environ: str) -> "subprocess.CompletedProcess[str]":
    return commands.done("dashboard", *arguments, cwd=cwd, environ=environ)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder to stand in, on a machine without settings of its own."""
    if PLACES[0].exists():
        pytest.skip("this machine has settings of its own")
    return tmp_path


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("t0ken\n")
    return path


def test_the_settings_here_are_read_without_a_flag(here: Path, token: Path) -> None:
    (here / "dashboard.toml").write_text(f'[hub]\nurl = "http://127.0.0.1:9"\ntoken_file = "{token}"\n')
    done = dashboard("check", cwd=here)
    assert done.returncode == 1
    rows = {line[:12].strip(): line[12:].strip() for line in done.stdout.splitlines()}
    assert rows["token file"] == "ok"
    assert "cannot be reached" in rows["hub"]
    (here / "dashboard.toml").write_text("[hub]\nhunter = 1\n")
    assert "hub.hunter: unknown key" in dashboard("check", cwd=here).stderr


def test_run_without_a_token_is_78(here: Path) -> None:
    done = dashboard("run", cwd=here)
    assert (done.returncode, done.stderr) == (78, "instore-dashboard: hub.token_file: missing\n")
    # The environment and a flag are settings too, but neither of these is a token.
    done = dashboard("run", "--port", "8501", cwd=here, INSTORE_DASHBOARD__HUB__URL="http://127.0.0.1:9")
    assert done.returncode == 78


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[hub]\nhunter = 'hunter2'", "hub.hunter: unknown key"),
        ("hunter = 'hunter2'", "hunter: unknown key"),
        ("hub = 'hunter2'", "hub: expected `object`"),
        ("http = 'hunter2'", "http: expected `object`"),
        ("[hub]\nurl = 'ftp://hunter2'", "hub.url: "),
        ("[hub]\ntimeout_s = nan", "hub.timeout_s: "),
        ("[http]\nport = 0", "http.port: "),
        ("[http]\nport = 'hunter2'", "http.port: "),
        ("[page]\nlanguage = 'hunter2'", "page.language: not one of the values allowed"),
        ("hunter2", "file: not valid TOML"),
    ],
)
def test_wrong_settings_are_78_and_show_no_value(here: Path, text: str, says: str) -> None:
    config = here / "d.toml"
    config.write_text(text)
    for command in ("run", "check"):
        done = dashboard(command, "--config", config, cwd=here)
        assert done.returncode == 78
        assert f"instore-dashboard: {says}" in done.stderr
        assert "hunter2" not in done.stderr


def test_a_file_that_is_not_there_is_78(here: Path) -> None:
    done = dashboard("run", "--config", here / "none.toml", cwd=here)
    assert (done.returncode, "file: cannot be read" in done.stderr) == (78, True)


def test_wrong_usage_is_2() -> None:
    assert dashboard().returncode == 2
    assert dashboard("dance").returncode == 2
    assert dashboard("run", "--port", "x").returncode == 2


def unusable(tmp_path: Path) -> list[tuple[HubTable, str, str]]:
    junk = tmp_path / "hunter2.pem"
    junk.write_text("no certificate")
    return [
        (HubTable(url="http://hunter2:port"), "t0ken", "hub.url: "),
        (HubTable(url="http://xn--hunter2\u0080"), "t0ken", "hub.url: "),
        (HubTable(ca_file=str(junk)), "t0ken", "hub.ca_file: "),
        (HubTable(ca_file=str(tmp_path / "hunter2")), "t0ken", "hub.ca_file: "),
        (HubTable(), PASSWORD, "hub.token_file: "),
        (HubTable(), "hunter2\x00", "hub.token_file: "),
    ]


def test_what_leads_to_no_hub_is_named_and_not_shown(tmp_path: Path) -> None:
    token = tmp_path / "token"
    for table, secret, says in unusable(tmp_path):
        with pytest.raises(SettingsError) as caught:
            connected(table, secret)
        assert str(caught.value).startswith(says)
        assert "nter2" not in str(caught.value)
        token.write_text(secret)
        whole = Settings(hub=HubTable(url=table.url, ca_file=table.ca_file, token_file=str(token)))
        with pytest.raises(SettingsError):  # which a page says in words
            reads(whole)


def test_check_says_what_leads_to_no_hub(here: Path, token: Path) -> None:
    token.write_text(PASSWORD)
    for lines, says in (
        (f'token_file = "{token}"', "hub.token_file: "),
        ('url = "http://127.0.0.1:port"', "hub.url: "),
        (f'ca_file = "{here}/none.pem"', "hub.ca_file: "),
    ):
        (here / "dashboard.toml").write_text(f"[hub]\n{lines}\n")
        done = dashboard("check", cwd=here)
        assert done.returncode == 1
        assert says in done.stdout
        assert done.stderr == ""
        assert "nter2" not in done.stdout


def test_check_says_that_the_port_is_taken(here: Path, token: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        flags = ("--hub", "http://127.0.0.1:9", "--port", taken.getsockname()[1])
        done = dashboard("check", *flags, cwd=here, INSTORE_DASHBOARD__HUB__TOKEN_FILE=str(token))
    assert done.returncode == 1
    assert "port         Address already in use" in done.stdout
