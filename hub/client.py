"""What a reader of the hub imports: named questions over HTTP, answered as Arrow tables."""

import logging
import re
import ssl
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any, Self
from urllib.parse import quote

import httpx
import msgspec
import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"

_QUESTION = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FILE_S = 120.0  # a file of 50 MB is read and checked row by row


class HubAway(Exception):
    """The hub cannot be reached: it is off, restarting, or the network is down."""


class Refused(Exception):
    """The hub knows neither this token nor this site, or the token may not read the site."""


class Unanswered(Exception):
    """The hub is there but did not answer; the text says why."""


class Conflict(Exception):
    """Somebody else wrote the document in between; `version` is the newest there is."""

    def __init__(self, version: int) -> None:
        super().__init__("somebody else wrote since")
        self.version = version


class Hub:
    """One hub, read with one token; may be used from several threads at once. Close it, or use it with `with`."""

    def __init__(self, url: str, token: str, timeout: float = 5.0, ca_file: str | None = None) -> None:
        """ValueError naming the argument that cannot be used, and never what it holds."""
        # httpx logs every request with its full address; an address may hold what a log must not.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        token = token.strip()
        if not (token.isascii() and token.isprintable()):
            raise ValueError("token: holds characters that no token has")
        try:
            verify = ssl.create_default_context(cafile=ca_file)
        except OSError as error:  # also what the file holds: SSLError is one
            raise ValueError(f"ca_file: cannot be used ({type(error).__name__})") from None
        try:
            # The environment is not asked for a proxy: a question must go to the hub named and nowhere else.
            self._http = httpx.Client(
                base_url=url,
                timeout=timeout,
                verify=verify,
                trust_env=False,
                headers={"Authorization": f"Bearer {token}"} if token else {},
            )
        except (httpx.InvalidURL, UnicodeError):
            raise ValueError("url: not an address such as http://127.0.0.1:8750") from None

    def ask(self, question: str, **params: str | int | float | datetime | date) -> pa.Table:
        """The table that answers a named question; times go as UTC, a parameter that is None is left out.

        A datetime without a zone is refused with ValueError: it would be read as another hour elsewhere.
        """
        if not _QUESTION.fullmatch(question):
            raise Unanswered("no such question")
        sent = {name: _text(name, value) for name, value in params.items() if value is not None}
        reply = self._get(f"/v1/questions/{question}", sent, ARROW)
        try:
            with pa.ipc.open_stream(reply.content) as stream:
                return stream.read_all()
        except pa.ArrowInvalid:
            raise Unanswered("the answer is no Arrow stream: is there a hub at this address?") from None

    def live(self, site: str) -> dict[str, Any]:
        """What is known this very moment about a site: people in store and the newest value of each place."""
        return self._json("/v1/live", {"site": site})

    def version(self) -> int:
        """A number that grows with every commit that changes data: equal means that nothing is new."""
        return int(self._json("/v1/version", {})["version"])

    def kept(self) -> dict[str, Any]:
        """For how many days the hub keeps what, under the names of its settings."""
        return self._json("/v1/kept", {})

    def health(self) -> dict[str, Any]:
        """How the hub is; `ok` is false where it needs somebody. An unwell hub answers too."""
        return self._json("/health", {}, {503})

    def add_answers(
        self, mapping: str, name: str, data: bytes, *, dry_run: bool = False, preview: bool = False
    ) -> dict[str, Any]:
        """Hand a file of survey answers or sales to the running hub; the report of what was taken and left out.

        `dry_run`: only say what would be stored (`would_store`); `preview`: the same with the first 20 rows.
        """
        params = {"mapping": mapping, "name": name}
        params |= {key: "1" for key, wanted in (("dry_run", dry_run), ("preview", preview)) if wanted}
        return self._document(self._send("POST", "/v1/answers", params, content=data, timeout=_FILE_S))

    def suggest(self, name: str, data: bytes) -> str:
        """A mapping for files like this one, as TOML text with `?` where its owner must decide."""
        said = self._document(self._send("POST", "/v1/suggest", {"name": name}, content=data, timeout=_FILE_S))
        return str(said.get("toml", ""))

    def mappings(self) -> list[dict[str, Any]]:
        """The mappings that the hub knows: name, kind, source, own (it may be replaced), last_at, last_day, rows."""
        return list(self._json("/v1/mappings", {}).get("mappings", []))

    def mapping(self, name: str) -> str:
        """The TOML text of a mapping."""
        return str(self._json(f"/v1/mappings/{_mapping(name)}", {}).get("toml", ""))

    def save_mapping(self, name: str, toml: str) -> dict[str, Any]:
        """Keep a mapping at the hub under this name; its name, kind and source. Unanswered names the key at fault."""
        return self._document(self._send("PUT", f"/v1/mappings/{_mapping(name)}", {}, content=toml.encode()))

    def write(
        self, kind: str, id: str, *, site: str, version: int, body: Mapping[str, Any], by: str | None = None
    ) -> int:
        """Keep a document as the version after `version` (0: a new one); its number.

        `by` is the name of the person who wrote it, up to 80 characters. Conflict where `version` is not the newest;
        Unanswered names the key at fault.
        """
        if not (_ID.fullmatch(kind) and _ID.fullmatch(id)):
            raise Unanswered("id: up to 64 small letters, digits, dashes and underscores")
        # A header holds no letters beyond those of Latin-1.
        headers = {"X-Instore-By": quote(by)} if by else {}
        params = {"site": site, "version": str(version)}
        content = msgspec.json.encode(body)
        reply = self._send("PUT", f"/v1/documents/{kind}/{id}", params, {409}, content=content, headers=headers)
        said = self._document(reply)
        if reply.status_code == 409:
            raise Conflict(int(said.get("version", 0)))
        return int(said["version"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _json(self, path: str, params: dict[str, str], well: Collection[int] = ()) -> dict[str, Any]:
        return self._document(self._get(path, params, "application/json", well))

    @staticmethod
    def _document(reply: httpx.Response) -> dict[str, Any]:
        try:
            found = reply.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unanswered("the answer is no JSON object: is there a hub at this address?")
        return found

    def _get(self, path: str, params: dict[str, str], accept: str, well: Collection[int] = ()) -> httpx.Response:
        return self._send("GET", path, params, well, headers={"Accept": accept})

    def _send(
        self, method: str, path: str, params: dict[str, str], well: Collection[int] = (), **more: Any
    ) -> httpx.Response:
        try:
            reply = self._http.request(method, path, params=params, **more)
        except httpx.HTTPError as error:
            # The library's own text holds the address; the kind of failure is enough.
            raise HubAway(f"the hub cannot be reached ({type(error).__name__})") from None
        if reply.status_code in (401, 403):
            raise Refused(_reason(reply))
        if reply.is_error and reply.status_code not in well:
            raise Unanswered(_reason(reply))
        return reply


def _reason(reply: httpx.Response) -> str:
    try:
        return str(reply.json()["error"])[:300]
    except (ValueError, KeyError, TypeError):
        return f"status {reply.status_code}"


def _mapping(name: str) -> str:
    if not _ID.fullmatch(name):
        raise Unanswered("name: up to 64 small letters, digits, dashes and underscores")
    return name


def _text(name: str, value: str | int | float | datetime | date) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name}: a time needs its zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)
