"""The hub's HTTP: named questions, live values, survey files. No free SQL, no cookie, no page."""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from importlib.metadata import version as release
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from edge.settings import SettingsError
from hub.client import ARROW
from hub.serve import manual, metrics
from hub.serve.access import TokenError
from hub.serve.denied import Denied
from hub.serve.desk import Desk
from hub.serve.documents import add_documents
from hub.serve.files import add_files
from hub.settings import Http
from hub.storage.store import BROKEN

_LOG = logging.getLogger("instore.api")


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

    @app.get("/v1/kept")
    def kept(request: Request) -> dict[str, int]:
        desk.bearer(request.headers.get("authorization"))
        return msgspec.structs.asdict(desk.retention)

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
    add_documents(app, desk)
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
