"""Settings of every program of the house: a TOML file, the environment over it, flags over both.

    flag > INSTORE_EDGE__BROKER__HOST > file > default

An error names the key and never the value. Secrets are not settings: a `*_file` key names the file that holds one.
How a program uses it:  convert(merged(table(path, "INSTORE_HUB", os.environ), flags), Settings)
"""

import sys
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct

from edge.plan import fault

Kind = TypeVar("Kind", bound=Struct)


class SettingsError(Exception):
    """The settings cannot be used (exit code 78); the text names the key and what is expected there."""


class Given(str):
    """A value out of the environment: text until `typed` knows what the setting wants."""

    __slots__ = ()


def load(
    kind: type[Kind],
    *,
    path: Path | None,
    prefix: str,
    environ: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
) -> Kind:
    """The settings of one program as one frozen value; SettingsError naming the key that is wrong."""
    return convert(merged(table(path, prefix, environ), flags or {}), kind)


def table(path: Path | None, prefix: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The TOML file with PREFIX__TABLE__KEY of the environment laid over it; no file gives the environment alone.

    A number in the name is a place in a list: INSTORE_EDGE__SENSORS__0__SOURCE_FILE. Values stay text (`Given`)
    until `convert` or `typed` knows their type.
    """
    found = _read(path) if path else {}
    start = f"{prefix}__"
    for name in sorted(environ):
        if name.startswith(start):
            keys = [key.lower() for key in name[len(start) :].split("__")]
            _lay(found, keys, Given(environ[name]), name)
    return found


def merged(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`under` with the flags of `over` laid over it, table by table; a flag that is None was not given."""
    result = dict(under)
    for key, value in over.items():
        if isinstance(value, Mapping):
            below = result.get(key)
            table = merged(below if isinstance(below, dict) else {}, value)
            # What is no table in the file stays, to be complained about, unless a flag replaces it.
            if table or below is None:
                result[key] = table
        elif value is not None:
            result[key] = value
    return result


def convert(given: dict[str, Any], kind: type[Kind]) -> Kind:
    """The table as a frozen `kind`; SettingsError naming the unknown, missing or mistyped key."""
    try:
        return msgspec.convert(typed(given, kind), kind)
    except msgspec.ValidationError as error:
        raise SettingsError(fault(str(error))) from None


def typed(given: Any, kind: Any) -> Any:
    """The table with every text of the environment turned into what `kind` wants there; the rest as it was."""
    kind = _bare(kind, given)
    if isinstance(given, Given):
        return _leaf(given, kind)
    if isinstance(given, dict):
        return {key: typed(value, _below(kind, key)) for key, value in given.items()}
    if isinstance(given, list):
        return [typed(value, _below(kind, None)) for value in given]
    return given


def secret(path: str | None, key: str) -> str | None:
    """The first line of the file that the setting `key` names; None where none is set, SettingsError if unusable."""
    if path is None:
        return None
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{key}: the file cannot be read ({type(error).__name__})") from None
    if not lines or not lines[0].strip():
        raise SettingsError(f"{key}: the file is empty")
    return lines[0].strip()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        # The library quotes the line's text now and then; where it is says enough.
        _, _, where = str(error).rpartition("(")
        raise SettingsError(
            f"file: not valid TOML ({where.rstrip(')') if where.startswith('at') else 'broken'})"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("file: not UTF-8") from None
    except OSError as error:
        raise SettingsError(f"file: cannot be read ({type(error).__name__})") from None


def _lay(found: Any, keys: list[str], value: Given, name: str) -> None:
    """Put an environment value in its place; `name` is only for the error."""
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        if isinstance(found, list):
            if not key.isdigit() or int(key) >= len(found):
                raise SettingsError(f"{name}: the file has no such entry in its list")
            place: Any = int(key)
        elif isinstance(found, dict):
            place = key
        else:
            raise SettingsError(f"{name}: a part of the name is a value, not a table")
        if following is None:
            found[place] = value
        elif isinstance(found, dict):
            found = found.setdefault(place, {})
        else:
            found = found[place]


def _bare(kind: Any, given: Any) -> Any:
    """The type without Annotated and, of a union, the member that a table or a list can be."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if isinstance(given, dict | list):
        for member in get_args(kind):
            if isinstance(given, dict) and isinstance(member, type) and issubclass(member, Struct):
                return member
    return kind


def _below(kind: Any, key: str | None) -> Any:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return next((f.type for f in msgspec.structs.fields(kind) if f.encode_name == key), Any)
    arguments = get_args(kind)
    if get_origin(kind) in (tuple, list):
        return arguments[0] if arguments else Any
    return arguments[1] if get_origin(kind) is dict else Any


def _leaf(text: Given, kind: Any) -> Any:
    if kind is Any:
        return str(text)
    try:
        return msgspec.to_builtins(msgspec.convert(str(text), kind, strict=False))
    except msgspec.ValidationError:
        pass
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return str(text)  # of the wrong type: convert says so and names the key


def unit(package: str) -> str:
    """The systemd unit that runs this program, from the package's own `instore-<package>.service`."""
    text = resources.files(package).joinpath(f"instore-{package}.service").read_text(encoding="utf-8")
    return text.replace("{program}", str(Path(sys.argv[0]).absolute()))
