"""Who may read what: tokens with their sites, in a file that is the owner's only and holds no token in clear."""

import hashlib
import json
import re
import secrets
from pathlib import Path
from typing import Any, NamedTuple

from hub import private

EVERY_SITE = "*"
RIGHTS = ("may_import", "may_read_comments", "may_write")  # off unless a token was made with them
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Grant(NamedTuple):
    """What the bearer of a token may do."""

    name: str
    sites: frozenset[str]
    may_import: bool = False
    may_read_comments: bool = False
    may_write: bool = False

    def reads(self, site: str) -> bool:
        """Whether the site is one of its own."""
        return site in self.sites or EVERY_SITE in self.sites


class TokenError(Exception):
    """A token cannot be made or revoked; the text says why."""


class Access:
    """The tokens in a file. Changes made by another process count from the next request on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._grants: dict[str, Grant] = {}

    def grant(self, token: str) -> Grant | None:
        """What a token allows; None for one that is not known."""
        self._refresh()
        # Looked up by its hash: how long that takes says nothing about the token.
        return self._grants.get(_hash(token))

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._grants = None, {}
            return
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            rows = _read(self._path)
            self._grants = {
                row["sha256"]: Grant(
                    row["name"], frozenset(row["sites"]), *(row.get(right) is True for right in RIGHTS)
                )
                for row in rows
            }
            self._stamp = stamp


def create(
    path: Path,
    name: str,
    sites: list[str],
    may_import: bool,
    at: str,
    *,
    may_read_comments: bool = False,
    may_write: bool = False,
) -> str:
    """A new token, which is shown this once; TokenError where the name is taken or no name."""
    if not _NAME.fullmatch(name):
        raise TokenError("a name has up to 64 letters, digits, dots, dashes and underscores")
    rows = _read(path)
    if any(row["name"] == name for row in rows):
        raise TokenError("there is a token of this name; revoke it first")
    token = secrets.token_urlsafe(32)
    row: dict[str, Any] = {"name": name, "sha256": _hash(token), "sites": sites, "created": at}
    row |= {"may_import": may_import, "may_read_comments": may_read_comments, "may_write": may_write}
    _write(path, [*rows, row])
    return token


def revoke(path: Path, name: str) -> None:
    """Make a token worthless from the next request on; TokenError where there is none of this name."""
    rows = _read(path)
    left = [row for row in rows if row["name"] != name]
    if len(left) == len(rows):
        raise TokenError("there is no token of this name")
    _write(path, left)


def listed(path: Path) -> list[dict[str, Any]]:
    """Name, sites, rights and day of making of each token."""
    return [{key: row.get(key) for key in ("name", "sites", *RIGHTS, "created")} for row in _read(path)]


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["tokens"]
        return [row for row in rows if {"name", "sha256", "sites"} <= row.keys()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TokenError(f"the file of tokens cannot be read ({type(error).__name__})") from None


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    private.write(path, json.dumps({"tokens": rows}, indent=1).encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
