"""What people write: PUT /v1/documents/KIND/ID, each time a new version, with the right to write."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import unquote

import msgspec
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from hub.documents.checking import DocumentError, checked, largest
from hub.documents.kinds import KINDS
from hub.serve.access import Grant
from hub.serve.denied import Denied
from hub.serve.files import body
from hub.sites import Site
from hub.storage import alerts, documents, room
from hub.storage.documents import Full, VersionConflict
from hub.storage.store import Store

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VERSION = re.compile(r"[0-9]{1,9}")
_LONGEST_NAME = 80
_LOG = logging.getLogger("instore.api")


class Counter(Protocol):
    """What the endpoint needs to know of who asks."""

    store: Store
    clock: Callable[[], float]

    def bearer(self, header: str | None) -> Grant: ...

    def readable(self, grant: Grant, name: str) -> Site: ...


def add_documents(app: FastAPI, desk: Counter) -> None:
    """Let the application answer to PUT /v1/documents/KIND/ID."""

    @app.put("/v1/documents/{kind}/{id}")
    async def put(kind: str, id: str, request: Request) -> JSONResponse:
        grant = desk.bearer(request.headers.get("authorization"))
        if not grant.may_write:
            raise Denied(403, "this token may not write")
        site = desk.readable(grant, request.query_params.get("site", ""))
        version = _key(kind, id, request.query_params)
        by = _name(request.headers.get("x-instore-by"))
        data = await body(request, largest(kind))
        try:
            made = await run_in_threadpool(keep, desk, site.id, kind, id, version, by, data)
        except VersionConflict as error:
            return JSONResponse({"error": "version: somebody else wrote since", "version": error.version}, 409)
        _LOG.info("%s written with the token %s", kind, grant.name)
        return JSONResponse({"version": made})


def keep(desk: Counter, site: str, kind: str, id: str, version: int, by: str | None, data: bytes) -> int:
    """Check a document and keep it as the version after `version`; its number. Denied naming the key at fault."""
    if not room.enough(desk.store.folder):
        raise Denied(503, "the disk is full")
    try:
        text = checked(kind, site, data)
        with desk.store.write() as connection:
            at = desk.clock()
            if kind == "acknowledgement":
                alert = msgspec.json.decode(text)["alert"]
                if not alerts.acknowledge(connection, site, alert, at, by):
                    raise DocumentError("alert: none that is open at this site")
            return documents.put(connection, site, kind, id, version, at=at, by=by, body=text)
    except DocumentError as error:
        raise Denied(422, str(error)) from None
    except Full:
        raise Denied(422, f"id: there are {documents.MOST} of this kind already") from None


def _key(kind: str, id: str, given: Mapping[str, str]) -> int:
    if kind not in KINDS:
        raise Denied(404, "no such kind")
    if not _ID.fullmatch(id):
        raise Denied(422, "id: up to 64 small letters, digits, dashes and underscores")
    if unknown := given.keys() - {"site", "version"}:
        raise Denied(422, f"{min(unknown)[:40]}: unknown parameter")
    if not _VERSION.fullmatch(given.get("version", "")):
        raise Denied(422, "version: the number of the version that is replaced, 0 for a new one")
    return int(given["version"])


def _name(header: str | None) -> str | None:
    """Who wrote it: UTF-8, percent-encoded as in an address, since a header holds no other letters."""
    if header is None:
        return None
    try:
        name = unquote(header, errors="strict")
    except UnicodeDecodeError:
        raise Denied(422, "X-Instore-By: not percent-encoded UTF-8") from None
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Denied(422, f"X-Instore-By: 1 to {_LONGEST_NAME} characters")
    return name
