"""The door before every page: who has not signed in with a password gets the sign-in page and nothing else.

It stands before the page server itself: no page, no socket, no upload and no file is reached without a session.
"""

import asyncio
import logging
import time
from collections import deque
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.people import Person
from dashboard.proof import SESSION_S, cookie, proven, recognised
from dashboard.sign_in import form
from dashboard.users import people
from dashboard.words import Words, language_of
from edge.settings import SettingsError

COOKIE, SIGN_IN, SIGN_OUT = "instore_session", "/sign-in", "/sign-out"
_OURS, _OPEN = {SIGN_IN, SIGN_OUT}, {"/_stcore/health"}
_TRIES, _WITHIN_S, _LONGEST = 10, 60.0, 8192
_LOG = logging.getLogger("instore.gate")


class Gate:
    """The page server behind a door; `language` is the setting of the pages."""

    def __init__(self, app: ASGIApp, users_file: str, language: str) -> None:
        self._app, self._file, self._language = app, users_file, language
        self._failed: deque[float] = deque(maxlen=_TRIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or pass it on."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        known = self._known(HTTPConnection(scope))
        if scope["type"] == "websocket":
            if known:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 4401})
            return
        if known and scope["path"] not in _OURS:
            await self._app(scope, receive, send)
            return
        reply = await self._answer(Request(scope, receive))
        await reply(scope, receive, send)

    def _known(self, connection: HTTPConnection) -> Person | None:
        try:
            return recognised(people(self._file), connection.cookies.get(COOKIE), time.time())
        except SettingsError as error:  # a file that cannot be read lets nobody in
            _LOG.error("%s", error)
            return None

    async def _answer(self, request: Request) -> Response:
        if request.url.path == SIGN_OUT:
            gone = RedirectResponse(SIGN_IN, 303)
            gone.delete_cookie(COOKIE, path="/")
            return gone
        if request.url.path == SIGN_IN and request.method == "POST":
            return await self._sign_in(request)
        if request.url.path == SIGN_IN:
            return self._form(request)
        asks_for_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        return RedirectResponse(SIGN_IN, 303) if asks_for_page else Response("sign in first", 401)

    async def _sign_in(self, request: Request) -> Response:
        if not _same_host(request.headers):
            return Response("this form belongs to another page", 403)
        now = time.time()
        if len(self._failed) == _TRIES and now - self._failed[0] < _WITHIN_S:
            return self._form(request, "sign_in.wait", 429)
        given = parse_qs(await _body(request), keep_blank_values=True)
        name, password = (given.get(key, [""])[0] for key in ("name", "password"))
        try:
            held = people(self._file)
        except SettingsError:
            return Response("nobody can sign in now; the log says why", 503)
        person = await asyncio.to_thread(proven, held, name, password)
        if person is None:
            self._failed.append(now)
            _LOG.warning("somebody could not sign in")
            return self._form(request, "sign_in.wrong", 401)
        entered = RedirectResponse("/", 303)
        secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        value = cookie(held, person, now)
        entered.set_cookie(
            COOKIE, value, max_age=int(SESSION_S), path="/", httponly=True, samesite="lax", secure=secure
        )
        return entered

    def _form(self, request: Request, fault: str = "", status: int = 200) -> Response:
        words = Words(language_of(self._language, request.headers.get("accept-language")))
        body = form(words, words(fault) if fault else "")
        policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
        return HTMLResponse(body, status, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def _same_host(headers: Headers) -> bool:
    """Whether the form was sent by our own page, where the browser says so."""
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("x-forwarded-host", headers.get("host"))


async def _body(request: Request) -> str:
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > _LONGEST:
            return ""
    return found.decode("utf-8", "replace")
