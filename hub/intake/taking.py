"""A survey file on its way in: which mapping it is read with, which sites it may speak of, one transaction."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pyarrow.compute as pc

from hub.intake import mapping as mappings
from hub.intake import surveys
from hub.storage import answers


class Writer(Protocol):
    """What can be written to: the store."""

    def write(self) -> Any:
        """A transaction as a context that gives the connection."""


class Refusal(Exception):
    """A file cannot be taken; the text names the line, column or key, never what stands there."""


class Taking:
    """Survey files read with the mappings known here (name -> TOML text)."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(self, mapping: str, name: str, data: bytes) -> surveys.Survey:
        """The survey in a file; Refusal where mapping or file cannot be used."""
        if mapping not in self._texts:
            raise Refusal("mapping: there is none of this name")
        try:
            return surveys.read(name, data, mappings.load(self._texts[mapping]))
        except mappings.MappingError as error:
            raise Refusal(f"mapping: {error}") from None
        except surveys.SurveyError as error:
            raise Refusal(str(error)) from None

    def take(
        self, store: Writer, mapping: str, name: str, data: bytes, allowed: Callable[[str], bool]
    ) -> dict[str, Any]:
        """Store the file's answers and return its report; taking the same file again changes nothing.

        Answers of sites that the hub does not know are left out and counted under `stored`.
        """
        survey = self.read(mapping, name, data)
        sites = pc.unique(survey.answers["site"]).to_pylist()
        if not all(allowed(site) for site in sites):
            raise Refusal("site: the file holds answers of a site that this token may not write")
        with store.write() as connection:
            stored = answers.add(connection, survey.answers)
        return {**survey.report, "stored": stored}
