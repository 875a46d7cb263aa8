"""From the bytes that somebody handed in to the text that is kept: checked whole, an error names the key."""

import base64
import binascii
import re
from datetime import timedelta
from typing import Any

import msgspec

from edge import plan
from edge.plan import PlanError, fault
from hub.documents.kinds import KINDS, Correction, DevicePlan, Floor, Tally, Trial
from hub.documents.lot import drawn, on_days
from hub.insight.trials import Switchback

LARGEST_IMAGE = 2_000_000
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_LONGEST_COUNT = timedelta(hours=12)


class DocumentError(Exception):
    """A document cannot be kept; the text names the key and what is expected there, never the value."""


def largest(kind: str) -> int:
    """How many bytes a document of a kind may have."""
    return 2_900_000 if kind == "floor" else 200_000


def checked(kind: str, site: str, data: bytes) -> str:
    """The document as JSON text with every key of its kind; DocumentError where it cannot be one of this site."""
    try:
        found = msgspec.json.decode(data, type=KINDS[kind])
    except msgspec.ValidationError as error:
        raise DocumentError(_said(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        where = re.search(r"byte \d+", str(error))
        raise DocumentError(f"body: not JSON{f' at {where[0]}' if where else ''}") from None
    _check(found, site)
    return msgspec.json.encode(found).decode()


def _check(found: Any, site: str) -> None:
    if isinstance(found, Trial):
        _check_trial(found)
    elif isinstance(found, Tally) and not timedelta(0) < found.end - found.start <= _LONGEST_COUNT:
        raise DocumentError("end: after start, and at most 12 hours later")
    elif isinstance(found, Correction):
        for key in ("entries", "exits"):
            low, factor, high = (getattr(found, f"{key}_{part}") for part in ("low", "factor", "high"))
            if not low <= factor <= high:
                raise DocumentError(f"{key}_factor: between {key}_low and {key}_high")
    elif isinstance(found, DevicePlan):
        _check_plan(found, site)
    elif isinstance(found, Floor):
        _check_floor(found)


def _check_trial(trial: Trial) -> None:
    if trial.place and trial.metric not in ("wait_p90", "within"):
        raise DocumentError("place: only for wait_p90 and within")
    try:
        plan = drawn(trial)
        days = on_days(plan) if isinstance(plan, Switchback) else ()
    except OverflowError:
        raise DocumentError("first: no calendar begins here") from None
    except ValueError as error:
        raise DocumentError(_short(str(error))) from None
    if tuple(sorted(trial.on)) != days:
        raise DocumentError("on: not the days that this seed draws; ask trial_plan")
    if trial.how == "staggered" and trial.first != min(trial.pool):
        raise DocumentError("first: the earliest day of pool")


def _check_plan(document: DevicePlan, site: str) -> None:
    """A plan must be one that the device would take, and hold nothing that is secret or of a person."""
    try:
        found = plan.parse(msgspec.toml.decode(document.toml, type=dict[str, Any]))
    except PlanError as error:
        raise DocumentError(f"toml: {_short(str(error))}") from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        line = re.search(r"line \d+", str(error))
        raise DocumentError(f"toml: not TOML at {line[0] if line else 'its end'}") from None
    if (found.site, found.device) != (site, document.device):
        raise DocumentError("toml: its site and device are not those of this document")
    for i, sensor in enumerate(found.sensors):
        if sensor.source and re.search(r"[@?]", sensor.source):
            raise DocumentError(f"toml: sensors[{i}].source: may hold a password; name a source_file")
    if found.radio and found.radio.tags:
        raise DocumentError("toml: radio.tags: addresses of tags stay on the device; name a tags_file")


def _check_floor(floor: Floor) -> None:
    try:
        image = base64.b64decode(floor.image, validate=True)
    except (binascii.Error, ValueError):
        raise DocumentError("image: not base64") from None
    if len(image) > LARGEST_IMAGE:
        raise DocumentError(f"image: more than {LARGEST_IMAGE} bytes")
    if not image.startswith(_PICTURES):
        raise DocumentError("image: neither PNG nor JPEG")
    ids = [zone.id for zone in floor.zones]
    if len(set(ids)) < len(ids):
        raise DocumentError("zones: an id is used twice")


def _said(text: str) -> str:
    said = fault(text)
    return _short(f"body: {said.removeprefix('file: ')}" if said.startswith("file: ") else said)


def _short(said: str) -> str:
    return said if len(said) <= 200 else f"{said[:200]}..."
