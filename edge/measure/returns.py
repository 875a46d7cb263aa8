"""Who comes back to a place is still one person: thresholds count people, and not how often they come."""

from collections.abc import Iterable


class Returns:
    """Who has stayed in one place before, while their track is known: whoever returns is still one person."""

    def __init__(self, forget_s: float = 20.0) -> None:
        self._forget = forget_s
        self._last: dict[int, float] = {}

    def step(self, at: float, present: Iterable[int]) -> None:
        """Let time pass; `present` are the tracks that are still known, the others are forgotten after a while."""
        for track in self._last.keys() & set(present):
            self._last[track] = at
        self._last = {track: last for track, last in self._last.items() if at - last <= self._forget}

    def again(self, track: int, at: float) -> bool:
        """Whether this is not the track's first stay; it has had one from now on."""
        known = track in self._last
        self._last[track] = at
        return known
