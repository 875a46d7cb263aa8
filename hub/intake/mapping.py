"""What a survey's columns mean: a mapping file (TOML) becomes frozen values.

One mapping per source. It says which column is the id, the time, the site, the scores and the comment, which rows do
not count, and which columns are personal. Faults in a mapping name the key, never the value that stands there.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, field

from edge.values import Name
from hub.intake.columns import (
    Header,
    MappingError,
    Part,
    Source,
    When,
    checked_pattern,
    checked_source,
    converted,
)
from hub.intake.letters import Encoding

Reader = Literal[
    "csv",
    "qualtrics",
    "surveymonkey",
    "limesurvey",
    "xlsx",
    "json",
    "ndjson",
    "typeform_webhook",
    "surveymonkey_api",
]
Channel = Literal["kiosk", "qr", "email"]
LAGS: dict[Channel, tuple[int, int] | None] = {"kiosk": (0, 300), "qr": (0, 3600), "email": None}


class Scale(Part, frozen=True, kw_only=True):
    """A score column with `scale` steps from `lowest` up; the best `top` of them count as satisfied.

    `reversed`: as written the lowest is the best, and the stored value is turned round. `labels` gives the number
    of an answer text as written; `missing` lists texts that mean no answer; `pattern` cuts the number out.
    """

    column: Header
    scale: Annotated[int, Meta(ge=2, le=11)] = 5
    lowest: Annotated[int, Meta(ge=0, le=1)] = 1
    reversed: bool = False
    top: Annotated[int, Meta(ge=1, le=10)] = 2
    labels: dict[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ("n/a", "na", "-", "null", "none")
    pattern: str | None = None

    @property
    def highest(self) -> int:
        """The last step of the scale."""
        return self.lowest + self.scale - 1

    @property
    def span(self) -> str:
        """The scale by its ends, such as 1-5; answers on different scales are never pooled."""
        return f"{self.lowest}-{self.highest}"


class Exclude(Part, frozen=True, kw_only=True):
    """Rows that do not count, and why: the cell is one of `values`, starts with one of `starts`, is none of
    `unless`, or is empty. Letter case and outer space do not matter."""

    column: Header
    reason: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_ -]{0,31}$")]
    values: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    empty: bool = False


class Mapping(Part, frozen=True, kw_only=True):
    """Everything one source's files need to be read. Columns by header text, by a second name, or as `#3`.

    `withheld` are words that no comment may keep, such as the names of the shop's staff.
    """

    source: Name
    site: Source
    channel: Source
    reader: Reader | None = None
    encoding: Encoding | None = None
    id: Header | tuple[Header, ...] | None = None
    repeats: Literal["drop", "keep"] = "drop"
    mash_s: Annotated[float, Meta(gt=0, le=600)] | None = None
    lag_s: tuple[Annotated[int, Meta(ge=0, le=86_400)], Annotated[int, Meta(ge=0, le=86_400)]] | None = None
    time: When | None = None
    touchpoint: Source | None = None
    nps: Scale | None = None
    csat: Scale | None = None
    ces: Scale | None = None
    comment: Header | None = None
    personal: tuple[Header, ...] = ()
    withheld: tuple[Annotated[str, Meta(min_length=3, max_length=100)], ...] = ()
    exclude: tuple[Exclude, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The columns that together make the id; none means a hash of the content."""
        return () if self.id is None else (self.id,) if isinstance(self.id, str) else self.id


def load(text: str) -> Mapping:
    """The mapping in a TOML text; MappingError names the key at fault.

    An `nps` table has 11 steps from 0 and a `ces` table 7 steps, best 3, unless it says otherwise.
    """
    mapping = converted(text, Mapping)
    _check(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    checked_source("site", mapping.site)
    checked_source("channel", mapping.channel, lambda name: name in LAGS)
    if mapping.touchpoint:
        checked_source("touchpoint", mapping.touchpoint)
    for key, scale in _scales(mapping):
        checked_pattern(f"{key}.pattern", scale.pattern)
        if scale.top >= scale.scale:
            raise MappingError(f"{key}.top: must be below {key}.scale")
        if any(not scale.lowest <= value <= scale.highest for value in scale.labels.values()):
            raise MappingError(f"{key}.labels: outside the scale")
    if mapping.nps and (mapping.nps.scale, mapping.nps.lowest) != (11, 0):
        raise MappingError("nps.scale: the scale of this score is 0 to 10")
    if not _scales(mapping):
        raise MappingError("nps, csat, ces: at least one is needed")
    if mapping.lag_s and mapping.lag_s[0] > mapping.lag_s[1]:
        raise MappingError("lag_s: the first must not be above the second")
    _check_time(mapping)
    _check_personal(mapping)


def _scales(mapping: Mapping) -> list[tuple[str, Scale]]:
    named = (("nps", mapping.nps), ("csat", mapping.csat), ("ces", mapping.ces))
    return [(key, scale) for key, scale in named if scale]


def _check_time(mapping: Mapping) -> None:
    if not mapping.time:
        if mapping.mash_s:
            raise MappingError("mash_s: needs a time table")
        return
    if mapping.time.zone not in (None, "file"):
        try:
            ZoneInfo(mapping.time.zone or "")
        except (KeyError, ValueError, OSError):
            raise MappingError("time.zone: no such time zone") from None


def _check_personal(mapping: Mapping) -> None:
    """A personal column may be named by an exclusion rule, which keeps nothing of it, and by nothing else."""
    personal = {name.casefold() for name in mapping.personal}
    named: list[tuple[str, str | None]] = [(f"{key}.column", scale.column) for key, scale in _scales(mapping)]
    named += [("id", name) for name in mapping.ids] + [("comment", mapping.comment)]
    named += [("site.column", mapping.site.column), ("channel.column", mapping.channel.column)]
    named += [("touchpoint.column", mapping.touchpoint.column if mapping.touchpoint else None)]
    for key, name in named:
        if name is not None and name.casefold() in personal:
            raise MappingError(f"{key}: the column is listed as personal")
