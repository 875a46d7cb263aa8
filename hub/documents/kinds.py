"""What people may write: a struct a kind, checked whole; unknown keys are errors, texts and sizes are bounded."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.values import At, Name

_Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
_Title = Annotated[str, Meta(min_length=1, max_length=200)]
_Person = Annotated[str, Meta(max_length=80)]
_Note = Annotated[str, Meta(max_length=2000)]
_Factor = Annotated[float, Meta(gt=0, le=10)]
_People = Annotated[int, Meta(ge=0, le=100_000)]
_Metres = Annotated[float, Meta(ge=-1e4, le=1e4)]
_Pixels = Annotated[float, Meta(ge=-1e5, le=1e5)]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a document."""


class Action(_Part, frozen=True, kw_only=True):
    """Something that somebody does about a finding: what, why, who, until when, and what came of it."""

    what: _Title
    why: _Note = ""
    place: Name | None = None
    owner: _Person = ""
    due: date | None = None
    state: Literal["open", "doing", "done", "dropped"] = "open"
    trial: _Id | None = None
    verdict: _Note | None = None


class Trial(_Part, frozen=True, kw_only=True):
    """A change that is tried out. `how` = lot: on the days in `on`, which the lot drew from `seed`; staggered: for
    good, begun in one of `stores` after the other on days of `pool` that the lot drew, `first` the earliest; none:
    for good, of which no verdict can be given.
    """

    name: _Title
    metric: Literal["entries", "wait_p90", "within", "nps", "csat", "conversion"]
    place: Name | None = None
    first: date
    weeks: Annotated[int, Meta(ge=1, le=52)]
    seed: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    on: Annotated[tuple[date, ...], Meta(max_length=364)] = ()
    how: Literal["lot", "staggered", "none"] = "lot"
    stores: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    beside: Annotated[tuple[Name, ...], Meta(max_length=200)] = ()
    pool: Annotated[tuple[date, ...], Meta(max_length=100)] = ()
    note: _Note = ""


class Tally(_Part, frozen=True, kw_only=True):
    """What a person counted at a line, to be set beside what its sensor counted."""

    place: Name
    device: Name
    start: At
    end: At
    entries: _People
    exits: _People
    note: _Note = ""


class Correction(_Part, frozen=True, kw_only=True, rename={"since": "from"}):
    """By what counts of a line would have to be multiplied, with the interval. Nothing stored changes by it."""

    place: Name
    device: Name | None = None
    note: _Note = ""
    entries_factor: _Factor
    entries_low: _Factor
    entries_high: _Factor
    exits_factor: _Factor
    exits_low: _Factor
    exits_high: _Factor
    since: date
    based_on: Annotated[tuple[_Id, ...], Meta(max_length=100)] = ()
    state: Literal["proposed", "accepted", "withdrawn"] = "proposed"


class DevicePlan(_Part, frozen=True, kw_only=True):
    """A device's plan as its file would hold it."""

    device: Name
    toml: Annotated[str, Meta(min_length=1, max_length=100_000)]
    note: _Note = ""


class _FloorZone(_Part, frozen=True, kw_only=True):
    """A zone as it lies on the floor, in metres."""

    id: Name
    polygon: Annotated[tuple[tuple[_Metres, _Metres], ...], Meta(min_length=3, max_length=64)]


class Floor(_Part, frozen=True, kw_only=True):
    """The drawing of a floor: the picture in base64, its scale, where its origin lies in it, and the zones."""

    name: _Title
    image: Annotated[str, Meta(min_length=1, max_length=2_700_000)]
    metres_per_pixel: Annotated[float, Meta(gt=0, le=10)]
    origin_px: tuple[_Pixels, _Pixels] = (0.0, 0.0)
    zones: Annotated[tuple[_FloorZone, ...], Meta(max_length=500)] = ()
    note: _Note = ""


class Acknowledgement(_Part, frozen=True, kw_only=True):
    """Somebody has seen an alert: it is silent until it closes."""

    alert: _Id
    note: _Note = ""


KINDS: Mapping[str, type[Struct]] = {
    "action": Action,
    "trial": Trial,
    "count": Tally,
    "correction": Correction,
    "plan": DevicePlan,
    "floor": Floor,
    "acknowledgement": Acknowledgement,
}
