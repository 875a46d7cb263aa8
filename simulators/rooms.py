"""Tags in rooms with walls, and tags that go through a door: recordings with truth, for judging the zone rule.

Figures of the radio model: -60 dBm at 1 m, loss exponent 1.8, 5 dB a wall, 3 dB of difference between scanners, 3.5
dB of fixed unevenness, up to 8 dB where a body stands between, 4.5 dB from one advertisement to the next; nothing
below -96 dBm is heard, and one advertisement in ten is lost.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_P0_DBM, _EXPONENT, _WALL_DB, _SCANNER_DB, _MAP_DB, _BODY_DB, _NOISE_DB = -60.0, 1.8, 5.0, 3.0, 3.5, 8.0, 4.5
_WEAKEST_DBM, _RECEIVED, _PATCH_M, _STEP_S = -96.0, 0.9, 2.0, 0.1
Box = tuple[float, float, float, float]


class Place(NamedTuple):
    """Rooms as (left, low, right, high) in metres, scanners as (x, y, z), doors as points between two rooms."""

    rooms: dict[str, Box]
    scanners: tuple[tuple[float, float, float], ...]
    doors: dict[tuple[str, str], tuple[float, float]]


class Recording(NamedTuple):
    """The lines of a recording's files, and the room in which the tag was at each whole second."""

    scanners: list[str]
    survey: list[str]
    events: list[str]
    truth: list[str]


FLAT = Place(
    {
        "hall": (4.0, 0.0, 6.0, 8.0),
        "kitchen": (0.0, 0.0, 4.0, 3.5),
        "living": (0.0, 3.5, 4.0, 8.0),
        "bed": (6.0, 4.5, 10.0, 8.0),
        "study": (6.0, 1.8, 10.0, 4.5),
        "wc": (6.0, 0.0, 10.0, 1.8),
    },
    ((5.0, 7.5, 2.2), (0.5, 0.5, 2.2), (0.5, 7.5, 2.2), (9.5, 7.5, 2.2), (9.5, 2.2, 2.2), (5.0, 0.5, 2.2)),
    {
        ("hall", "kitchen"): (4.0, 1.5),
        ("hall", "living"): (4.0, 5.5),
        ("hall", "bed"): (6.0, 6.5),
        ("hall", "study"): (6.0, 3.0),
        ("hall", "wc"): (6.0, 0.9),
    },
)
DOOR = Place(
    {"inside": (0.0, 0.0, 12.0, 12.0), "outside": (12.0, 0.0, 24.0, 12.0)},
    (
        (11.0, 4.0, 2.5), (11.0, 8.0, 2.5), (8.0, 3.0, 2.5), (8.0, 9.0, 2.5), (5.0, 6.0, 2.5), (9.0, 6.0, 2.5),
        (13.0, 4.0, 2.5), (13.0, 8.0, 2.5), (16.0, 6.0, 2.5), (15.0, 9.0, 2.5),
    ),
    {("inside", "outside"): (12.0, 6.0)},
)  # fmt: skip


def recording(place: Place, seed: int, seconds: int = 360, every_s: float = 0.5, spots: int = 18) -> Recording:
    """A tag that somebody carries from room to room, resting between, and a survey of so many spots of 20 s."""
    rng = np.random.default_rng(seed)
    radio = _Radio(place, rng)
    path, truth = _walk(place, rng, seconds)
    events = ["t_s,scanner,tag,rssi_dbm"]
    at = np.arange(rng.random() * every_s, seconds - 1, every_s)
    spot = path[(at / _STEP_S).astype(int)]
    ahead = path[np.minimum((at / _STEP_S).astype(int) + 5, len(path) - 1)] - spot
    for t, xy, way in zip(at, spot, ahead, strict=True):
        events += [f"{t:.2f},s{i},T1,{level}" for i, level in radio.heard(xy, way)]
    survey = ["x_m,y_m,scanner,rssi_dbm,zone"]
    names = list(place.rooms)
    for k in range(spots):
        name = names[k % len(names)]
        left, low, right, high = place.rooms[name]
        xy = rng.uniform((left + 0.4, low + 0.4), (right - 0.4, high - 0.4))
        for way in (0.0, 1.6, 3.1, 4.7) * int(5 / every_s):
            levels = radio.heard(xy, np.array([np.cos(way), np.sin(way)]))
            survey += [f"{xy[0]:.2f},{xy[1]:.2f},s{i},{level},{name}" for i, level in levels]
    stand = ["scanner,x_m,y_m,z_m,zone"]
    stand += [f"s{i},{x},{y},{z},{room_of(place, (x, y))}" for i, (x, y, z) in enumerate(place.scanners)]
    return Recording(stand, survey, events, truth)


def room_of(place: Place, xy: tuple[float, float]) -> str:
    """The room that holds the point; the nearest one's name where it lies on an edge."""
    outside = {n: max(b[0] - xy[0], xy[0] - b[2], b[1] - xy[1], xy[1] - b[3]) for n, b in place.rooms.items()}
    return min(outside, key=lambda name: outside[name])


class _Radio:
    """What each scanner hears of a tag, with walls, unevenness and the body of who carries it."""

    def __init__(self, place: Place, rng: np.random.Generator) -> None:
        self._rng, self._place = rng, place
        self._stand = np.array(place.scanners)
        self._rooms = [room_of(place, (float(x), float(y))) for x, y, _ in place.scanners]
        self._gain = rng.normal(0, _SCANNER_DB, len(self._stand))
        self._waves = rng.normal(0, 1 / _PATCH_M, (len(self._stand), 24, 2))
        self._phases = rng.uniform(0, 2 * np.pi, (len(self._stand), 24))

    def heard(self, xy: Floats, way: Floats) -> Iterator[tuple[int, int]]:
        """(scanner, dBm) of one advertisement."""
        room = room_of(self._place, (float(xy[0]), float(xy[1])))
        to = self._stand[:, :2] - xy
        far = np.maximum(np.sqrt((to**2).sum(axis=1) + (self._stand[:, 2] - 1.2) ** 2), 0.5)
        walls = np.array([self._walls(room, other) for other in self._rooms])
        uneven = _MAP_DB * np.sqrt(2 / 24) * np.cos(self._waves @ xy + self._phases).sum(axis=1)
        behind = (1 - (to @ way) / np.maximum(np.linalg.norm(to, axis=1) * max(np.linalg.norm(way), 1e-6), 1e-6)) / 2
        level = _P0_DBM - 10 * _EXPONENT * np.log10(far) - _WALL_DB * walls + uneven + self._gain - _BODY_DB * behind
        level = np.round(level + self._rng.normal(0, _NOISE_DB, len(level)))
        for i in np.flatnonzero((level > _WEAKEST_DBM) & (self._rng.random(len(level)) < _RECEIVED)):
            yield int(i), int(level[i])

    def _walls(self, room: str, other: str) -> int:
        if room == other:
            return 0
        return 1 if (room, other) in self._place.doors or (other, room) in self._place.doors else 2


def _walk(place: Place, rng: np.random.Generator, seconds: int) -> tuple[Floats, list[str]]:
    """The path in steps of 0.1 s, and the room at each whole second; rooms change only through doors."""
    room = str(rng.choice(list(place.rooms)))
    here = _somewhere(place, room, rng)
    path: list[Floats] = []
    rooms: list[str] = []
    while len(path) <= seconds / _STEP_S:
        doors = {a if b == room else b: door for (a, b), door in place.doors.items() if room in (a, b)}
        following = str(rng.choice(list(doors)))
        for target in (np.array(doors[following]), _somewhere(place, following, rng)):
            n = max(1, int(np.linalg.norm(target - here) / (rng.uniform(0.5, 1.0) * _STEP_S)))
            path += [here + (target - here) * k / n for k in range(1, n + 1)]
            rooms += [room] * n
            here, room = target, following
        rest = int(rng.uniform(8, 30) / _STEP_S)
        path += [here] * rest
        rooms += [room] * rest
    each = int(1 / _STEP_S)
    return np.array(path), rooms[: seconds * each : each]


def _somewhere(place: Place, room: str, rng: np.random.Generator) -> Floats:
    left, low, right, high = place.rooms[room]
    return rng.uniform((left + 0.5, low + 0.5), (right - 0.5, high - 0.5))
