from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct

from edge.plan import Plan, parse
from edge.settings import SettingsError, convert, load, merged, secret, table, typed


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    tls: bool = False
    ratio: float = 0.5
    kind: Literal["a", "b"] = "a"
    tags: dict[str, int] = {}
    name: str | None = None
    limit: int | None = None
    points: tuple[tuple[float, float], ...] = ()


class Whole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    broker: Part = Part()
    spare: Part | None = None
    parts: tuple[Part, ...] = ()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text('[broker]\nhost = "file"\nport = 1\n[[parts]]\nhost = "zero"\n[[parts]]\nhost = "one"\n')
    return path


def read(file: Path | None, environ: dict[str, str], flags: dict[str, Any] | None = None) -> Whole:
    return load(Whole, path=file, prefix="T", environ=environ, flags=flags)


def test_flag_over_environment_over_file_over_default(file: Path) -> None:
    assert read(None, {}) == Whole()
    assert read(file, {}).broker == Part(host="file", port=1)
    assert read(file, {"T__BROKER__HOST": "env"}).broker == Part(host="env", port=1)
    given = read(file, {"T__BROKER__HOST": "env"}, {"broker": {"host": "flag", "port": None}})
    assert given.broker == Part(host="flag", port=1)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("host", "1883", "1883"),
        ("host", "true", "true"),
        ("port", "1883", 1883),
        ("tls", "true", True),
        ("tls", "1", True),
        ("ratio", "2", 2.0),
        ("kind", "b", "b"),
        ("name", "12", "12"),
        ("limit", "12", 12),
        ("points", "[[1, 2.5], [3, 4]]", ((1.0, 2.5), (3.0, 4.0))),
        ("tags", "{a = 1}", {"a": 1}),
    ],
)
def test_the_environment_is_turned_into_what_the_setting_wants(key: str, text: str, value: object) -> None:
    assert getattr(read(None, {f"T__BROKER__{key.upper()}": text}).broker, key) == value
    spare = read(None, {f"T__SPARE__{key.upper()}": text}).spare
    assert spare
    assert getattr(spare, key) == value


def test_the_environment_reaches_into_lists(file: Path) -> None:
    parts = read(file, {"T__PARTS__1__PORT": "7", "OTHER__PARTS__0__PORT": "8", "T_X": "9"}).parts
    assert [(part.host, part.port) for part in parts] == [("zero", 1883), ("one", 7)]
    with pytest.raises(SettingsError, match="T__PARTS__2__PORT"):
        read(file, {"T__PARTS__2__PORT": "7"})
    with pytest.raises(SettingsError, match="T__BROKER__HOST__X"):
        read(file, {"T__BROKER__HOST__X": "7"})


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"T__BROKER__PORT": "hunter2"}, r"^broker\.port: expected `int`"),
        ({"T__BROKER__PORT": "70000"}, r"^broker\.port: "),
        ({"T__BROKER__KIND": "hunter2"}, r"^broker\.kind: "),
        ({"T__BROKER__HOTS": "hunter2"}, r"^broker\.hots: unknown key"),
        ({"T__HUNTER": "hunter2"}, r"^hunter: unknown key"),
        ({"T__PARTS": "hunter2"}, r"^parts: "),
    ],
)
def test_errors_name_the_key_and_never_the_value(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        read(None, environ)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ['password = "hunter2', "hunter2", 'a = "\\hunter2"', "[x]\na = 1\n[x]\nhunter2 = 1"]
)
def test_broken_toml_says_where_and_not_what(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"^file: not valid TOML") as caught:
        table(path, "T", {})
    assert "hunter2" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="file: cannot be read"):
        table(tmp_path / "none", "T", {})
    (tmp_path / "latin").write_bytes(b"a = '\xe4'")
    with pytest.raises(SettingsError, match="file: not UTF-8"):
        table(tmp_path / "latin", "T", {})


def test_values_of_the_file_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "typed.toml"
    path.write_text('[broker]\nport = "1883"\n')
    with pytest.raises(SettingsError, match=r"broker\.port: expected `int`"):
        convert(table(path, "T", {}), Whole)


def test_flags_lie_over_tables() -> None:
    under = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merged(under, {"a": {"b": 9}, "d": None, "e": 5}) == {"a": {"b": 9, "c": 2}, "d": 3, "e": 5}
    assert under == {"a": {"b": 1, "c": 2}, "d": 3}


def test_secrets_live_in_files(tmp_path: Path) -> None:
    path = tmp_path / "password"
    assert secret(None, "k") is None
    path.write_text("hunter2\nsecond line\n")
    assert secret(str(path), "k") == "hunter2"
    path.write_text("\n")
    with pytest.raises(SettingsError, match=r"^k: the file is empty"):
        secret(str(path), "k")
    with pytest.raises(SettingsError, match=r"^broker\.password_file: the file cannot be read"):
        secret(str(tmp_path / "none"), "broker.password_file")


def test_a_plan_takes_the_environment_too(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text('site="s"\ndevice="d"\ntimezone="UTC"\n[[sensors]]\nid="cam"\nkind="camera"\nsource="a"\n')
    environ = {"E__LEVEL": "strict", "E__SENSORS__0__FPS": "7", "E__BROKER__PORT": "99", "E__OUTBOX__DIR": "/x"}
    plan = parse(typed(table(path, "E", environ), Plan))
    assert (plan.level, plan.sensors[0].fps, plan.broker.port, plan.outbox.dir) == ("strict", 7.0, 99, "/x")
