"""The text catalogue: every sentence of the pages, complete in English and in German.

A text is named by its key and filled with values by name. What comes from data is escaped where the page is
built, not here. What all pages say stands in `words_en` and `words_de`, what one page says in `texts/`, in both.
"""

from functools import reduce
from operator import or_

from dashboard import words_de, words_en
from dashboard.texts import (
    brief,
    doors,
    drivers,
    floor,
    journey,
    now,
    period,
    queues,
    setup,
    sign_in,
    stores,
    voice,
    wizard,
)

_PAGES = (brief, doors, drivers, floor, journey, now, period, queues, setup, sign_in, stores, voice, wizard)
CATALOGUES = {
    "en": reduce(or_, (page.ENGLISH for page in _PAGES), words_en.ENGLISH),
    "de": reduce(or_, (page.GERMAN for page in _PAGES), words_de.GERMAN),
}


class Words:
    """Texts in one language; a key that is missing there is taken from English."""

    def __init__(self, language: str = "en") -> None:
        self.language = language if language in CATALOGUES else "en"
        self._texts = CATALOGUES["en"] | CATALOGUES[self.language]

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
