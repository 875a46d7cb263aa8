"""The hub's HTTP: named questions, live values, survey files. No free SQL, no cookie, no page."""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from importlib.metadata import version as release
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from edge.settings import SettingsError
from hub.client import ARROW
from hub.intake.ingest import Ingest
from hub.intake.taking import Taking
from hub.serve import manual, metrics, questions
from hub.serve.access import Access, Grant, TokenError
from hub.serve.denied import Denied
from hub.serve.files import Files, add_files
from hub.serve.live import Board, text
from hub.serve.questions import BadQuestion
from hub.settings import Http
from hub.sites import today
from hub.storage.store import BROKEN, Store

_LOG = logging.getLogger("instore.api")


class Desk:
    """What the endpoints answer from; every method may run in any thread."""

    def __init__(
        self,
        store: Store,
        access: Access,
        board: Board,
        ingest: Ingest | None = None,
        taking: Taking | None = None,
        *,
        files: Files | None = None,
        clock: Callable[[], float] = time.time,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self.store, self.access, self.board, self.clock, self.failed = store, access, board, clock, failed
        self._ingest, self.files = ingest, files or Files(store, taking)

    def bearer(self, header: str | None) -> Grant:
        """What the bearer may do; Denied 401 where the token is missing or not known."""
        kind, _, token = (header or "").partition(" ")
        found = self.access.grant(token.strip()) if kind.lower() == "bearer" else None
        if found is None:
            raise Denied(401, "no token, or one that is not known")
        return found

    def answer(self, grant: Grant, question: str, raw: list[tuple[str, str]]) -> pa.Table:
        """The table that answers a question; Denied where it cannot be asked or not by this bearer."""
        at = self.clock()
        try:
            values = questions.parse(question, raw)
        except KeyError:
            raise Denied(404, "no such question") from None
        except BadQuestion as error:
            raise Denied(422, str(error)) from None
        site = self._readable(grant, values["site"]) if "site" in values else None
        if questions.QUESTIONS[question].verbatim:
            self._read_by(grant, question, values["site"])
        bucket = questions.calendar(question, site, values) if site else None
        found = self.store.ask(question, questions.bound(values, site, at), bucket)
        if question == "sites":
            mine = {name: site for name, site in self.store.sites.items() if grant.reads(name)}
            return questions.with_days(found, mine, at)
        return questions.QUESTIONS[question].finish(found)

    def _read_by(self, grant: Grant, question: str, site: str) -> None:
        """Denied where the bearer may not read what single people wrote; who did is logged, by the token's name."""
        if not grant.may_read_comments:
            _LOG.warning("%s of %s refused: the token %s has no right to them", question, site, grant.name)
            raise Denied(403, "this token may not read comments")
        _LOG.info("%s of %s read with the token %s", question, site, grant.name)

    def live(self, grant: Grant, name: str | None) -> dict[str, Any]:
        """The newest live values of a site and how many people should be in it."""
        site, at = self._readable(grant, name or ""), self.clock()
        _, start, end = today(site, at)
        span = questions.span(site.id, start, end)
        people = self.store.ask("in_store", span).to_pylist()
        kinds = {row["place"]: row["kind"] for row in self.store.ask("places", span).to_pylist()}
        value, as_of = (people[0]["people"], people[0]["as_of"].timestamp()) if people else (None, None)
        return {
            "site": site.id,
            "at": text(at),
            "in_store": {"value": value, "provisional": True, "as_of": None if as_of is None else text(as_of)},
            "places": self.board.places(site.id, kinds, at),
        }

    def health(self) -> dict[str, Any]:
        """How the hub itself is: nothing about a shop."""
        found: dict[str, Any] = {"ok": True, "at": text(self.clock()), "version": self.store.version}
        if self._ingest:
            found |= {
                "ok": self._ingest.alive and self._ingest.connected and not self._ingest.full,
                "ingest": self._ingest.alive,
                "broker": self._ingest.connected,
                "room": not self._ingest.full,
                "taken": self._ingest.taken,
                "repeats": self._ingest.repeats,
                "set_aside": self._ingest.bad,
                "refused": self._ingest.refused,
                "live_dropped": self._ingest.live_dropped,
                "twins": self._ingest.twins,
                "committed_at": None if self._ingest.committed_at is None else text(self._ingest.committed_at),
            }
        return found

    def measured(self) -> tuple[dict[str, Any], float | None]:
        """The health, and when devices' data was last committed in Unix seconds."""
        return self.health(), self._ingest.committed_at if self._ingest else None

    def _readable(self, grant: Grant, name: str) -> Any:
        site = self.store.sites.get(name)
        # The same words for a site that does not exist: who may not read it need not learn that either.
        if site is None or not grant.reads(name):
            raise Denied(403, "no such site for this token")
        return site


def application(desk: Desk) -> FastAPI:
    """The HTTP application."""
    # The framework's own pages of documentation would fetch scripts from the network.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _answer_errors(app, desk)
    _describe(app, desk)

    @app.get("/health")
    def health() -> JSONResponse:
        found = desk.health()
        return JSONResponse(found, 200 if found["ok"] else 503)

    @app.get("/v1/version")
    def version(request: Request) -> dict[str, int]:
        desk.bearer(request.headers.get("authorization"))
        return {"version": desk.store.version}

    @app.get("/v1/live")
    def live(request: Request) -> dict[str, Any]:
        grant = desk.bearer(request.headers.get("authorization"))
        return desk.live(grant, request.query_params.get("site"))

    @app.get("/v1/questions/{name}")
    def ask(name: str, request: Request) -> Response:
        grant = desk.bearer(request.headers.get("authorization"))
        found = desk.answer(grant, name, request.query_params.multi_items())
        return shaped(found, request.headers.get("accept", ""))

    add_files(app, desk.bearer, desk.files)
    return app


def _describe(app: FastAPI, desk: Desk) -> None:
    described = manual.openapi(release("instore"))

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(manual.page(described))

    @app.get("/openapi.json")
    def openapi() -> JSONResponse:
        return JSONResponse(described)

    @app.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics.exposition(*desk.measured()), media_type=CONTENT_TYPE_LATEST)


def shaped(found: pa.Table, accept: str) -> Response:
    """A table as an Arrow stream where that is asked for, else as JSON rows."""
    if ARROW in accept:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, found.schema) as stream:
            stream.write_table(found)
        return Response(sink.getvalue().to_pybytes(), media_type=ARROW)
    columns = {name: found.column(name).to_pylist() for name in found.column_names}
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return JSONResponse({"columns": list(columns), "rows": _plain(rows)})


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return value


def _answer_errors(app: FastAPI, desk: Desk) -> None:
    @app.exception_handler(Denied)
    def denied(request: Request, error: Denied) -> JSONResponse:
        return JSONResponse({"error": error.said}, error.status)

    @app.exception_handler(HTTPException)
    def unknown(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": str(error.detail).lower()}, error.status_code)

    @app.exception_handler(TokenError)
    def untrusted(request: Request, error: TokenError) -> JSONResponse:
        _LOG.error("%s", error)
        return JSONResponse({"error": "the hub could not answer"}, 500)

    @app.exception_handler(duckdb.Error)
    def broken(request: Request, error: duckdb.Error) -> JSONResponse:
        _LOG.error("a question failed (%s)", type(error).__name__, exc_info=error)
        if isinstance(error, BROKEN[:2]):
            desk.failed()
        return JSONResponse({"error": "the hub could not answer"}, 500)


@contextmanager
def serving(app: FastAPI, settings: Http) -> Iterator[int]:
    """Serve in a thread for the length of the block; gives the port. OSError naming http.port where it is taken."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.cert_file and Path(settings.cert_file),
        ssl_keyfile=settings.key_file,
        access_log=False,  # an address may hold what a log must not
        log_config=None,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"http.cert_file, http.key_file: cannot be used ({type(error).__name__})") from None
    server = uvicorn.Server(config)
    try:
        pipe = config.bind_socket()
    except SystemExit:
        raise OSError(EADDRINUSE, "taken, or http.host is no address of this machine", "http.port") from None
    # Head and body are two writes: else the second waits 40 ms for the reader to confirm the first.
    pipe.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [pipe]}, name="http", daemon=True)
    try:
        thread.start()
        yield int(pipe.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        pipe.close()
