"""Comments without the personal details people write into them."""

import re
import unicodedata
from collections.abc import Iterable

from hub.intake.numbers import masked_accounts, masked_numbers

LONGEST = 2000
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_FOREIGN = re.compile(r"[^\D0-9]")  # digits of other scripts
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|gardens|terrace|way|place|pl|"
    r"boulevard|blvd|square|sq|hill|row|mews)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:https?://|ftp://|www\.)\S+", re.IGNORECASE), "[link]"),
    # Also an address without its scheme that carries a path or a query, for there the tokens are.
    (re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s,;]+|\?\S+)", re.IGNORECASE), "[link]"),
    (re.compile(r"[\w.+%'-]+\s*(?:@|[(\[{]\s*at\s*[)\]}])\s*[\w-]+(?:\s*\.\s*[\w-]+)+", re.IGNORECASE), "[e-mail]"),
    (
        re.compile(r"\b[\w.+-]+\s+at\s+[\w-]+(?:\.|\s+dot\s+)(?:com|net|org|co|de|uk|fr|es|it|nl|at|ch)\b", re.I),
        "[e-mail]",
    ),
    (re.compile(r"(?<!\w)@\w{2,}"), "[name]"),
    (re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", re.IGNORECASE), "[number]"),
    (re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE), "[number]"),
    (
        re.compile(
            r"(\b(?:my name is|my name's|i am called|mein name ist|ich hei(?:ß|ss)e|je m'appelle|mon nom est|"
            r"me llamo|mi nombre es|mi chiamo|ik heet|mijn naam is)\s+)[\w'-]+(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+){0,2}",
            re.IGNORECASE,
        ),
        r"\1[name]",
    ),
)
# What has a digit in it.
_NUMBERED = (
    (re.compile(r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b", re.IGNORECASE), "[account]"),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"), "[number]"),
    # Streets: `12 High Street`, `Hauptstraße 5`, `5 rue de la Paix`, `Via Roma 12`, and British postcodes.
    (
        re.compile(rf"\b\d{{1,4}}[a-z]?,?\s+(?:(?-i:[A-Z])[\w'-]*\s+){{1,3}}{_STREET}\b\.?", re.IGNORECASE),
        "[address]",
    ),
    (
        re.compile(
            r"\b[\w-]*(?:straße|strasse|str\.|gasse|allee|straat|laan|platz|weg)\s*\d{1,4}(?:\s?[a-z])?\b", re.I
        ),
        "[address]",
    ),
    (
        re.compile(
            r"\b\d{1,4},?\s+(?:bis\s+|ter\s+)?(?:rue|avenue|boulevard|chemin|impasse|allée|quai)"
            r"(?:\s+(?:de|du|des|la|le|les|l'|d'))*\s*[\w'-]+(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+)*",
            re.IGNORECASE,
        ),
        "[address]",
    ),
    (
        re.compile(
            r"\b(?:via|viale|corso|piazza|calle|avenida|plaza|paseo)(?:\s+(?:de|del|della|la|las|los|di))*"
            r"(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+){1,3},?\s+\d{1,4}\b",
            re.IGNORECASE,
        ),
        "[address]",
    ),
    (re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s+\d[A-Z]{2}\b"), "[address]"),
)


def mask(text: str, personal: Iterable[str] = ()) -> str | None:
    """The comment with addresses, links, telephone, account and other long numbers and self-given names masked.

    `personal` are further texts of the same row (its dropped columns) that must not come through; those shorter than
    three letters are too common to be looked for. None where nothing was written. The rules mask rather too much than
    too little: a sum of six digits goes as well; dates, times and years stay. A text beyond 2000 letters loses its
    end.
    """
    clean = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
    clean = _FOREIGN.sub(lambda found: str(int(found[0])), clean)
    clean = _shortened(clean)
    for value in sorted((v.strip() for v in personal), key=len, reverse=True):
        if len(value) >= 3:
            whole = unicodedata.normalize("NFKC", value)
            clean = re.sub(rf"(?<!\w){re.escape(whole)}(?!\w)", "[withheld]", clean, flags=re.IGNORECASE)
    rules = _RULES
    if any(letter.isdigit() for letter in clean):
        clean, rules = masked_accounts(clean), _RULES + _NUMBERED
    for pattern, mark in rules:
        clean = pattern.sub(mark, clean)
    return masked_numbers(clean)[:LONGEST] or None


def _shortened(text: str) -> str:
    """The first LONGEST letters less the last words: half an address would not be known as one, and would stay."""
    if len(text) <= LONGEST:
        return text
    words = text[:LONGEST].rsplit(None, 5)
    return words[0] if len(words) == 6 else ""
