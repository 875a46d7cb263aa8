"""The compound questions about what customers say, by name."""

from collections.abc import Mapping

from hub.compound import answered, stores
from hub.compound.inquiry import Compound

OF_ANSWERS: Mapping[str, Compound] = {
    "stores": Compound(
        "a site and score: visitors, the score drawn towards the others, limits of chance, places it may have",
        ("start", "end"),
        stores.stores,
        ("sites",),
    ),
    "store_days": Compound(
        "a site and business day that begins in the period: visitors, long waits, share within the promise",
        ("start", "end"),
        stores.store_days,
        ("sites",),
    ),
    "consistency": Compound(
        "stores, dayparts or touchpoints and a score: how far they truly lie apart, with an interval",
        ("start", "end"),
        stores.consistency,
        ("sites",),
    ),
    "drivers_all": Compound(
        "what one unit more of a condition goes with in NPS, over all sites, each compared with itself",
        ("start", "end"),
        answered.drivers_all,
        ("sites",),
    ),
    "scores_by": Compound(
        "a score by channel, touchpoint, daypart, weekday or week, and whether it lies apart from the others",
        ("site", "start", "end"),
        answered.scores_by,
    ),
    "weighted": Compound(
        "NPS weighted to the visitors of each hour, beside the plain one", ("site", "start", "end"), answered.weighted
    ),
    "response": Compound(
        "a local hour, first all together: answers, visitors and the share of them who answered",
        ("site", "start", "end"),
        answered.response,
    ),
    "kiosk": Compound(
        "today's presses of a local hour that is over, by button, where 5 stand together", ("site",), answered.kiosk
    ),
}
