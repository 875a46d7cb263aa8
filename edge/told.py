"""What this device sends, in words made from the schema of the messages, the thresholds of the door and the plan.

Nothing here is a promise of its own: a field that the schema gets shows up, a threshold that changes changes the
text.
"""

from typing import NamedTuple

from edge.budget import shown
from edge.measure.live import QUEUE_S, ZONE_S
from edge.messages import Live
from edge.plan import Level, Plan
from edge.privacy import CELL, FLOW_STEP, HEAT_STEP_S, TAGS
from edge.values import COUNT_S, STAY_S, Count, Flow, Heat, K, Load, Quality, Stat, Value

_LEVELS: dict[Level, str] = {
    "strict": f"strict: what concerns fewer than {K} people is withheld, counts too; no beacons, no paths, no heat"
    " map; live there is the alert alone",
    "standard": f"standard: counts as a turnstile gives them; whatever says how long somebody stayed only from {K}"
    " people on",
    "dp": "dp: every number carries noise, so that nobody can be sure whether any one person was there",
}
NEVER = (
    "a picture, or any part or feature of one",
    "where a person stood or walked, or a number that stands for a person, a visit or a track",
    "the address, name, key or strength of any device, also not hashed",
    "when a single person crossed a line",
    "which places one visit touched, or in which order",
    "anything about staff: staff is left out of every number",
    "anything about phones: only the shop's own listed tags are heard at all",
)


class Told(NamedTuple):
    """One kind of number: what it is, how often it leaves, from how many people on, and its own fields."""

    name: str
    what: str
    every: str
    rule: str
    fields: tuple[str, ...]


def level(plan: Plan) -> str:
    """What the level in force means; at level dp also what the noise costs."""
    return _LEVELS[plan.level] + (f"; {shown(plan.dp)}" if plan.level == "dp" else "")


def sent(plan: Plan) -> list[Told]:
    """Each kind of number that may leave at the plan's level."""
    own = set(Value.__struct_fields__)
    return [
        Told(
            kind.__name__.lower(), what, *rules[plan.level], tuple(f for f in kind.__struct_fields__ if f not in own)
        )
        for kind, what, rules in _KINDS
        if plan.level in rules
    ]


def not_sent(plan: Plan) -> list[str]:
    """The kinds that other levels send and this one does not."""
    return [what for _, what, rules in _KINDS if plan.level not in rules]


def watched(plan: Plan) -> list[tuple[str, str]]:
    """(sensor, the places it watches) of a plan. A zone for staff is named too, though nothing is said about it."""
    found = []
    for sensor in plan.sensors:
        places = [f"line {line.id}" for line in plan.lines if line.sensor == sensor.id]
        places += [f"zone {zone.id}{_staff(zone.role)}" for zone in plan.zones if zone.sensor == sensor.id]
        places += [f"queue {queue.id}" for queue in plan.queues if queue.sensor == sensor.id]
        found.append((f"{sensor.kind} {sensor.id}", ", ".join(places) or "no place"))
    return found


def kept(plan: Plan) -> list[str]:
    """How long what is kept where."""
    return [
        "pictures, and where people are: in memory, while they are looked at",
        "what radio tags and phones say: in memory of a process of its own, which ends every night",
        f"numbers on this device: until the hub has them, {plan.outbox.max_age_h:g} hours at most",
        "numbers at the shop's hub: windows 13 months, days 25 months, unless it is set otherwise",
    ]


def _staff(role: str) -> str:
    return " (staff: nothing is said about it)" if role == "staff" else ""


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} min"


_LONG = f"{_minutes(STAY_S)} or longer"
_DEVICE = f"about the device; tags from {TAGS} on"
_TURNSTILE = f"as a turnstile gives it; groups from {K} on"
_KINDS: tuple[tuple[type[Value] | type[Live], str, dict[Level, tuple[str, str]]], ...] = (
    (
        Count,
        "people who crossed a line",
        {
            "standard": (_minutes(COUNT_S), _TURNSTILE),
            "strict": (_minutes(COUNT_S), f"from {K} on, else all of it withheld"),
            "dp": ("hour", "with noise"),
        },
    ),
    (
        Load,
        "people in a zone or queue",
        {
            "standard": (_minutes(STAY_S), "as anybody in the shop sees it; mean to 0.5"),
            "strict": (
                _minutes(STAY_S),
                f"from {K} on, else all of it withheld; mean to 0.5; never served, abandoned",
            ),
        },
    ),
    (
        Stat,
        "how long people stayed or waited",
        {
            "standard": (_LONG, f"from {K} people on, else carried on, at the day's end withheld"),
            "strict": (_LONG, f"from {K} people on, else carried on, at the day's end withheld"),
            "dp": ("day", "with noise"),
        },
    ),
    (
        Flow,
        "people who went from one place to the next",
        {"standard": ("day", f"from {CELL} on, to {FLOW_STEP}, others withheld beside a withheld one")},
    ),
    (
        Heat,
        "where on the floor people spend time",
        {"standard": ("day", f"from {CELL} visits a square of 1 m or more on, to {HEAT_STEP_S} s")},
    ),
    (
        Quality,
        "how well a sensor worked",
        {"standard": ("day", _DEVICE), "strict": ("day", _DEVICE), "dp": ("day", "about the device, coarser")},
    ),
    (
        Live,
        "the screen at the till; stored nowhere",
        {
            "standard": (f"queue {QUEUE_S} s, zone {ZONE_S} s", "waiting people, occupancy to 5"),
            "strict": (f"{QUEUE_S} s, {ZONE_S} s", "the alert alone"),
        },
    ),
)
