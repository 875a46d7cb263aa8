"""What a survey's columns mean: a mapping file (TOML) becomes frozen values.

One mapping per source. It says which column is the id, the time, the site, the scores and the comment, which rows do
not count, and which columns are personal. Faults in a mapping name the key, never the value that stands there.
"""

import re
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from edge.values import Name

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
Header = Annotated[str, Meta(min_length=1, max_length=1000)]
LAGS: dict[Channel, tuple[int, int] | None] = {"kiosk": (0, 300), "qr": (0, 3600), "email": None}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_Kind = TypeVar("_Kind")


class MappingError(Exception):
    """A mapping file cannot be used; the text names the key at fault."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all tables of a mapping share: frozen, by keyword, unknown keys refused."""


class When(_Part, frozen=True, kw_only=True):
    """The time of an answer. `format`: `iso`, `excel` (days since 1899-12-30) or strptime patterns tried in turn.

    `zone` is for times written without an offset; `file` takes the zone the export itself names. A text listed in
    `unknown` is no time. `abbreviations` turns a last word such as CET into an offset such as +01:00.
    """

    column: Header
    format: str | tuple[str, ...] = "iso"
    zone: str | None = None
    unknown: tuple[str, ...] = ()
    abbreviations: dict[str, Annotated[str, Meta(pattern=r"^[+-]\d\d:\d\d$")]] = {}

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats to try, in order."""
        return (self.format,) if isinstance(self.format, str) else self.format


class Source(_Part, frozen=True, kw_only=True):
    """Where a name comes from: a constant, or a column, cut by `pattern` (first group) and translated by `values`.

    With `values` only the texts listed there are known; without, the text itself in lower case is the name.
    """

    constant: str | None = None
    column: Header | None = None
    values: dict[str, str] = {}
    pattern: str | None = None


class Scale(_Part, frozen=True, kw_only=True):
    """A score column with `scale` steps from `lowest` up; the best `top` of them count as satisfied.

    `reversed`: as written the lowest is the best, and the stored value is turned round. `labels` gives the number
    of an answer text as written; `missing` lists texts that mean no answer; `pattern` cuts the number out.
    """

    column: Header
    scale: Annotated[int, Meta(ge=2, le=11)] = 5
    lowest: Annotated[int, Meta(ge=0, le=1)] = 1
    reversed: bool = False
    top: Annotated[int, Meta(ge=1, le=10)] = 2
    labels: dict[str, int] = {}
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


class Exclude(_Part, frozen=True, kw_only=True):
    """Rows that do not count, and why: the cell is one of `values`, starts with one of `starts`, is none of
    `unless`, or is empty. Letter case and outer space do not matter."""

    column: Header
    reason: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_ -]{0,31}$")]
    values: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    empty: bool = False


class Mapping(_Part, frozen=True, kw_only=True):
    """Everything one source's files need to be read. Columns by header text, by a second name, or as `#3`.

    `withheld` are words that no comment may keep, such as the names of the shop's staff.
    """

    source: Name
    site: Source
    channel: Source
    reader: Reader | None = None
    encoding: Literal["utf-8", "cp1252", "mac_roman", "utf-16"] | None = None
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


def converted(text: str, kind: type[_Kind]) -> _Kind:
    """The mapping of this kind in a TOML text, as it is written; MappingError names the key at fault."""
    try:
        return msgspec.convert(_filled(msgspec.toml.decode(text)), kind)
    except msgspec.ValidationError as error:
        raise MappingError(_where(str(error))) from None
    except msgspec.DecodeError as error:
        line = re.search(r"line \d+", str(error))
        raise MappingError(f"not TOML: {line[0] if line else 'unreadable'}") from None


_DEFAULTS = {"nps": {"scale": 11, "lowest": 0}, "ces": {"scale": 7, "top": 3}}


def _filled(table: dict[str, object]) -> dict[str, object]:
    for key, defaults in _DEFAULTS.items():
        part = table.get(key)
        if isinstance(part, dict):
            table[key] = {**defaults, **part}
    return table


def _where(text: str) -> str:
    place = re.search(r"`\$\.?([^`]*)`$", text)
    key = place[1] if place else ""
    field = re.search(r"(unknown|required) field `([^`]*)`", text)
    if field:
        return f"{key + '.' if key else ''}{field[2]}: {'unknown key' if field[1] == 'unknown' else 'missing'}"
    # Such a text names types, bounds and patterns; only the other kinds repeat what they found.
    kind = re.match(r"Expected (`.*) - at `", text)
    return f"{key or 'mapping'}: {'expected ' + kind[1] if kind else 'not allowed here'}"


def _check(mapping: Mapping) -> None:
    checked_source("site", mapping.site)
    checked_source("channel", mapping.channel, lambda name: name in LAGS)
    if mapping.touchpoint:
        checked_source("touchpoint", mapping.touchpoint)
    for key, scale in _scales(mapping):
        _pattern(f"{key}.pattern", scale.pattern)
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


def checked_source(
    key: str, source: Source, right: Callable[[str], bool] = lambda name: bool(_NAME.fullmatch(name))
) -> None:
    """MappingError where a source of names contradicts itself, or gives one that is not `right`."""
    if (source.constant is None) == (source.column is None):
        raise MappingError(f"{key}: needs either constant or column")
    _pattern(f"{key}.pattern", source.pattern)
    if source.constant is not None and not right(source.constant):
        raise MappingError(f"{key}.constant: not allowed here")
    if not all(map(right, source.values.values())):
        raise MappingError(f"{key}.values: a name that is not allowed here")


def _pattern(key: str, pattern: str | None) -> None:
    try:
        if pattern is not None and re.compile(pattern).groups < 1:
            raise MappingError(f"{key}: needs one group")
    except re.error:
        raise MappingError(f"{key}: not a regular expression") from None


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
