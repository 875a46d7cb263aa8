"""The name of a site, touchpoint or channel in a cell."""

import functools
import re

from hub.intake.columns import Source
from hub.intake.masking import mask

LONGEST = 300  # letters of a cell that a pattern looks at: a name stands at its beginning
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def name_in(source: Source, text: str) -> str | None:
    """The name that a cell's text stands for; None where the mapping does not know the text, or it is no name.

    A constant is the name whatever the cell says. A telephone or account number is no name.
    """
    if source.constant is not None:
        return source.constant
    if source.pattern:
        found = re.search(source.pattern, text[:LONGEST])
        text = found[1] or "" if found else ""
    if source.values:
        return source.values.get(text)
    return _known(re.sub(r"\s+", "-", text.lower()))


@functools.lru_cache(maxsize=4096)
def _known(name: str) -> str | None:
    return name if _NAME.fullmatch(name) and mask(name) == name else None
