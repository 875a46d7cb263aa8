"""A compound question: one that is made in Python from the answers to stored ones."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from hub.sites import Site


class Ask(Protocol):
    """The answer to another question about a site, as a reader would get it."""

    def __call__(self, question: str, site: Site, **values: Any) -> pa.Table: ...


class Rows(Protocol):
    """The rows of storage/parts/<name>.sql; of `values` what its text names is bound, `now` and `open_s` besides.

    `bucket` is the calendar it joins.
    """

    def __call__(self, name: str, values: Mapping[str, Any], bucket: pa.Table | None = None) -> pa.Table: ...


class Over(Protocol):
    """The rows of a stored question, or of a part, over all sites of the inquiry at once, by `site`; of `values` what
    its text names is bound.
    """

    def __call__(self, name: str, **values: Any) -> list[dict[str, Any]]: ...


class Inquiry(NamedTuple):
    """What was asked, at the moment `at`. `sites` are those that may be read: the one asked about, or, for a question
    without `site`, all of the token's (narrowed by `sites`), by id. Nothing else is to be asked about.
    """

    values: Mapping[str, Any]
    sites: tuple[Site, ...]
    at: float
    ask: Ask
    rows: Rows
    over: Over

    @property
    def site(self) -> Site:
        """The site of a question that has `site`."""
        return self.sites[0]


class Compound(NamedTuple):
    """`about` says what one row is; `needs` are its parameters, `optional` those that may be left out; `make` gives
    the answer, with the same columns and types also where nothing is known. `longest_s` is the longest period. An
    answer that costs much and changes little may be given again for `keep_s` seconds.
    """

    about: str
    needs: tuple[str, ...]
    make: Callable[[Inquiry], pa.Table]
    optional: tuple[str, ...] = ()
    longest_s: int = 800 * 86_400
    keep_s: float = 0.0
