"""A file of answers or sales on its way in: how it is read, which sites it may speak of, one transaction."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import pyarrow as pa

from hub.intake import mapping as mappings
from hub.intake import sales, surveys
from hub.intake.columns import MappingError
from hub.storage import answers
from hub.storage import sales as sums


class Writer(Protocol):
    """What can be written to: the store."""

    def write(self) -> Any:
        """A transaction as a context that gives the connection."""


class _Rehearsed(Exception):
    """Everything went well, and nothing of it is to stay."""


class Refusal(Exception):
    """A file cannot be taken; the text names the line, column or key, never what stands there."""


class Taking:
    """Files of answers, sales and cards read with the mappings known here (name -> TOML text)."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(
        self, mapping: str, name: str, data: bytes, progress: surveys.Progress = surveys.unwatched
    ) -> surveys.Survey | sales.Sales:
        """What is in a file; Refusal where mapping or file cannot be used."""
        text = self._texts.get(mapping)
        if text is None:
            raise Refusal("mapping: there is none of this name")
        try:
            if sales.is_sales(text):
                return sales.read(name, data, sales.load(text))
            return surveys.read(name, data, mappings.load(text), progress)
        except MappingError as error:
            raise Refusal(f"mapping: {error}") from None
        except surveys.SurveyError as error:
            raise Refusal(str(error)) from None

    def repeatable(self, mapping: str) -> bool:
        """Whether the same message may come twice and counts once: there is such a mapping, and it names an id."""
        text = self._texts.get(mapping, "")
        try:
            return sales.is_sales(text) or bool(mappings.load(text).ids)
        except MappingError:
            return False

    def mash_s(self, mapping: str) -> float:
        """How soon after another a press does not count, by the survey mapping; Refusal where there is none such."""
        try:
            return mappings.load(self._texts[mapping]).mash_s or 0.0
        except (KeyError, MappingError):
            raise Refusal(f"buttons: the mapping {mapping} does not exist or cannot be used") from None

    def take(
        self,
        store: Writer,
        mapping: str,
        name: str,
        data: bytes,
        allowed: Callable[[str], bool],
        sift: Callable[[pa.Table], pa.Table] = lambda rows: rows,
    ) -> dict[str, Any]:
        """Store what is in the file and return its report; taking the same file again changes nothing.

        Rows of sites that the hub does not know are left out and counted under `stored`. `sift` may leave out more.
        """
        return self.put(store, self.read(mapping, name, data), allowed, sift)

    def put(
        self,
        store: Writer,
        found: surveys.Survey | sales.Sales,
        allowed: Callable[[str], bool],
        sift: Callable[[pa.Table], pa.Table] = lambda rows: rows,
        *,
        rehearse: bool = False,
    ) -> dict[str, Any]:
        """Store what was read from a file, as `take` does. `rehearse`: the same, and then it is all taken back; what
        would have been stored is counted under `would_store`.
        """
        rows = sift(found.answers if isinstance(found, surveys.Survey) else found.rows)
        if not all(allowed(site) for site in set(rows["site"].to_pylist())):
            raise Refusal("site: the file speaks of a site that this token may not write")
        stored: dict[str, int] = {}
        with suppress(_Rehearsed), store.write() as connection:
            if isinstance(found, surveys.Survey):
                if not all(map(allowed, answers.owners(connection, rows))):
                    raise Refusal("id: an answer of a site that this token may not write has the same source and id")
                stored = answers.add(connection, rows)
            else:
                stored = sums.add(connection, found.name, rows)
            if rehearse:
                raise _Rehearsed
        return {**found.report, "would_store" if rehearse else "stored": stored}


def report_text(report: Mapping[str, Any]) -> str:
    """A file's report as lines for a person."""
    return sales.report_text(report) if "rows_taken" in report else surveys.report_text(dict(report))
