"""Passwords and cookies as values: who is recognised, and what ends a session."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.people import People, Person, viewer
from dashboard.proof import SESSION_S, cookie, hashed, proven, recognised
from dashboard.settings import Settings
from dashboard.signing import guarded
from dashboard.users import people, put, remove
from edge.settings import SettingsError, convert
from tests import commands

AT = 1.8e9
ANN = Person(name="ann", sites=("s001",), rights=("write",), password=hashed("correct horse", b"0123456789abcdef"))
EVE = Person(name="eve@example.com", sites=("*",))
HELD = People(secret="x" * 40, people=(ANN, EVE))


@pytest.mark.parametrize(
    ("name", "password", "found"),
    [
        ("ann", "correct horse", ANN),
        ("Ann", "correct horse", ANN),
        ("ann", "correct horsE", None),
        ("ann", "", None),
        ("bob", "correct horse", None),
        ("eve@example.com", "", None),  # whom a provider signs in has no password, not an empty one
        ("ann", "\x00" * 5000, None),
    ],
)
def test_who_a_password_lets_in(name: str, password: str, found: Person | None) -> None:
    assert proven(HELD, name, password) == found


def test_a_session_lasts_and_ends() -> None:
    text = cookie(HELD, ANN, AT)
    assert recognised(HELD, text, AT + SESSION_S) == ANN
    assert recognised(HELD, text, AT + SESSION_S + 1) is None
    assert recognised(HELD, text, AT - 301) is None
    assert recognised(People(secret="y" * 40, people=HELD.people), text, AT) is None
    assert recognised(People(secret=HELD.secret, people=(EVE,)), text, AT) is None
    changed = msgspec.structs.replace(ANN, password=hashed("another one", b"0123456789abcdef"))
    assert recognised(People(secret=HELD.secret, people=(changed,)), text, AT) is None


def test_rights_that_changed_count_at_once() -> None:
    less = msgspec.structs.replace(ANN, sites=("s002",), rights=())
    person = recognised(People(secret=HELD.secret, people=(less,)), cookie(HELD, ANN, AT), AT)
    assert person is not None
    assert (viewer(person).sites, viewer(person).may_write) == (frozenset({"s002"}), False)


@given(some.text())
def test_no_text_is_a_cookie(text: str) -> None:
    assert recognised(HELD, text, AT) is None


@given(some.data())
def test_a_cookie_with_another_sign_is_none(data: some.DataObject) -> None:
    text = cookie(HELD, ANN, AT)
    at = data.draw(some.integers(0, len(text) - 2))  # the last sign carries two bits that do not count
    other = data.draw(some.sampled_from([sign for sign in "Az09-_." if sign != text[at]]))
    assert recognised(HELD, text[:at] + other + text[at + 1 :], AT) is None


def test_what_a_viewer_may() -> None:
    assert viewer(EVE).sites is None
    assert viewer(EVE)[2:] == (False, False, False)
    assert viewer(ANN).may_write
    assert not viewer(ANN).sees("s002")


def test_the_file_is_its_owners_and_holds_no_password(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    put(str(path), "ann", ["s001"], ["write"], "correct horse")
    put(str(path), "bob", [], [], "battery staple")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "horse" not in path.read_text()
    assert [one.name for one in people(str(path)).people] == ["ann", "bob"]
    put(str(path), "Ann", ["s002"], [], "another one")
    assert proven(people(str(path)), "ann", "correct horse") is None
    assert remove(str(path), "bob")
    assert not remove(str(path), "bob")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="others may read"):
        people(str(path))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("secret = 3", "secret"),
        ("secret = ", "not TOML"),
        (f'secret = "{"x" * 40}"\n[[people]]\nname = "a b"\nsites = []', "name"),
        (f'secret = "{"x" * 40}"\n[[people]]\nname = "a"\nsites = []\nrights = ["all"]', "rights"),
        (f'secret = "{"x" * 40}"\n' + '[[people]]\nname = "a"\nsites = []\n' * 2, "two people"),
    ],
)
def test_a_damaged_file_lets_nobody_in_and_says_where(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "people.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=f"sign_in.users_file.*{fault}"):
        people(str(path))


def check(given: dict[str, object]) -> None:
    settings = convert(given, Settings)
    guarded(settings.sign_in, settings.http.host)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"http": {"host": "0.0.0.0"}}, "sign_in.kind"),
        ({"http": {"host": "192.168.1.7"}}, "sign_in.kind"),
        ({"http": {"host": "shop.example"}}, "sign_in.kind"),
        ({"sign_in": {"kind": "password"}}, "sign_in.users_file"),
        ({"sign_in": {"kind": "oidc", "users_file": "x"}}, "sign_in.metadata_url"),
    ],
)
def test_pages_beyond_this_machine_ask_who_is_there(given: dict[str, object], key: str) -> None:
    with pytest.raises(SettingsError, match=key):
        check(given)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_no_sign_in(host: str) -> None:
    check({"http": {"host": host}})


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "d.toml"
    config.write_text(f'[sign_in]\nusers_file = "{tmp_path}/people.toml"\n')
    for words, said in (
        (("add",), "name: missing"),
        (("add", "a", "--rights", "everything"), "--rights"),
        (("add", "a b"), "without blanks"),
        (("add", "a"), "at least 10"),
    ):
        found = commands.done("dashboard", "user", *words, "--config", config)
        assert (found.returncode, said in found.stderr) == (2, True), found.stderr
    found = commands.done("dashboard", "user", "add", "eve@example.com", "--provider", "--config", config)
    assert found.returncode == 0, found.stderr
    found = commands.done("dashboard", "user", "list", "--config", config)
    assert found.stdout.split("\t") == ["eve@example.com", "*", "", "-\n"]
    assert commands.done("dashboard", "user", "remove", "x", "--config", config).returncode == 1
