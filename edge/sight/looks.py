"""What one camera's sight says, look by look: who is where, or why nothing is seen. No image goes on from here."""

import contextlib
from collections.abc import Callable, Generator
from typing import Literal, NamedTuple

from edge.measure.geometry import People
from edge.plan import Sensor
from edge.sight.detection import Image
from edge.sight.eye import Eye, State

Pictures = Generator[tuple[float, Image | None], None, None]


class ModelError(Exception):
    """The network cannot be used; the text says why and names no file."""


class Look(NamedTuple):
    """One turn of a camera: when, how the camera is, rows and columns of its picture, and who is there.

    `people` is None where there was no picture, and says nothing unless the state is `ok`.
    """

    at: float
    state: State | Literal["dead"]
    size: tuple[int, int] | None
    people: People | None


def looks(
    sensor: Sensor, model: bytes | None, pictures: Pictures, lot: Callable[[], int]
) -> Generator[Look, None, None]:
    """The looks at the pictures of a sensor, which are closed at the end; ModelError where `model` is no detector.

    `lot` gives the ids of tracks: random numbers, so that nothing can be read off them.
    """
    with contextlib.closing(pictures):
        try:
            eye = Eye(sensor, model, lot=lot)
        except ValueError as error:
            raise ModelError(str(error)) from None
        for at, image in pictures:
            if image is None:
                yield Look(at, "dead", None, None)
                continue
            people, size = eye.look(at, image), (image.shape[0], image.shape[1])
            del image
            yield Look(at, eye.state, size, people)
