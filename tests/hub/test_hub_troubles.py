"""What a person at the command line of the hub is told when something is wrong: one line, no traceback, no value."""

import logging
import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime

import duckdb
import pytest

from edge.settings import SettingsError
from hub.__main__ import main
from hub.check import reached
from hub.intake.sorting import sort
from hub.serve import questions
from hub.settings import PLACES, Http, Settings, read
from hub.sites import Site
from hub.storage.store import Store, StoreError
from tests.commands import done

SITE = Site(id="s001", name="High Street", timezone="Europe/Berlin")
SPAN = ("--site", "s001", "--start", "2026-06-09T00:00:00Z", "--end", "2026-06-11T00:00:00Z")
BLOCK = 262_144


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "hub.toml"
    path.write_text(
        f'state_dir = "{tmp_path}"\n[broker]\nport = 9\n[http]\nport = 9\n'
        '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
    )
    return path


@pytest.fixture
def hub(capsys):
    """Runs a command in this process and gives what it says on stderr; never a traceback."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)

    def said(*arguments, code):
        assert main([str(argument) for argument in arguments]) == code
        text = capsys.readouterr().err
        assert "Traceback" not in text
        return text

    yield said
    root.handlers[:], (sys.excepthook, threading.excepthook) = handlers, hooks
    root.setLevel(level)


def run(config, **environ):
    """What `instore-hub run` says on stderr before it ends with 1; never a traceback."""
    said = done("hub", "run", "--config", config, environ=environ)
    assert said.returncode == 1, said.stderr
    assert "Traceback" not in said.stderr
    return said.stderr


def test_a_taken_port_is_1_and_named(config):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = run(config, INSTORE_HUB__HTTP__PORT=str(taken.getsockname()[1]))
    assert "http.port: taken" in said


@pytest.fixture
def held(tmp_path):
    """The database is open in another process, as it is while a hub runs."""
    code = "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print(); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path / "hub.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        yield
        holder.communicate(timeout=20)


def test_a_second_hub_on_one_database_is_1_and_told_so(config, held):
    assert "the database is held by another process: is the hub running?" in run(config)


def test_a_command_beside_a_running_hub_wants_a_token(tmp_path, config, held, hub):
    assert "held by another process" in hub("quarantine", "list", "--config", config, code=1)
    assert "--token-file: the hub is running" in hub("export", "sites", "--config", config, code=78)
    token = tmp_path / "token"
    asked = ("export", "sites", "--token-file", token, "--config", config)
    assert "--token-file: the file cannot be read" in hub(*asked, code=78)
    token.write_text("hünter2")
    assert "--token-file: holds characters that no token has" in hub(*asked, code=78)
    token.write_text("t0ken")
    assert "cannot be reached" in hub(*asked, code=1)


@pytest.mark.parametrize("name", ["none.csv", ""])
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_file_of_answers_that_cannot_be_read_is_1(tmp_path, config, name, more, hub):
    file = tmp_path / name
    said = hub("import", file, "--mapping", "instore", *more, "--config", config, code=1)
    assert f"{file}: " in said


def test_an_export_that_cannot_be_written_is_1(tmp_path, config, hub):
    for out in (tmp_path / "none/x.csv", tmp_path / "none/x.parquet", tmp_path):
        hub("export", "visitors", *SPAN, "--out", out, "--config", config, code=1)


def test_a_question_that_cannot_be_asked_is_1(config, hub):
    assert "no such question" in hub("export", "nope", *SPAN, "--config", config, code=1)
    assert "start: a time with its zone" in hub(
        "export", "visitors", "--site", "s001", "--start", "hunter2", "--end", "x", "--config", config, code=1
    )
    assert "end: missing" in hub(
        "export", "visitors", "--site", "s001", "--start", "2026-06-09T00:00:00Z", "--config", config, code=1
    )


@pytest.mark.parametrize("content", [b"junk", b"", b"nonsense" * 40_000])
def test_a_file_that_is_no_database_is_1_for_every_command(tmp_path, config, content, hub):
    (tmp_path / "hub.duckdb").write_bytes(content)
    for command in (("export", "sites"), ("quarantine", "list"), ("forget", "--old"), ("check",)):
        assert "Traceback" not in hub(*command, "--config", config, code=1)


def test_a_database_with_a_damaged_block_is_1_and_shows_no_path(tmp_path, config, shop, hub):
    path, now = tmp_path / "hub.duckdb", 1781114400
    whole = filled(path, shop, now)
    for start in range(12_288, len(whole), BLOCK):
        path.write_bytes(whole[: start + 100] + os.urandom(3000) + whole[start + 3100 :])
        if opens_but_fails(path, now):
            break
        path.with_name("hub.duckdb.wal").unlink(missing_ok=True)
    else:
        pytest.fail("no block was found whose loss is seen only when it is read")
    said = hub("export", "visitors", *SPAN, "--config", config, code=1)
    assert "the database failed (" in said
    assert str(tmp_path) not in said


def filled(path, shop, now):
    windows = (shop.window(now - 300 * i, shop.count(now - 300 * i, i % 7)) for i in range(300, 0, -1))
    raw = [shop.raw(shop.status(now), "status"), *map(shop.raw, windows)]
    with Store(path, {"s001": SITE}, now) as store:
        cursors = store.cursors()
        store.commit(sort(raw, cursors, {"s001": SITE}, now), cursors, now)
    return path.read_bytes()


def opens_but_fails(path, now):
    span = {"start": datetime.fromtimestamp(now - 172_800, UTC), "end": datetime.fromtimestamp(now, UTC)}
    values = {"site": "s001", **span}
    try:
        with Store(path, {"s001": SITE}, now) as store:
            store.ask("visitors", questions.bound(values, SITE, now), questions.calendar("visitors", SITE, values))
    except StoreError:
        return False
    except duckdb.Error:
        return True
    return False


def test_the_settings_here_are_read_without_a_flag(tmp_path, config, hub, monkeypatch):
    if PLACES[0].exists():
        pytest.skip("this machine has settings of its own")
    monkeypatch.chdir(tmp_path)
    hub("token", "create", "one", "--sites", "s001", code=0)
    assert (tmp_path / "tokens.json").exists()
    config.write_text("hunter = 1\n")
    assert "hunter: unknown key" in hub("token", "list", code=78)


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_settings_may_be_named_before_and_after_the_command(config, where, hub):
    config.write_text(config.read_text().replace("[http]", "[http]\nhunter = 'hunter2'"))
    flag, command = ("--config", config), ("quarantine", "list")
    said = hub(*flag, *command, code=78) if where == "before" else hub(*command, *flag, code=78)
    assert "http.hunter: unknown key" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sites = 1", "sites: expected `array`"),
        ("", "sites: missing"),
        ('[[sites]]\nid = "s001"\nname = "A"\ntimezone = "Hunter/Town"', "sites[0].timezone: not a name"),
        ('[[sites]]\nid = "s001"\nname = "A"\ntimezone = "Europe"', "sites[0].timezone: not a name"),
        ('[[sites]]\nid = "Hunter 2"\nname = "A"\ntimezone = "UTC"', "sites[0].id: "),
        ('[[sites]]\nid = "s001"\nname = "A"\ntimezone = "UTC"\nday_starts = "04:20"', "sites[0].day_starts: "),
    ],
)
def test_wrong_settings_name_the_key_and_show_no_value(tmp_path, text, says):
    path = tmp_path / "hub.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read(path, {})
    assert str(caught.value).startswith(says)
    assert "unter" not in str(caught.value)


def test_a_certificate_that_is_none_is_named_and_not_shown(tmp_path):
    junk = tmp_path / "hunter2.pem"
    junk.write_text("no certificate")
    for file in (junk, tmp_path / "hunter2.none"):
        with pytest.raises(SettingsError, match=r"^http\.cert_file: ") as caught:
            reached(Settings(sites=(SITE,), http=Http(cert_file=str(file), key_file=str(file))), "t0ken")
        assert "hunter2" not in str(caught.value)


def test_where_the_running_hub_is_asked():
    for host, url in (
        ("0.0.0.0", "http://127.0.0.1:8750"),
        ("::", "http://127.0.0.1:8750"),
        ("::1", "http://[::1]:8750"),
    ):
        with reached(Settings(sites=(SITE,), http=Http(host=host, behind_proxy=True)), "") as asked:
            assert str(asked._http.base_url) == url
