"""One thread a sensor: from its source to facts in a bounded queue. A sensor that fails is tried again for ever."""

import contextlib
import hashlib
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path

import msgspec

from edge.measure.clamp import Clamp
from edge.measure.days import within_hours
from edge.measure.facts import Fact, Seen
from edge.measure.geometry import reaches
from edge.measure.places import DEFAULT, Ground, Places
from edge.measure.plane import Floor
from edge.plan import Plan, PlanError, Sensor, drawn
from edge.radio.apart import facts as radio_facts
from edge.radio.scanner import RadioError
from edge.settings import SettingsError, secret
from edge.sight import apart
from edge.sight.camera import CameraError, frames
from edge.sight.looks import Look, ModelError, looks

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 60.0
# A look that is older than the one before by more than this is no late one: the clock was set back.
_LATE_S = 60.0

Note = Callable[[str, float | None], None]

_LOG = logging.getLogger("instore.sensing")


class Sensing(threading.Thread):
    """The thread of one sensor. `state` and `seen` are for the status; `failures` counts the new starts."""

    def __init__(self, plan: Plan, sensor: Sensor, facts: queue.Queue[Fact], stop: threading.Event) -> None:
        super().__init__(name=f"sensor-{sensor.id}", daemon=True)
        self.state, self.failures = "starting", 0
        self.seen: float | None = None
        self.sensor = sensor
        self._plan, self._facts, self._ended = plan, facts, stop

    def run(self) -> None:
        """Look until stopped. Whatever goes wrong is this sensor's trouble only, and is tried again after a pause."""
        pause = _FIRST_PAUSE_S
        while not self._ended.is_set():
            before = self.seen
            try:
                for fact in self._look():
                    self._hand_over(fact)
                self.state = "dead"
                return  # only a recording that is not looped, or the stop, brings a source to its end
            except (CameraError, RadioError) as error:
                _LOG.error("%s", error)
            except (SettingsError, PlanError) as error:
                _LOG.error("sensor %s: %s", self.sensor.id, error)
            except Exception:
                _LOG.exception("sensor %s failed", self.sensor.id)
            self.state = "dead"
            self.failures += 1
            pause = _FIRST_PAUSE_S if self.seen != before else pause
            self._ended.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _look(self) -> Iterator[Fact]:
        if self.sensor.kind == "camera":
            return camera_facts(self._plan, self.sensor, self._ended, self._note)
        return self._radio()

    def _radio(self) -> Iterator[Fact]:
        for fact in radio_facts(self._plan, self.sensor, self._ended):
            if isinstance(fact, Seen):
                self._note("ok", fact.at)
            yield fact

    def _note(self, state: str, at: float | None) -> None:
        if state != self.state:
            _LOG.info("sensor %s is %s", self.sensor.id, state)
        self.state = state
        if at is not None:
            self.seen = at

    def _hand_over(self, fact: Fact) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                self._facts.put(fact, timeout=0.5)
                return


def camera_facts(plan: Plan, sensor: Sensor, stop: threading.Event, note: Note) -> Iterator[Fact]:
    """The facts of one camera. Only a picture that shows something counts as a look: there is no false zero.

    `note(state, at)` hears how the camera is, and when it looked. The image is gone when its people are known.
    """
    floor = Floor(sensor.floor) if sensor.floor else None
    places, size, at = places_of(plan, sensor, floor), (0, 0), 0.0
    with contextlib.closing(_looks(plan, sensor, stop)) as watched:
        for look in watched:
            if 0.0 < at - look.at < _LATE_S:
                continue  # taken before the camera was given up for dead, and looked at only after that
            at = look.at
            if look.size and look.size != size:
                size = look.size
                _check_picture(plan, sensor, size)
            if look.people is None or look.state != "ok":
                note(look.state, None)
                yield from places.idle(at)
                continue
            yield from places.step(look.people)
            note("ok", at)
            yield Seen(at, sensor.id)
    if not stop.is_set():
        _LOG.info("sensor %s: the recording is over", sensor.id)
        yield from places.close(at)


def _looks(plan: Plan, sensor: Sensor, stop: threading.Event) -> Generator[Look, None, None]:
    """The looks of a camera, made in this process or in one of its own. SettingsError where its network is none."""
    source, key = source_of(plan, sensor), _key(plan, sensor, "model")
    try:
        if plan.camera_processes == "own":
            watched = apart.looks(sensor, source, model_of(sensor), stop)
        else:
            watched = looks(sensor, model_of(sensor), frames(sensor, source, stop), partial(secrets.randbits, 62))
        with contextlib.closing(watched):
            yield from watched
    except ModelError as error:
        raise SettingsError(f"{key}: {error}") from None


def places_of(plan: Plan, sensor: Sensor, floor: Floor | None) -> Places:
    """The lines, zones and queues that a camera watches; `floor` turns its pixels into metres where it has one."""
    hours, long = plan.staff.hours, plan.staff.stay_min
    return Places(
        [line for line in plan.lines if line.sensor == sensor.id],
        [zone for zone in plan.zones if zone.sensor == sensor.id],
        [queue for queue in plan.queues if queue.sensor == sensor.id],
        msgspec.structs.replace(DEFAULT, staff_s=None if long is None else long * 60),
        ground=Ground(sensor.id, floor.metres, sensor.floor) if floor else None,
        closed=(lambda at: within_hours(at, plan.timezone, hours)) if hours else None,
        clamp=Clamp(plan.lines) if plan.level == "dp" else None,
    )


def _check_picture(plan: Plan, sensor: Sensor, size: tuple[int, ...]) -> None:
    """PlanError where a place lies wholly outside the picture: it would be a zero that nobody measured."""
    for key, points in drawn(plan, sensor.id):
        if not reaches(points, size[1], size[0]):
            raise PlanError(f"{key}: wholly outside the picture")


def _key(plan: Plan, sensor: Sensor, name: str) -> str:
    return f"sensors[{plan.sensors.index(sensor)}].{name}"


def source_of(plan: Plan, sensor: Sensor) -> str:
    """The address of a camera, which is a password: never to be logged. SettingsError where its file has none."""
    return sensor.source or secret(sensor.source_file, _key(plan, sensor, "source_file")) or ""


def model_name(sensor: Sensor) -> str:
    """What detects people: `blobs`, or `onnx` with the start of the model file's SHA-256 where it can be read."""
    try:
        model = model_of(sensor)
    except ModelError:
        model = None
    return f"onnx {hashlib.sha256(model).hexdigest()[:12]}" if model else sensor.detector


def model_of(sensor: Sensor) -> bytes | None:
    """The bytes of a camera's network, None where it has none; ModelError where the file cannot be read."""
    if sensor.detector != "onnx":
        return None
    try:
        return Path(sensor.model).read_bytes()
    except OSError as error:
        raise ModelError(f"the file cannot be read ({type(error).__name__})") from None
