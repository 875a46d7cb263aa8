"""What tags may be asked for, and how zones of cameras and of tags go together: the plan's rules about both."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

CAMERA_ONLY = {
    "lines": "footfall never comes from tags, which only a share of the visitors carries; give it to a camera",
    "queues": "queues never come from tags, whose strength cannot tell who stands before whom; give it to a camera",
}


class Placed(Protocol):
    """A zone of the plan."""

    @property
    def id(self) -> str: ...

    @property
    def sensor(self) -> str: ...


def zone_fault(
    park: Iterable[str], subtract: Mapping[str, Iterable[str]], radio: Collection[str], zones: Iterable[Placed]
) -> str | None:
    """What is wrong with `radio.park` and `radio.subtract`, naming the key; `radio` are the ids of radio sensors."""
    every = {zone.id: zone.sensor in radio for zone in zones}
    if not all(every.get(zone) for zone in park):
        return "radio.park: not all of these are zones of a radio sensor"
    for zone, covers in subtract.items():
        if every.get(zone, True):
            return "radio.subtract: a key is no zone of a camera"
        if not all(every.get(one) for one in covers):
            return "radio.subtract: not all of these are zones of a radio sensor"
    return None
