"""What a device's statuses tell about its epochs: numbers that will never come, and two devices with one name.

An epoch is drawn at every start, so one that speaks again after another has begun belongs to a second device. And one
that is silent, while its device says that it holds rows of no other start, sends nothing any more: what it had given
numbers to and what never came was on a card that is gone.
"""

from collections.abc import Iterable, Mapping

from hub.intake.cursors import Cursor, Spoken
from hub.intake.sorting import Batch, Heard, Lost, Source

# For so long after its last status an epoch may still have something to send: a device that lost its network does not
# know that another one has taken its name.
SILENT_S = 3600.0
MOST_EPOCHS, MOST_DEVICES = 100, 20_000
NUMBERED, OLDER = "newest-number", "older-epochs"

Device = tuple[str, str]  # site, device


class Epochs:
    """The epochs of each device that spoke within the last hour or have numbers that never came, the newest last."""

    def __init__(self, known: Mapping[Source, Spoken]) -> None:
        """`known` in the order in which they were heard last."""
        self._known: dict[Device, dict[str, Spoken]] = {}
        for (site, device, epoch), spoken in known.items():
            self._known.setdefault((site, device), {})[epoch] = spoken

    def of(self, devices: Iterable[Device]) -> dict[Source, Spoken]:
        """What is known of these devices."""
        return {(*name, epoch): spoken for name in devices for epoch, spoken in self._known.get(name, {}).items()}

    def twins(self, at: float) -> int:
        """How many names two devices have answered to within the hour before `at`."""
        return sum(
            any(spoken.returned_at and at - spoken.returned_at < SILENT_S for spoken in epochs.values())
            for epochs in self._known.copy().values()
        )

    def follow(self, batch: Batch, cursors: dict[Source, Cursor], at: float) -> set[Device]:
        """Take the batch's statuses, received `at`. Numbers that will never come are lost from now on: batch and
        cursors say so. The devices of which a second one has just spoken for the first time in an hour.
        """
        twins = {(heard.site, heard.device) for heard in batch.statuses if self._hear(heard, at)}
        for heard in batch.statuses:
            if _fresh(heard) and heard.status.counters.get(OLDER) == 0:
                for source, number in self._over(heard, at):
                    _give_up(batch, cursors, source, number)
        batch.epochs = self.of({(heard.site, heard.device) for heard in batch.statuses})
        return twins

    def _hear(self, heard: Heard, at: float) -> bool:
        name, said = (heard.site, heard.device), heard.status
        if name not in self._known and len(self._known) >= MOST_DEVICES:
            return False
        epochs = self._known.setdefault(name, {})
        newest = next(reversed(epochs), said.epoch)
        spoken = epochs.setdefault(said.epoch, Spoken())
        # One that was said before and came twice proves nothing, nor does what the broker kept.
        anew = said.at.timestamp() > spoken.said_at > 0 and _fresh(heard)
        before, twin = max(one.returned_at for one in epochs.values()), anew and newest != said.epoch
        spoken.number = max(spoken.number, said.counters.get(NUMBERED, 0))
        spoken.said_at, spoken.heard_at = max(spoken.said_at, said.at.timestamp()), at
        if twin:
            spoken.returned_at = at
            epochs[said.epoch] = epochs.pop(said.epoch)
        while len(epochs) > MOST_EPOCHS:
            del epochs[next(iter(epochs))]
        return twin and at - before >= SILENT_S

    def _over(self, heard: Heard, at: float) -> list[tuple[Source, int]]:
        """The epochs of this device that send nothing any more, and their highest numbers; they are forgotten."""
        epochs = self._known.get((heard.site, heard.device), {})
        over = [e for e, one in epochs.items() if e != heard.status.epoch and at - one.heard_at >= SILENT_S]
        return [((heard.site, heard.device, epoch), epochs.pop(epoch).number) for epoch in over]


def _fresh(heard: Heard) -> bool:
    return not heard.retain and heard.status.state == "online"


def _give_up(batch: Batch, cursors: dict[Source, Cursor], source: Source, number: int) -> None:
    if number > (cursors[source].upto if source in cursors else 0):
        gone = cursors.setdefault(source, Cursor()).resume(number + 1)
        batch.lost += [Lost(*source, *run, "not held any more") for run in gone]
        batch.touched.add(source)
