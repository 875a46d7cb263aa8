"""The measured values of the wire contract: what may be said about a place and a stretch of time.

Nothing here can hold a person: only counts, sums, fixed bins and day totals, each with how long somebody looked.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

COUNT_S, STAY_S = 300, 900
K = 5
EDGES_S = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200)

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Text = Annotated[str, Meta(max_length=64)]
At = Annotated[datetime, Meta(tz=True)]
Number = Annotated[int, Meta(ge=-100_000, le=100_000)]
Amount = Annotated[int, Meta(ge=0, le=2**53)]
People = Annotated[float, Meta(ge=0, le=10_000)]
Bins = Annotated[tuple[Number, ...], Meta(min_length=22, max_length=22)]
Reason = Literal["n<5", "n<10", "n<30", "budget", "cannot"]


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every value carries. Its end is the message's; coverage = observed_s / (end - start).

    A measured field is None where it was not measured; with `withheld` set every measured field is None.
    """

    place: Name
    start: At
    observed_s: Amount
    withheld: Reason | None
    revision: Annotated[int, Meta(ge=0, le=255)]


class Count(Value, frozen=True, kw_only=True, tag="count"):
    """Crossings of one line in 5 minutes; at level dp in an hour, with noise that may bring them below zero."""

    entries: Number | None
    exits: Number | None
    groups: Number | None
    passers: Number | None


class Load(Value, frozen=True, kw_only=True, tag="load"):
    """People in one zone or queue in 15 minutes; the last four fields are a queue's."""

    mean: People | None
    max: Number | None
    joined: Number | None
    served: Number | None
    abandoned: Number | None
    tills_open: People | None


class Stat(Value, frozen=True, kw_only=True, tag="stat"):
    """Durations that ended in the window: n of them, `cut` of those ended unseen, bins by EDGES_S.

    Bin i counts [EDGES_S[i-1], EDGES_S[i]) seconds; the last is open. `left` is the time of those who gave up.
    At level dp every bin has noise, n is their sum, and nobody is told `cut` and `sum_s`.
    """

    of: Literal["dwell", "wait", "service", "left"]
    n: Number | None
    cut: Number | None
    sum_s: Annotated[int, Meta(ge=-(2**53), le=2**53)] | None
    bins: Bins | None


class Flow(Value, frozen=True, kw_only=True, tag="flow"):
    """One-step moves from `place` to `to` in a local day: a multiple of 5, at least 10."""

    to: Name
    n: Number | None


class Heat(Value, frozen=True, kw_only=True, tag="heat"):
    """Person-seconds on a camera's floor in a local day, as (column, row, person_s) of cell_m squares."""

    cells: Annotated[tuple[tuple[Number, Number, Amount], ...], Meta(max_length=4096)] | None
    cell_m: Annotated[float, Meta(ge=1, le=10)]


class Quality(Value, frozen=True, kw_only=True, tag="quality"):
    """How well a sensor did in a day: share of frames looked at, model, tag and camera totals."""

    looked: Annotated[float, Meta(ge=0, le=1)] | None
    model: Text | None
    tag_n: Number | None
    camera_n: Number | None
    matched: Number | None


AnyValue = Count | Load | Stat | Flow | Heat | Quality
