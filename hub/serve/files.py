"""Files that readers hand in: answers and sales to take or to try, and the mappings that say what columns mean."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from hub.intake import suggesting
from hub.intake.sheets import SurveyError
from hub.intake.taking import Refusal, Taking
from hub.serve.access import Grant
from hub.serve.denied import Denied
from hub.serve.mappings import LARGEST as LARGEST_MAPPING
from hub.serve.mappings import Mappings, NameTaken
from hub.storage import answers, room
from hub.storage.store import Store

LARGEST_FILE = 50_000_000
_FLAGS = {"1": True, "0": False, "": False}


class Files:
    """What is done with a file for the bearer of a token with the right to import; may run in any thread."""

    def __init__(self, store: Store, taking: Taking | None = None, mappings: Mappings | None = None) -> None:
        self._store, self._taking, self._mappings = store, taking, mappings

    def take(self, grant: Grant, mapping: str, name: str, data: bytes, *, dry: bool, preview: bool) -> dict[str, Any]:
        """Store a file of answers, sales or cards and give its report; Denied where file or right is not right.

        `dry`: only say what would be stored, as `would_store`; `preview`: the same with the first 20 rows.
        """
        if self._taking is None:
            raise Denied(404, "this hub takes no files")
        rehearse = dry or preview
        if not rehearse and not room.enough(self._store.folder):
            raise Denied(503, "the disk is full")
        try:
            found = self._taking.read(mapping, name[:200], data)
            report = self._taking.put(self._store, found, grant.reads, rehearse=rehearse)
        except Refusal as error:
            raise Denied(422, str(error)) from None
        return report | {"preview": found.first()} if preview else report

    def suggest(self, name: str, data: bytes) -> dict[str, Any]:
        """A mapping to begin with for such a file as `toml`, with `?` at what its owner must decide."""
        try:
            return {"toml": suggesting.suggest(name[:200], data)}
        except SurveyError as error:
            raise Denied(422, str(error)) from None

    def mappings(self, grant: Grant) -> dict[str, Any]:
        """Every mapping with its source, and when and with how many answers of the bearer's sites it came last."""
        known = self._mappings.told() if self._mappings else []
        last = answers.arrivals(self._store.rows(answers.LAST), grant.reads)
        blank = {"last_at": None, "last_day": None, "rows": None}
        return {"mappings": [row | last.get((str(row["kind"]), str(row["source"])), blank) for row in known]}

    def mapping(self, name: str) -> dict[str, Any]:
        """The text of a mapping as `toml`; Denied 404 where there is none of this name."""
        if self._mappings is None or name not in self._mappings:
            raise Denied(404, "no such mapping")
        return {"name": name, "toml": self._mappings[name]}

    def save(self, name: str, data: bytes) -> dict[str, Any]:
        """Keep a mapping among the hub's own; Denied with the key at fault, and nothing is kept, where it is none."""
        if self._mappings is None:
            raise Denied(404, "this hub takes no mappings")
        try:
            return self._mappings.save(name, data)
        except NameTaken as error:
            raise Denied(409, str(error)) from None
        except Refusal as error:
            raise Denied(422, str(error)) from None


def add_files(app: FastAPI, bearer: Callable[[str | None], Grant], files: Files) -> None:
    """Let the application answer to /v1/answers, /v1/suggest and /v1/mappings, all with the right to import."""

    def importer(request: Request) -> Grant:
        grant = bearer(request.headers.get("authorization"))
        if not grant.may_import:
            raise Denied(403, "this token may not import")
        return grant

    @app.post("/v1/answers")
    async def take(request: Request) -> JSONResponse:
        grant, given = importer(request), request.query_params
        dry, preview = (_flag(given, key) for key in ("dry_run", "preview"))
        names = given.get("mapping", ""), given.get("name", "upload")
        data = await body(request, LARGEST_FILE)
        return JSONResponse(await run_in_threadpool(files.take, grant, *names, data, dry=dry, preview=preview))

    @app.post("/v1/suggest")
    async def suggest(request: Request) -> JSONResponse:
        importer(request)
        data = await body(request, LARGEST_FILE)
        return JSONResponse(await run_in_threadpool(files.suggest, request.query_params.get("name", "upload"), data))

    @app.get("/v1/mappings")
    def listed(request: Request) -> dict[str, Any]:
        return files.mappings(importer(request))

    @app.get("/v1/mappings/{name}")
    def mapping(name: str, request: Request) -> dict[str, Any]:
        importer(request)
        return files.mapping(name)

    @app.put("/v1/mappings/{name}")
    async def save(name: str, request: Request) -> JSONResponse:
        importer(request)
        data = await body(request, LARGEST_MAPPING)
        return JSONResponse(await run_in_threadpool(files.save, name, data))


async def body(request: Request, most: int) -> bytes:
    """The bytes that came with a request; Denied 413 as soon as they are more than `most`."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Denied(413, f"the file has more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _flag(given: Mapping[str, str], key: str) -> bool:
    value = _FLAGS.get(given.get(key, ""))
    if value is None:
        raise Denied(422, f"{key}: 1 or 0")
    return value
