"""Who looks at the page and what that person may see: the one place where a store is let through or not.

The pages ask the hub with one token, which may cover many stores. What a signed-in person sees is narrowed here,
in the data layer, so that no address, picker or download can reach further.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dashboard.data import Answer, Reads
from dashboard.handing import Files
from dashboard.writing import REFUSED, Written

DENIED = Answer("refused", [])


class Viewer(NamedTuple):
    """A person before the page. `sites`: the stores that may be seen, None for all of the token's."""

    name: str = ""
    sites: frozenset[str] | None = None
    may_write: bool = True
    may_read_comments: bool = True
    may_import: bool = True

    def sees(self, site: str) -> bool:
        """Whether the store may be seen."""
        return self.sites is None or site in self.sites


class Permitted:
    """The reads of the hub, narrowed to what one person may see. The answers themselves are shared by all."""

    def __init__(self, reads: Reads, viewer: Viewer) -> None:
        self._reads, self.viewer = reads, viewer
        self.pulse = reads.pulse

    @property
    def heard(self) -> float | None:
        """When the hub last answered, Unix seconds."""
        return self._reads.heard

    def sites(self) -> Answer:
        """The stores that this person may see."""
        found = self._reads.ask("sites")
        return found._replace(rows=[row for row in found.rows if self.viewer.sees(row["site"])])

    def ask(self, question: str, site: str, **params: str) -> Answer:
        """The answer for one store; 'refused' where this person may not see it, or not what single people wrote."""
        if not self.viewer.sees(site) or (question == "comments" and not self.viewer.may_read_comments):
            return DENIED
        return self._reads.ask(question, site=site, **params)

    def ask_all(self, question: str, sites: Iterable[str], **params: str) -> Answer:
        """The answer of a question over several stores at once, of those of `sites` that this person may see."""
        seen = sorted(site for site in set(sites) if self.viewer.sees(site))
        return self._reads.ask(question, sites=",".join(seen), **params) if seen else DENIED

    def live(self, site: str) -> Answer:
        """What is known this moment about one store."""
        return self._reads.live(site) if self.viewer.sees(site) else DENIED

    def mappings(self) -> Answer:
        """The survey mappings of the hub, for a person who may take in files."""
        return self._reads.mappings() if self.viewer.may_import else DENIED

    def kept(self) -> Answer:
        """For how many days the hub keeps what, as one row."""
        return self._reads.kept()

    def write(self, kind: str, id: str, site: str, version: int, body: Mapping[str, Any]) -> Written:
        """Write a document about one store, under this person's name; 'refused' where this person may not."""
        if not (self.viewer.may_write and self.viewer.sees(site)):
            return REFUSED
        return self._reads.write(kind, id, site, version, body, self.viewer.name)

    @property
    def files(self) -> Files:
        """What this person may do with survey files and their mappings."""
        return Files(self._reads.hand, self.viewer.may_import, self.viewer.sites)
