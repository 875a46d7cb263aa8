"""A mapping that is being written: what it may be called, and what of it still waits for a decision."""

import re


def name_of(file: str) -> str:
    """A name for the mapping of a file: its own in small letters, digits and dashes."""
    stem = file.rpartition(".")[0] or file
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "survey"


def undecided(toml: str) -> int:
    """How many places of a suggested mapping wait for a decision: lines with a quoted `?`."""
    return sum('"?"' in line.partition("#")[0] for line in toml.splitlines())
