"""Where messages go: instore/v1/<site>/<device>/<leaf>."""

import re
from typing import Literal

ROOT = "instore/v1"
Leaf = Literal["w", "live", "status", "ack"]

_TOPIC = re.compile(rf"{ROOT}/([a-z0-9][a-z0-9_-]{{0,31}})/([a-z0-9][a-z0-9_-]{{0,31}})/(w|live|status|ack)")


def topic(site: str, device: str, leaf: Leaf) -> str:
    """The topic of one kind of message of one device; `+` as site or device makes a subscription."""
    return f"{ROOT}/{site}/{device}/{leaf}"


def split(name: str) -> tuple[str, str, str] | None:
    """(site, device, leaf) of a topic, or None where it is none of ours."""
    match = _TOPIC.fullmatch(name)
    return (match[1], match[2], match[3]) if match else None
