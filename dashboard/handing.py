"""Files and mappings handed to the hub, bounded by what the person before the page may do.

The hub's token may cover stores that this person may not see. So a file is tried first, and one that speaks of such a
store is not taken; a mapping is everybody's, so that only who sees every store may replace one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from hub.client import Hub, HubAway, Refused, Unanswered


class Handed(NamedTuple):
    """What came of it: `said` is the hub's answer, `why` its words where it took nothing."""

    state: Literal["done", "refused", "stores", "taken", "away", "failed"]
    said: Any = None
    why: str = ""


def handed(call: Callable[[], Any]) -> Handed:
    """What the hub says to something handed in."""
    try:
        return Handed("done", call())
    except HubAway:
        return Handed("away")
    except Refused:
        return Handed("refused")
    except (Unanswered, ValueError) as fault:
        return Handed("failed", why=str(fault))


class Files:
    """What one person may do with files. `sites`: the stores that may be seen, None for every one."""

    def __init__(
        self, send: Callable[[Callable[[Hub], Any]], Handed], may: bool, sites: frozenset[str] | None
    ) -> None:
        self._send, self._may, self._sites = send, may, sites

    @property
    def every(self) -> bool:
        """Whether no store is out of this person's sight."""
        return self._sites is None

    def suggest(self, name: str, data: bytes) -> Handed:
        """A mapping to begin with for such a file, as TOML text."""
        return self._sent(lambda hub: hub.suggest(name, data))

    def mapping(self, name: str) -> Handed:
        """The TOML text of a mapping; only for a person of every store, as it may name any of them."""
        return self._sent(lambda hub: hub.mapping(name)) if self.every else Handed("refused")

    def keep(self, name: str, toml: str, known: Mapping[str, bool]) -> Handed:
        """Save a mapping under this name; `known` says of the mappings there are whether they may be replaced."""
        if name in known and not (self.every and known[name]):
            return Handed("taken")
        return self._sent(lambda hub: hub.save_mapping(name, toml))

    def rehearse(self, mapping: str, name: str, data: bytes) -> Handed:
        """The report of what would be stored, with the first rows; 'stores' where a store is not this person's."""
        found = self._sent(lambda hub: hub.add_answers(mapping, name, data, preview=True))
        if found.state == "done" and self._sites is not None and not self._sites.issuperset(found.said["by_site"]):
            return Handed("stores")
        return found

    def take(self, mapping: str, name: str, data: bytes) -> Handed:
        """Store the file and give its report."""
        if not self.every:
            tried = self.rehearse(mapping, name, data)
            if tried.state != "done":
                return tried
        return self._sent(lambda hub: hub.add_answers(mapping, name, data))

    def _sent(self, call: Callable[[Hub], Any]) -> Handed:
        return self._send(call) if self._may else Handed("refused")
