"""Facts about people with a tag: who came, how many badges are where, which stays were staff's. None names a tag."""

from msgspec import Struct


class Came(Struct, frozen=True, tag="came", omit_defaults=True):
    """Somebody with a tag came in at `at`, as the radio sensor `source` has it.

    With `door` false a trolley was taken from its park: when its user passed the door nobody knows.
    """

    at: float
    source: str
    door: bool = True


class Met(Struct, frozen=True, tag="met"):
    """What a radio sensor and the doors' cameras had in the 5 minutes from `at` on, in which both looked.

    `tags` visitors with a tag came in, of `entries` whom the cameras counted (None: this device sees no door);
    `matched` of the tagged were counted too (None: it cannot be known). Of `trials` moments at which no tagged
    visitor came, `hits` would have been matched to somebody.
    """

    at: float
    sensor: str
    seconds: float
    tags: int
    entries: int | None
    matched: int | None
    hits: int = 0
    trials: int = 0


class Badges(Struct, frozen=True, tag="badges"):
    """How many staff badges are in a radio zone at `at`."""

    at: float
    zone: str
    people: int


class Stood(Struct, frozen=True, tag="stood"):
    """A staff badge was in a radio zone from `start` to `at`."""

    at: float
    zone: str
    start: float
