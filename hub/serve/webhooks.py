"""The addresses that survey tools call: POST /v1/webhooks/NAME, signed, small, each call taken once."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from edge.settings import SettingsError, secret
from hub.intake.taking import Refusal, Taking
from hub.intake.webhooks import LARGEST, SHORTEST_SECRET, Guard, Webhook
from hub.storage import room
from hub.storage.store import Store

_LOG = logging.getLogger("instore.webhooks")


class Hooks:
    """The webhooks of the settings; `take` may run in any thread."""

    def __init__(
        self, hooks: Iterable[Webhook], taking: Taking, store: Store, *, clock: Callable[[], float] = time.time
    ) -> None:
        """SettingsError where a secret cannot be read or is short, a name stands twice, or a mapping has no id."""
        self._taking, self._store, self._clock = taking, store, clock
        self._lock = threading.Lock()
        self._mappings: dict[str, str] = {}
        self._guards: dict[str, Guard] = {}
        # A name that is not known takes as long, and gets the same answer, as a signature that is wrong.
        self._nobody = Guard("instore", secrets.token_bytes(32))
        for i, hook in enumerate(hooks):
            if hook.name in self._guards:
                raise SettingsError(f"webhooks[{i}].name: used twice")
            if not taking.repeatable(hook.mapping):
                raise SettingsError(
                    f"webhooks[{i}].mapping: must exist and name an id, or a repeat would count twice"
                )
            key = secret(hook.secret_file, f"webhooks[{i}].secret_file") or ""
            if len(key) < SHORTEST_SECRET:
                raise SettingsError(f"webhooks[{i}].secret_file: fewer than {SHORTEST_SECRET} characters")
            self._guards[hook.name] = Guard(hook.kind, key.encode())
            self._mappings[hook.name] = hook.mapping

    def take(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, object]]:
        """The status and the answer to a call. What was stored is counted, and nothing more is said of it."""
        if not room.enough(self._store.folder):  # before the call counts as seen: it may come again
            return 503, {"error": "the disk is full"}
        guard = self._guards.get(name, self._nobody)
        with self._lock:
            reason = guard.refused(headers, body, self._clock())
        if reason is not None:
            known = name if name in self._guards else "a name that is none"
            _LOG.warning("a call of the webhook %s is refused: %s", known, reason)
            return (409 if reason == "replayed" else 401), {"error": reason}
        try:
            report = self._taking.take(self._store, self._mappings[name], name, body, lambda site: True)
        except Refusal as error:
            _LOG.warning("a call of the webhook %s cannot be read: %s", name, error)
            return 422, {"error": str(error)}
        return 200, {"stored": report["stored"]}


def add_webhooks(app: FastAPI, hooks: Hooks) -> None:
    """Let the application answer to POST /v1/webhooks/NAME."""

    @app.post("/v1/webhooks/{name}")
    async def hook(name: str, request: Request) -> JSONResponse:
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > LARGEST:
                return JSONResponse({"error": f"the body has more than {LARGEST} bytes"}, 413)
            parts.append(part)
        status, said = await run_in_threadpool(hooks.take, name, dict(request.headers), b"".join(parts))
        return JSONResponse(said, status)
