"""What a reader of the hub imports: named questions over HTTP, answered as Arrow tables."""

import logging
import re
import ssl
from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any, Self

import httpx
import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"

_QUESTION = re.compile(r"[a-z][a-z0-9_]{0,63}")


class HubAway(Exception):
    """The hub cannot be reached: it is off, restarting, or the network is down."""


class Refused(Exception):
    """The hub knows neither this token nor this site, or the token may not read the site."""


class Unanswered(Exception):
    """The hub is there but did not answer; the text says why."""


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

    def health(self) -> dict[str, Any]:
        """How the hub is; `ok` is false where it needs somebody. An unwell hub answers too."""
        return self._json("/health", {}, {503})

    def add_answers(self, mapping: str, name: str, data: bytes) -> dict[str, Any]:
        """Hand a file of survey answers to the running hub; returns the report of what was taken and left out."""
        params = {"mapping": mapping, "name": name}
        return self._document(self._send("POST", "/v1/answers", params, content=data))

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


def _text(name: str, value: str | int | float | datetime | date) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name}: a time needs its zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)
