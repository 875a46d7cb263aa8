"""The step of a scale that an answer's text names: a number alone, or with a word on it, or out of how many."""

import re

# 9, 9.0, "9 - Very likely", "Good (4)", "4/5", "4 out of 5". Words beside it are none: Store 5.
_NUMBER = re.compile(
    r"(?:[^\d]*[-–—=:(\[]\s*)??(?P<n>[+-]?\d{1,6})(?:[.,]0+)?"
    r"(?:\s*(?:/|of|out of|von|sur|de|su|van|av|af|z|из)\s*(?P<of>\d{1,3}))?"
    r"(?:\s*[-–—=:.()\]](?:\s*\D.*)?)?",
    re.DOTALL,
)


def step(text: str, highest: int | None = None) -> int | None:
    """The whole number that a text names; None where it names none, or one out of another number than `highest`."""
    found = _NUMBER.fullmatch(text)
    if found is None or (highest is not None and found["of"] and int(found["of"]) != highest):
        return None
    return int(found["n"])
