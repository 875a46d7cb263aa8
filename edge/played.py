"""What comes of a recording: people in, moment after moment; facts, messages, audit lines and figures out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from edge.measure.audit import Entry, WithStaff, entries
from edge.measure.days import within_hours
from edge.measure.dwell import Visit
from edge.measure.facts import Fact, Seen
from edge.measure.footfall import Crossing
from edge.measure.geometry import People
from edge.measure.groups import Group
from edge.measure.identity import Row
from edge.measure.places import DEFAULT, Ground, Places, Rules
from edge.measure.queues import Joined, Wait
from edge.measure.windows import Closed, Windows
from edge.messages import Epoch, Window, stamp
from edge.pipeline import parcels
from edge.plan import Plan, digest
from edge.privacy import Door
from edge.scene import SENSOR, Scene, drawn, place_names, truth_rules
from edge.truth import Walks

EPOCH: Epoch = "00000000"
# Points have no frames; two of them belong together where their times agree in hundredths of a second.
TICKS_S = 100


class Played(NamedTuple):
    """What came of a recording, in seconds from its first frame."""

    facts: list[Fact]
    waits: list[Wait]
    seen: list[Seen]
    duration: float
    people: list[Row]
    """Everybody in every frame, to see whether numbers are kept."""
    staffed: list[Fact]
    """The same facts with staff, where the scene says who is staff."""


class Playing:
    """A recording on its way through the places of a scene under the rules of the product.

    `known`: numbers of people who are staff for certain. `first`: when the recording began, Unix seconds.
    """

    def __init__(
        self,
        scene: Scene,
        rules: Rules = DEFAULT,
        *,
        known: frozenset[int] = frozenset(),
        ground: Ground | None = None,
        first: int = 0,
    ) -> None:
        hours, long = scene.staff.hours, scene.staff.stay_min
        self._closed: Callable[[float], bool] = lambda at: within_hours(first + at, "UTC", hours)
        self._places = Places(
            *drawn(scene),
            msgspec.structs.replace(rules, staff_s=None if long is None else long * 60),
            staff=known,
            ground=ground,
            closed=self._closed if hours else None,
        )
        self._has_staff = bool(hours or long or any(zone.role == "staff" for zone in scene.zones))
        self._everybody = Places(*drawn(scene, staff=False), rules, ground=ground)
        self._facts, self._staffed = list[Fact](), list[Fact]()
        self._waits, self._seen, self._rows = list[Wait](), list[Seen](), list[Row]()

    def step(self, people: People, frame: int) -> None:
        """The people of one frame."""
        self._facts += self._places.step(people)
        self._staffed += self._everybody.step(people) if self._has_staff else ()
        self._waits += self._places.waits
        self._seen.append(Seen(people.at, SENSOR))
        self._rows += rows(frame, people)

    def end(self, duration: float) -> Played:
        """The whole of it, once it is over."""
        self._facts += self._places.close(duration)
        self._staffed += self._everybody.close(duration) if self._has_staff else ()
        return Played(self._facts, self._waits + self._places.waits, self._seen, duration, self._rows, self._staffed)


def play_truth(scene: Scene, walks: Walks) -> Played:
    """The truth of a scene under the scene's own rules: it knows no staff zones, its staff is named by id."""
    places = Places(*drawn(scene, staff=False), truth_rules(scene), staff=_staff(scene))
    facts, waits = list[Fact](), list[Wait]()
    for people in walks.moments:
        facts += places.step(people)
        waits += places.waits
    facts += places.close(walks.duration)
    return Played(facts, waits + places.waits, [Seen(walks.duration, SENSOR, 0.0)], walks.duration, [], [])


def play_walks(scene: Scene, walks: Walks, *, named: bool, first: int) -> Played:
    """Positions under the rules of the product; `named`: their ids are those that the scene calls staff."""
    ground = Ground(SENSOR, lambda metres: metres) if scene.units == "metres" else None
    playing = Playing(scene, known=_staff(scene) if named else frozenset(), ground=ground, first=first)
    for people in walks.moments:
        playing.step(people, tick(people.at))
    return playing.end(walks.duration)


def tick(at: float) -> int:
    """The number of a moment of which only the time is known."""
    return round(at * TICKS_S)


def rows(frame: int, people: People) -> Iterator[Row]:
    """Those who were seen in a frame: its number, id, x, y, height."""
    for i in people.observed.nonzero()[0].tolist():
        yield frame, int(people.ids[i]), float(people.xy[i, 0]), float(people.xy[i, 1]), float(people.height[i])


def messages(plan: Plan, played: Played, first: int) -> Iterator[Window]:
    """The messages of a recording whose first frame was at `first`, Unix seconds."""
    windows, door = Windows(plan, opened=float(first)), Door(plan)
    # A truth's own rules may settle later than a device's; in the order of time nothing comes late.
    facts = sorted([*played.facts, *played.seen], key=lambda fact: fact.at)
    closed = (window for fact in facts for window in windows.add(_shifted(fact, first)))
    for seq, (end, values) in enumerate(_released(door, closed, windows), start=1):
        yield Window(
            v=1,
            site=plan.site,
            device=plan.device,
            epoch=EPOCH,
            seq=seq,
            level=plan.level,
            plan=digest(plan),
            end=stamp(end),
            clock="manual",
            values=values,
        )


def audited(scene: Scene, played: Played, *, truth: bool) -> list[Entry]:
    """The audit lines of a recording; a truth knows that nobody was there where it says nothing."""
    back = {("zone", zone.id) for zone in scene.zones if zone.role == "staff"}
    names = {name: place for place, name in place_names(scene).items() if place not in back}
    return entries(played.facts, played.waits, played.duration, names, empty=truth)


def with_staff(scene: Scene, played: Played) -> list[WithStaff]:
    """What would have been counted with staff; empty where the scene does not say who that is."""
    names = {name: place[1] for place, name in place_names(scene).items()}
    found = Counter(event for fact in played.staffed if (event := _counted(fact)))
    return [WithStaff(names[place], what, n) for (place, what), n in sorted(found.items())]


def groups(played: Played) -> int:
    """How many groups crossed a line."""
    return sum(isinstance(fact, Group) for fact in played.facts)


def _counted(fact: Fact) -> tuple[str, str] | None:
    match fact:
        case Crossing(line=line, direction=direction):
            return line, direction
        case Visit(zone=zone):
            return zone, "visits"
        case Joined(queue=queue):
            return queue, "joined"
    return None


def _staff(scene: Scene) -> frozenset[int]:
    return frozenset(scene.staff_ids + scene.ignore_ids)


def _released(door: Door, closed: Iterable[Closed], windows: Windows) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for window in chain(closed, _finished(windows)):
        for values in parcels(door.release(window) or ()):
            yield window.end, values


def _finished(windows: Windows) -> Iterator[Closed]:
    yield from windows.finish()


def _shifted(fact: Fact, first: int) -> Fact:
    moved: dict[str, float] = {"at": fact.at + first}
    for name in ("start", "since"):
        if (value := getattr(fact, name, None)) is not None:
            moved[name] = value + first
    return msgspec.structs.replace(fact, **moved)
