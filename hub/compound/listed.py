"""The compound questions by name. A new one: a module here with a function from Inquiry to a table, and an entry."""

from collections.abc import Mapping

from hub.compound import forecast
from hub.compound.inquiry import Compound

COMPOUND: Mapping[str, Compound] = {
    "forecast": Compound(
        "a local hour of the 8 days from `day` on: people expected through the doors, with a band of 80 %",
        ("site", "day"),
        forecast.answer,
    ),
}
