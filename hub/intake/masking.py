"""Comments without the personal details people write into them."""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from hub.intake.digits import masked_accounts, masked_numbers

LONGEST = 2000
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_FOREIGN = re.compile(r"[^\D0-9]")  # digits of other scripts
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|gardens|terrace|way|place|pl|"
    r"boulevard|blvd|square|sq|hill|row|mews)"
)


class _Rule(NamedTuple):
    """What is looked for and what takes its place; only in texts that hold one of the `hints` in small letters."""

    pattern: re.Pattern[str]
    mark: str
    hints: tuple[str, ...]


def _rule(pattern: str, mark: str, *hints: str) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), mark, hints)


_RULES = (
    _rule(r"\b(?:https?://|ftp://|www\.)\S+", "[link]", "://", "www."),
    # Also an address without its scheme that carries a path or a query, for there the tokens are.
    _rule(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s,;]+|\?\S+)", "[link]", "/", "?"),
    _rule(r"[\w.+%'-]+\s*(?:@|[(\[{]\s*at\s*[)\]}])\s*[\w-]+(?:\s*\.\s*[\w-]+)+", "[e-mail]", "@", "(", "[", "{"),
    _rule(r"\b[\w.+-]+\s+at\s+[\w-]+(?:\.|\s+dot\s+)(?:com|net|org|co|de|uk|fr|es|it|nl|at|ch)\b", "[e-mail]", "at"),
    _rule(r"(?<!\w)@\w{2,}", "[name]", "@"),
    _rule(r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", "[number]", ":", "-"),
    _rule(r"(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])", "[number]", ":"),
    _rule(
        r"(\b(?:my name is|my name's|i am called|mein name ist|ich hei(?:ß|ss)e|je m'appelle|mon nom est|"
        r"me llamo|mi nombre es|mi chiamo|ik heet|mijn naam is)\s+)[\w'-]+(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+){0,2}",
        r"\1[name]",
        *("name", "called", "ich hei", "appelle", " nom ", "llamo", "nombre", "chiamo", "heet", "naam"),
    ),
    _rule(r"\b[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b", "[account]", *"0123456789"),
    _rule(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)", "[number]", "."),
    # Streets: `12 High Street`, `Hauptstraße 5`, `5 rue de la Paix`, `Via Roma 12`, and British postcodes.
    _rule(rf"\b\d{{1,4}}[a-z]?,?\s+(?:(?-i:[A-Z])[\w'-]*\s+){{1,3}}{_STREET}\b\.?", "[address]", *"0123456789"),
    _rule(
        r"\b[\w-]*(?:straße|strasse|str\.|gasse|allee|straat|laan|platz|weg)\s*\d{1,4}(?:\s?[a-z])?\b",
        "[address]",
        *("straße", "strasse", "str.", "gasse", "allee", "straat", "laan", "platz", "weg"),
    ),
    _rule(
        r"\b\d{1,4},?\s+(?:bis\s+|ter\s+)?(?:rue|avenue|boulevard|chemin|impasse|allée|quai)"
        r"(?:\s+(?:de|du|des|la|le|les|l'|d'))*\s*[\w'-]+(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+)*",
        "[address]",
        *("rue", "avenue", "boulevard", "chemin", "impasse", "allée", "quai"),
    ),
    _rule(
        r"\b(?:via|viale|corso|piazza|calle|avenida|plaza|paseo)(?:\s+(?:de|del|della|la|las|los|di))*"
        r"(?:\s+(?-i:[A-ZÀ-Þ])[\w'-]+){1,3},?\s+\d{1,4}\b",
        "[address]",
        *("via", "corso", "piazza", "calle", "avenida", "plaza", "paseo"),
    ),
    _rule(r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]?\s+\d[A-Z]{2}\b)", "[address]", *"0123456789"),
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
    if any(letter.isdigit() for letter in clean):
        clean = masked_accounts(clean)
    low = clean.lower()
    for rule in _RULES:
        if any(hint in low for hint in rule.hints):
            clean = rule.pattern.sub(rule.mark, clean)
    return masked_numbers(clean)[:LONGEST] or None


def _shortened(text: str) -> str:
    """The first LONGEST letters less the last words: half an address would not be known as one, and would stay."""
    if len(text) <= LONGEST:
        return text
    words = text[:LONGEST].rsplit(None, 5)
    return words[0] if len(words) == 6 else ""
