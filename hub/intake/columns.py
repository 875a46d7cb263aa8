"""What the mappings of answers and of sales share: columns, times, names, errors that name the key."""

import re
from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

Header = Annotated[str, Meta(min_length=1, max_length=1000)]
_REPEATED_GROUP, _LONG, _MOST_LONG = re.compile(r"\)[*+{]"), re.compile(r"[*+]|\{\d*,\d*\}"), 4
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_Kind = TypeVar("_Kind")


class MappingError(Exception):
    """A mapping file cannot be used; the text names the key at fault."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all tables of a mapping share: frozen, by keyword, unknown keys refused."""


class When(Part, frozen=True, kw_only=True):
    """The time of an answer. `format`: `iso`, `excel` (days since 1899-12-30), `unix` (seconds or milliseconds since
    1970) or strptime patterns tried in turn.

    `zone` is for times written without an offset; `file` takes the zone the export itself names. A text listed in
    `unknown` is no time. `abbreviations` turns a last word such as CET into an offset such as +01:00; UTC, GMT+1 and
    the like are known.
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


class Source(Part, frozen=True, kw_only=True):
    """Where a name comes from: a constant, or a column, cut by `pattern` (first group) and translated by `values`.

    With `values` only the texts listed there are known; without, the text itself in lower case is the name.
    """

    constant: str | None = None
    column: Header | None = None
    values: dict[str, str] = {}
    pattern: str | None = None


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


def checked_source(
    key: str, source: Source, right: Callable[[str], bool] = lambda name: bool(_NAME.fullmatch(name))
) -> None:
    """MappingError where a source of names contradicts itself, or gives one that is not `right`."""
    if (source.constant is None) == (source.column is None):
        raise MappingError(f"{key}: needs either constant or column")
    checked_pattern(f"{key}.pattern", source.pattern)
    if source.constant is not None and not right(source.constant):
        raise MappingError(f"{key}.constant: not allowed here")
    if not all(map(right, source.values.values())):
        raise MappingError(f"{key}.values: a name that is not allowed here")


def checked_pattern(key: str, pattern: str | None) -> None:
    """MappingError where a pattern is no regular expression with a group, or may take for ever on some text.

    Time without bound comes from repeated groups and from many parts that may each be long.
    """
    try:
        if pattern is not None and (_REPEATED_GROUP.search(pattern) or len(_LONG.findall(pattern)) > _MOST_LONG):
            raise MappingError(f"{key}: a repeated group, or more than {_MOST_LONG} of * and +")
        if pattern is not None and re.compile(pattern).groups < 1:
            raise MappingError(f"{key}: needs one group")
    except re.error:
        raise MappingError(f"{key}: not a regular expression") from None
