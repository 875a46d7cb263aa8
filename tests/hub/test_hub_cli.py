"""The commands of instore-hub as a person types them."""

import json
import os
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet
import pytest

from edge.deliver.mqtt import Broker
from edge.settings import SettingsError
from hub.client import Hub, HubAway
from hub.commands import _flat
from hub.intake.sorting import sort
from hub.settings import Http, Settings, checked, loopback, read
from hub.sites import Site
from hub.storage.store import Store
from tests.commands import done

SITE = Site(id="s001", name="High Street", timezone="Europe/Berlin")


@pytest.fixture
def config(tmp_path, shared_broker):
    path = tmp_path / "hub.toml"
    path.write_text(
        f'state_dir = "{tmp_path}"\n[broker]\nport = {shared_broker}\n[http]\nport = {20_000 + os.getpid() % 9000}\n'
        '[[sites]]\nid = "s001"\nname = "High Street"\ntimezone = "Europe/Berlin"\n'
    )
    return path


def hub(config, *arguments, code=0):
    said = done("hub", *arguments, "--config", config)
    assert said.returncode == code, said.stderr
    return said.stdout


def test_the_sample_is_a_valid_configuration(tmp_path, config):
    path = tmp_path / "sample.toml"
    path.write_text(hub(config, "config"))
    assert read(path, {}).sites[0].id == "s001"
    bare = path.read_text().replace("\n# ", "\n").replace('ca_file = "/etc', '# ca_file = "/etc')
    given = [line for line in bare.splitlines() if line.split(" ")[0].endswith("_file")]
    assert len(given) == 7
    assert read(path, {"INSTORE_HUB__HTTP__PORT": "9999"}).http.port == 9999


def test_flags_may_stand_before_or_after_the_command(config):
    token = ("token", "create", "one", "--sites", "s001")
    for at in (0, 2, 3, len(token)):
        words = [*token[:at], "--config", str(config), "-v", *token[at:]]
        words[words.index("one")] = f"name-{at}"
        said = done("hub", *words)
        assert said.returncode == 0, said.stderr
    assert hub(config, "token", "list").count("name-") == 4
    assert done("hub", "check", "--config", "/nowhere/hub.toml").returncode == 78


def test_check_tries_broker_and_database(config):
    said = hub(config, "check")
    assert said.count(" ok ") == 4
    config.write_text(config.read_text().replace("port = ", "port = 1 #", 1))
    assert "FAIL" in hub(config, "check", code=1)


def test_an_answer_file_goes_in_and_a_question_comes_out(tmp_path, config):
    rows = [f"a{i},2026-06-10T1{i % 8}:00:00+02:00,s001,exit,{i % 11},{i % 5 + 1},{i % 7 + 1}," for i in range(40)]
    file = tmp_path / "survey.csv"
    file.write_text("\n".join(["id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment", *rows]))
    assert json.loads(hub(config, "import", file, "--mapping", "instore", "--dry-run", "--json"))["rows_scored"] == 40
    assert not (tmp_path / "hub.duckdb").exists()
    for _ in range(2):
        assert json.loads(hub(config, "import", file, "--mapping", "instore", "--json"))["rows_scored"] == 40
    span = ["--site", "s001", "--start", "2026-06-01T00:00:00Z", "--end", "2026-07-01T00:00:00Z"]
    text = hub(config, "export", "scores", *span)
    assert text.splitlines()[0].startswith('"score","n","value"')
    assert '"nps",40,' in text
    hub(config, "export", "scores", *span, "--out", tmp_path / "scores.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "scores.parquet").column("n").to_pylist() == [40, 40, 40]
    hub(config, "export", "nope", *span, code=1)
    hub(config, "import", file, "--mapping", "nope", code=1)


def test_an_import_can_be_looked_at_first(tmp_path, config):
    file = tmp_path / "survey.csv"
    rows = "".join(f"a{i},2026-06-10T10:00:00Z,s001,till,{i % 11},5,7,=1+1 jo@example.com\n" for i in range(30))
    file.write_text("id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment\n" + rows)
    seen = hub(config, "import", file, "--mapping", "instore", "--preview")
    assert seen.count("=1+1 [e-mail]") == 20
    assert not (tmp_path / "hub.duckdb").exists()
    text = hub(config, "import", file, "--suggest")
    assert 'id = "id"' in text
    assert "[nps]" in text
    hub(config, "import", file, code=1)
    hub(config, "import", file, "--mapping", "instore", "--details", file, code=1)


def test_sales_go_in_like_answers_and_come_out_as_a_question(tmp_path, config):
    file = tmp_path / "sales.csv"
    file.write_text(
        "site,hour,transactions,sales,returns,labour_hours,planned_hours\n"
        "s001,2026-06-10T10:00:00+02:00,6,120.5,1,2,2\ns001,2026-06-10T11:00:00+02:00,4,79.5,,2,2\n"
    )
    assert "2 added" in hub(config, "import", file, "--mapping", "sales")
    assert json.loads(hub(config, "import", file, "--mapping", "sales", "--json"))["stored"]["same"] == 2
    span = ["--site", "s001", "--start", "2026-06-10T00:00:00Z", "--end", "2026-06-11T00:00:00Z"]
    head, row = hub(config, "export", "sales", *span).splitlines()
    told = dict(zip(head.replace('"', "").split(","), row.split(","), strict=True))
    assert (told["transactions"], told["sales"], told["return_rate"], told["conversion"]) == (
        "10",
        "200",
        "0.16666666666666666",
        "",
    )


def test_an_export_holds_no_formula():
    texts = ["=cmd()", "+1", "-1", "@a", "\tx", "fine", "", None]
    flat = _flat(pa.table({"comment": texts, "n": pa.array(range(-4, 4)), "list": [[i] for i in range(8)]}))
    assert flat.column("comment").to_pylist() == ["'=cmd()", "'+1", "'-1", "'@a", "'\tx", "fine", "", None]
    assert flat.column("n").to_pylist()[0] == -4
    assert flat.column("list").to_pylist()[0] == "[0]"


def test_while_the_hub_runs_commands_go_over_http(tmp_path, config):
    token = tmp_path / "token"
    token.write_text(hub(config, "token", "create", "importer", "--sites", "s001", "--import"))
    file = tmp_path / "survey.csv"
    file.write_text(
        "id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment\n1,2026-06-10T10:00:00Z,s001,exit,9,5,6,\n"
    )
    settings = read(config, {})
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([sys.executable, "-m", "hub", "run", "--config", str(config)], stderr=log)
    try:
        with Hub(f"http://127.0.0.1:{settings.http.port}", token.read_text()) as asked:
            limit = time.monotonic() + 20
            while time.monotonic() < limit:
                try:
                    if asked.health()["ok"]:
                        break
                except HubAway:
                    time.sleep(0.2)
            hub(config, "import", file, "--mapping", "instore", "--token-file", token)
            assert asked.version() >= 1
        hub(config, "import", file, "--mapping", "instore", code=78)
        span = ["--site", "s001", "--start", "2026-06-01T00:00:00Z", "--end", "2026-07-01T00:00:00Z"]
        assert '"nps",1,' in hub(config, "export", "scores", *span, "--token-file", token)
        assert "the hub is running" in hub(config, "check")
        assert hub(config, "quarantine", "list") == ""
        assert "answer             1" in hub(config, "forget", "--site", "s001")
    finally:
        running.terminate()
        assert running.wait(timeout=20) == 0
    assert "leaked" not in (tmp_path / "log").read_text(), "the engine complains at the end of what is still held"


def test_tokens_are_made_listed_and_revoked(config):
    token = hub(config, "token", "create", "dash", "--sites", "s001").strip()
    assert len(token) == 43
    said = hub(config, "token", "list")
    assert "dash" in said
    assert token not in said
    hub(config, "token", "create", "dash", "--sites", "s001", code=1)
    hub(config, "token", "create", "other", "--sites", "s999", code=1)
    hub(config, "token", "revoke", "dash")
    hub(config, "token", "revoke", "dash", code=1)
    assert hub(config, "token", "list") == ""


def test_a_message_of_an_unknown_site_is_taken_once_the_site_is_known(tmp_path, config, hub_with_stranger):
    assert "unknown site" in hub(config, "quarantine", "list")
    assert hub(config, "quarantine", "retry").strip() == "0 taken, 1 left"
    more = '[[sites]]\nid = "s002"\nname = "New"\ntimezone = "Asia/Kathmandu"\n'
    config.write_text(config.read_text() + more)
    assert hub(config, "quarantine", "retry").strip() == "1 taken, 0 left"
    assert hub(config, "quarantine", "list") == ""
    with Store(tmp_path / "hub.duckdb", {}, 0.0) as store:
        assert store.rows("SELECT site, entries FROM count_15").to_pylist() == [{"site": "s002", "entries": 4}]


@pytest.fixture
def hub_with_stranger(tmp_path, shop):
    stranger, now = type(shop)(site="s002"), int(time.time()) // 300 * 300
    with Store(tmp_path / "hub.duckdb", {"s001": SITE}, now) as store:
        cursors = store.cursors()
        batch = sort([stranger.raw(stranger.window(now, stranger.count(now, 4)))], cursors, {"s001": SITE}, now)
        store.commit(batch, cursors, now)


def test_forget_says_what_it_deleted(config, hub_with_stranger):
    assert "quarantine         0" in hub(config, "forget", "--old")
    assert "quarantine         1" in hub(config, "forget", "--site", "s002")
    hub(config, "forget", code=2)


@pytest.mark.parametrize(
    ("host", "more", "well"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        ("hub.example", {}, False),
        ("0.0.0.0", {"behind_proxy": True}, True),
        ("0.0.0.0", {"cert_file": "a", "key_file": "b"}, True),
        ("127.0.0.1", {"cert_file": "a"}, False),
    ],
)
def test_the_hub_is_not_opened_to_a_network_bare(host, more, well):
    settings = Settings(sites=(SITE,), http=Http(host=host, **more))
    if well:
        assert checked(settings) is settings
    else:
        with pytest.raises(SettingsError, match=r"^http\."):
            checked(settings)
    assert loopback("127.1.2.3")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"host": "10.0.0.5"}, "broker.tls"),
        ({"host": "broker.example", "username": "hub"}, "broker.tls"),
        ({"host": "broker.example", "tls": True}, "broker.cert_file"),
        ({"host": "broker.example", "tls": True, "cert_file": "a"}, "broker.key_file"),
        ({"host": "broker.example", "tls": True, "username": "hub"}, None),
        ({"host": "broker.example", "ca_file": "c", "cert_file": "a", "key_file": "b"}, None),
        ({"host": "::1"}, None),
    ],
)
def test_a_broker_beyond_this_machine_is_spoken_to_under_tls_and_by_name(given, key):
    settings = Settings(sites=(SITE,), broker=Broker(**given))
    if key is None:
        assert checked(settings) is settings
    else:
        with pytest.raises(SettingsError, match=rf"^{key}: "):
            checked(settings)
