"""How the places of a site change in time, from what its devices say: versions of each place, none ever rewritten.

A window counts by the version in which it begins. So a status that says something different of a place ends the
version that was valid and begins a new one at its own moment; what was measured before keeps the role, promise and
area that it was measured under.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from edge.values import COUNT_S

SINCE_EVER = 0.0  # before any window: what came before a device's first status has its role all the same

Owner = tuple[str, str]  # site, device
_Row = tuple[str, str, str, float]  # site, device, place, valid_from


class Drawn(NamedTuple):
    """A place as a plan draws it."""

    place: str
    kind: str
    role: str
    sensor: str
    promise_s: int | None
    area_m2: float | None
    outline_m: tuple[tuple[float, ...], ...] | None


class Said(NamedTuple):
    """What a status says of the places of its device, at its own moment in Unix seconds."""

    site: str
    device: str
    at: float
    epoch: str
    places: tuple[Drawn, ...]


class Version(NamedTuple):
    """A place as it was in [valid_from, valid_to), Unix seconds; None while it is valid. `said_at` is the moment of
    the status that began it: valid_from but for the first version of a place.
    """

    site: str
    device: str
    drawn: Drawn
    valid_from: float
    valid_to: float | None
    said_at: float

    @property
    def row(self) -> _Row:
        """What no other version has."""
        return self.site, self.device, self.drawn.place, self.valid_from

    @property
    def empty(self) -> bool:
        """Whether no window can begin in it, for windows begin at whole multiples of 5 minutes. Such a version is not
        kept once there is a newer one: devices that quarrel over a name or a place do not fill the table.
        """
        return self.valid_to is not None and -(-self.valid_from // COUNT_S) * COUNT_S >= self.valid_to


class Layout:
    """The newest version of each place, and when and in which epoch each device last said what it watches."""

    def __init__(self, versions: Iterable[Version], heard: Mapping[Owner, tuple[float, str]]) -> None:
        """`heard` is the moment and epoch of the newest status that the places of a device follow."""
        self.heard = dict(heard)
        self._stored: set[_Row] = set()
        self._changed: dict[_Row, Version | None] = {}
        self._newest: dict[Owner, dict[str, Version]] = {}  # by place
        self._valid: dict[tuple[str, str], Version] = {}  # by site and place
        for version in versions:
            self._stored.add(version.row)
            self._note(version)
        self._changed.clear()

    @property
    def gone(self) -> list[_Row]:
        """The stored versions that are not any more as they were."""
        return [row for row in self._changed if row in self._stored]

    @property
    def fresh(self) -> list[Version]:
        """The versions that are new, or as they are now."""
        return [version for version in self._changed.values() if version]

    def follow(self, said: Said) -> None:
        """Take a status in; one that is not newer than the newest of its device changes nothing.

        A place belongs to one device of the site: to the one that drew it last. A device that goes on saying what it
        said before another took the place over does not get it back; one that starts anew (a new epoch) does.
        """
        owner = (said.site, said.device)
        before, epoch = self.heard.get(owner, (None, ""))
        if before is not None and said.at <= before:
            return
        self.heard[owner] = (said.at, said.epoch)
        mine = self._newest.setdefault(owner, {})
        for drawn in said.places:
            known = mine.get(drawn.place)
            if known is None or known.drawn != drawn or (known.valid_to is not None and epoch != said.epoch):
                self._begin(said, drawn, known)
        for place in sorted(mine.keys() - {drawn.place for drawn in said.places}):
            self._end(mine[place], said.at)

    def _begin(self, said: Said, drawn: Drawn, known: Version | None) -> None:
        if known and self._end(known, said.at).empty:
            self._changed[known.row] = None
        other = self._valid.get((said.site, drawn.place))
        since = SINCE_EVER if known is None else said.at
        version = Version(said.site, said.device, drawn, since, None, said.at)
        # A status that lay somewhere for long, such as one the broker kept, takes nothing from a later one.
        if other and other.said_at > said.at:
            version = version._replace(valid_to=other.said_at)
        elif other:
            self._end(other, said.at)
        self._note(version)

    def _end(self, version: Version, at: float) -> Version:
        if version.valid_to is None or version.valid_to > at:
            version = version._replace(valid_to=at)
            self._note(version)
        return version

    def _note(self, version: Version) -> None:
        self._changed[version.row] = version
        self._newest.setdefault((version.site, version.device), {})[version.drawn.place] = version
        held = (version.site, version.drawn.place)
        if version.valid_to is None:
            self._valid[held] = version
        elif (valid := self._valid.get(held)) and valid.device == version.device:
            del self._valid[held]


def drawn_by(places: Iterable[Any]) -> tuple[Drawn, ...]:
    """The places of a status message."""
    return tuple(Drawn(p.id, p.kind, p.role, p.sensor, p.promise_s, p.area_m2, _outline(p.outline_m)) for p in places)


def version_of(row: Mapping[str, Any]) -> Version:
    """The version in a row of the table `place`."""
    fields = {name: row[name] for name in Drawn._fields} | {"outline_m": _outline(row["outline_m"])}
    until = row["valid_to"]
    return Version(
        row["site"],
        row["device"],
        Drawn(**fields),
        row["valid_from"].timestamp(),
        None if until is None else until.timestamp(),
        row["said_at"].timestamp(),
    )


def _outline(points: Iterable[Iterable[float]] | None) -> tuple[tuple[float, ...], ...] | None:
    return None if points is None else tuple(tuple(map(float, point)) for point in points)
