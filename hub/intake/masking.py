"""Comments without the personal details people write into them."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 2000
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_RULES = (
    (re.compile(r"\b(?:https?://|ftp://|www\.)\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"[\w.+%'-]+\s*(?:@|[(\[{]\s*at\s*[)\]}])\s*[\w-]+(?:\s*\.\s*[\w-]+)+", re.IGNORECASE), "[e-mail]"),
    (re.compile(r"(?<!\w)@\w{2,}"), "[name]"),
    (re.compile(r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b", re.IGNORECASE), "[account]"),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w)"), "[number]"),
    (re.compile(r"(?<!\w)[+(]{0,2}\d(?:[\s().:/–-]{0,3}\d){5,}"), "[number]"),
    (
        re.compile(
            r"(\b(?:my name is|i am called|mein name ist|ich hei(?:ß|ss)e|je m'appelle|mon nom est|me llamo|"
            r"mi nombre es|mi chiamo|ik heet|mijn naam is)\s+)[\w'-]+(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+){0,2}",
            re.IGNORECASE,
        ),
        r"\1[name]",
    ),
)


def mask(text: str, personal: Iterable[str] = ()) -> str | None:
    """The comment with addresses, links, telephone, account and other long numbers and self-given names masked.

    `personal` are further texts of the same row (its dropped columns) that must not come through; those shorter than
    three letters are too common to be looked for. None where nothing was written. The rules mask rather too much than
    too little: a date or a sum of six digits goes as well. A text beyond 2000 letters loses its end.
    """
    clean = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
    clean = _shortened(clean)
    for value in sorted((v.strip() for v in personal), key=len, reverse=True):
        if len(value) >= 3:
            whole = unicodedata.normalize("NFKC", value)
            clean = re.sub(rf"(?<!\w){re.escape(whole)}(?!\w)", "[withheld]", clean, flags=re.IGNORECASE)
    for pattern, mark in _RULES:
        clean = pattern.sub(mark, clean)
    return clean[:LONGEST] or None


def _shortened(text: str) -> str:
    """The first LONGEST letters less the last words: half an address would not be known as one, and would stay."""
    if len(text) <= LONGEST:
        return text
    words = text[:LONGEST].rsplit(None, 5)
    return words[0] if len(words) == 6 else ""
