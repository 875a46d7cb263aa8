"""The newest live value of each place, in memory only: never written, never exported, gone with the process."""

from typing import Any

from edge.messages import Live, stamp
from hub.intake.sorting import Heard

FORGET_S = 900
MOST_PLACES = 20_000


class Board:
    """The newest live message of each place."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str, str], Live] = {}

    def hear(self, heard: Heard) -> None:
        """Take a live message; one that is older than what is known already is let go."""
        live = heard.said
        if not isinstance(live, Live):
            return
        key = (heard.site, heard.device, live.place)
        known = self._newest.get(key)
        if (known or len(self._newest) < MOST_PLACES) and (known is None or known.at <= live.at):
            self._newest[key] = live

    def told(self, at: float) -> dict[str, list[Live]]:
        """The newest live value of each place by site, of those that are not older than FORGET_S."""
        found: dict[str, list[Live]] = {}
        for (site, _, _), live in sorted(self._newest.copy().items()):
            if at - live.at.timestamp() <= FORGET_S:
                found.setdefault(site, []).append(live)
        return found

    def places(self, site: str, kinds: dict[str, str], at: float) -> list[dict[str, Any]]:
        """What is known of a site at a moment, sorted by place; what is older than FORGET_S is forgotten.

        `kinds` says what each place is. `age_s` is how old the value is: whoever shows it says so.
        """
        rows = []
        for (of, device, place), live in sorted(self._newest.copy().items()):
            age = at - live.at.timestamp()
            if age > FORGET_S:
                self._newest.pop((of, device, place), None)
            elif of == site:
                rows.append(
                    {
                        "device": device,
                        "place": place,
                        "kind": kinds.get(place),
                        "queue": live.queue,
                        "occupancy": live.occupancy,
                        "tills_open": live.tills_open,
                        "alert": live.alert,
                        "at": text(live.at.timestamp()),
                        "age_s": max(0, round(age)),
                    }
                )
        return rows


def text(at: float) -> str:
    """A Unix time as RFC 3339 in UTC, whole seconds."""
    return stamp(at).isoformat().replace("+00:00", "Z")
