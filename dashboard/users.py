"""The file of people on disk: read anew when it changes, written as a whole, its owner's only."""

import functools
import secrets
import tomllib
from pathlib import Path

import msgspec

from dashboard.people import EVERY_SITE, People, Person, Right
from dashboard.proof import hashed
from edge.settings import SettingsError, convert
from edge.toml import text
from hub import private

KEY = "sign_in.users_file"


def people(path: str) -> People:
    """The people in the file as it is now; SettingsError naming the key and what is wrong, never a value."""
    try:
        found = Path(path).stat()
    except OSError as error:
        raise SettingsError(f"{KEY}: {error.strerror or 'cannot be read'}") from None
    if found.st_mode & 0o077:
        raise SettingsError(f"{KEY}: others may read it; chmod 600")
    return _read(path, found.st_mtime_ns, found.st_size, found.st_ino)


@functools.lru_cache(maxsize=2)
def _read(path: str, *_: int) -> People:
    try:
        found = convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), People)
    except OSError as error:
        raise SettingsError(f"{KEY}: {error.strerror or 'cannot be read'}") from None
    except ValueError:
        raise SettingsError(f"{KEY}: not TOML") from None
    except SettingsError as error:
        raise SettingsError(f"{KEY}: {error}") from None
    if len({one.name.casefold() for one in found.people}) < len(found.people):
        raise SettingsError(f"{KEY}: two people of one name")
    return found


def put(path: str, name: str, sites: list[str], rights: list[Right], password: str) -> None:
    """Add a person, or replace the one of that name; an empty password is for people whom a provider signs in."""
    held = people(path) if Path(path).exists() else People(secret=secrets.token_urlsafe(48))
    kept = [one for one in held.people if one.name.casefold() != name.casefold()]
    proof = hashed(password, secrets.token_bytes(16)) if password else ""
    person = msgspec.convert(
        {"name": name, "sites": tuple(sites or [EVERY_SITE]), "rights": tuple(rights), "password": proof}, Person
    )
    _write(path, msgspec.structs.replace(held, people=(*kept, person)))


def remove(path: str, name: str) -> bool:
    """Take a person out; False where there is none of that name."""
    held = people(path)
    kept = tuple(one for one in held.people if one.name.casefold() != name.casefold())
    _write(path, msgspec.structs.replace(held, people=kept))
    return len(kept) < len(held.people)


def _write(path: str, found: People) -> None:
    private.write(Path(path), text(msgspec.to_builtins(found)).encode())
