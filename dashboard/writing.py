"""What came of writing something into the hub: an action, a trial, a plan, an acknowledgement."""

from typing import Literal, NamedTuple


class Written(NamedTuple):
    """`version`: the number of what was written, None where nothing was; `why`: the hub's words, naming the key."""

    state: Literal["written", "conflict", "refused", "away", "failed"]
    version: int | None = None
    why: str = ""


REFUSED = Written("refused")
