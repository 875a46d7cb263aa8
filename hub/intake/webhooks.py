"""Whether a call of a survey tool is from who it says, new, and of now: signatures, times and repeats."""

import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from edge.values import Name

LARGEST = 256_000
SHORTEST_SECRET = 16
# How long a call may be under way; in this time each is taken once. A tool that repeats a call signs it anew.
_CALL_S = 300
# Typeform signs no time, and calls for hours again where nobody answers: what stands in the body must be this new.
_ANSWER_S = 7 * 86_400

Reason = Literal["signature", "timestamp", "replayed"]


class Webhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A survey tool that calls: its name in the address, how it signs, the mapping of what it sends."""

    name: Name
    mapping: Annotated[str, Meta(min_length=1, max_length=100)]
    secret_file: str
    kind: Literal["instore", "typeform"] = "instore"


class _Response(Struct, frozen=True):
    submitted_at: datetime


class _Body(Struct, frozen=True):
    form_response: _Response


class Guard:
    """Decides on the calls of one webhook; remembers those of the last minutes."""

    def __init__(self, kind: Literal["instore", "typeform"], secret: bytes) -> None:
        self._kind, self._secret = kind, secret
        self._seen: set[bytes] = set()
        self._order: deque[tuple[float, bytes]] = deque()

    def refused(self, headers: Mapping[str, str], body: bytes, at: float) -> Reason | None:
        """Why a call that comes `at` (Unix seconds) is not taken; None where it is. Header names in lower case.

        `instore`: `x-instore-timestamp` in Unix seconds and `x-instore-signature`, "sha256=" and in hex the
        HMAC-SHA256 of the timestamp, a point and the body; taken once. `typeform`: `typeform-signature`, "sha256="
        and in base64 the HMAC-SHA256 of the body; the tool repeats it as it is, so a repeat is told by its token.
        """
        if self._kind == "typeform":
            if not _equal(signed_as_typeform(self._secret, body), headers.get("typeform-signature", "")):
                return "signature"
            return None if -_CALL_S <= at - _submitted(body) <= _ANSWER_S else "timestamp"
        stamp = headers.get("x-instore-timestamp", "")
        signature = signed(self._secret, stamp, body)
        if not _equal(signature, headers.get("x-instore-signature", "")):
            return "signature"
        if not (stamp.isascii() and stamp.isdigit() and abs(at - int(stamp)) <= _CALL_S):
            return "timestamp"
        return None if self._first(signature.encode(), at) else "replayed"

    def _first(self, signature: bytes, at: float) -> bool:
        # A timestamp may lie ahead by _CALL_S and is good for as long after it.
        while self._order and self._order[0][0] < at - 2 * _CALL_S:
            self._seen.discard(self._order.popleft()[1])
        if signature in self._seen:
            return False
        self._seen.add(signature)
        self._order.append((at, signature))
        return True


def signed(secret: bytes, stamp: str, body: bytes) -> str:
    """The signature of a call by Instore's own rule; the timestamp is part of what is signed."""
    return "sha256=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed_as_typeform(secret: bytes, body: bytes) -> str:
    """The signature of a call as Typeform makes it."""
    return "sha256=" + base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()


def _equal(wanted: str, given: str) -> bool:
    # Takes as long for a signature that is nearly right as for one that is all wrong.
    return hmac.compare_digest(wanted.encode(), given.encode())


def _submitted(body: bytes) -> float:
    """When the answer was given, in Unix seconds; never, where the body does not say."""
    try:
        return msgspec.json.decode(body, type=_Body).form_response.submitted_at.timestamp()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0.0
