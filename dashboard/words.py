"""The text catalogue: every sentence of the pages, complete in English and in German.

A text is named by its key and filled with values by name. What comes from data is escaped where the page is
built, not here.
"""

from dashboard.words_de import GERMAN
from dashboard.words_en import ENGLISH

CATALOGUES = {"en": ENGLISH, "de": GERMAN}


class Words:
    """Texts in one language; a key that is missing there is taken from English."""

    def __init__(self, language: str = "en") -> None:
        self.language = language if language in CATALOGUES else "en"
        self._texts = ENGLISH | CATALOGUES[self.language]

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` filled with `values`; KeyError names a key that no catalogue has."""
        return self._texts[key].format(**values)

    def named(self, group: str, value: object) -> str:
        """The word for one of a known set of values ('state', 'ok'); a value nobody foresaw stands for itself."""
        return self._texts.get(f"{group}.{value}", str(value))


def language_of(setting: str, locale: str | None) -> str:
    """The language to speak: the setting, or with 'auto' what the browser asks for, else English."""
    wanted = setting if setting != "auto" else (locale or "")[:2].lower()
    return wanted if wanted in CATALOGUES else "en"
