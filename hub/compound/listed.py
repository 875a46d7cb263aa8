"""The compound questions by name. A new one: a module here with a function from Inquiry to a table, and an entry."""

from collections.abc import Mapping

from hub.compound import (
    anomalies,
    bad_moments,
    brief,
    count_check,
    forecast,
    health_days,
    journey,
    pains,
    queue_grid,
    staffing,
    tag_stays,
    trial_plan,
    trials,
)
from hub.compound.inquiry import Compound
from hub.compound.of_answers import OF_ANSWERS

_SPAN = ("site", "start", "end")
COMPOUND: Mapping[str, Compound] = {
    "forecast": Compound(
        "a local hour of the 8 days from `day` on: people expected through the doors, with a band of 80 %",
        ("site", "day"),
        forecast.answer,
    ),
    "staffing": Compound(
        "an open local hour of the 7 days from `day` on: tills needed (Erlang C), planned, and usually open",
        ("site", "day"),
        staffing.answer,
    ),
    "brief": Compound(
        "a finding of the business day or of the week that ends with it, at most three each, or none",
        ("site", "day"),
        brief.answer,
        keep_s=600.0,
    ),
    "journey": Compound(
        "a stage from the street to the exit: people, the share that came on, time, NPS of its touchpoint",
        _SPAN,
        journey.answer,
        keep_s=600.0,
    ),
    "pains": Compound(
        "what may hurt at a stage: share who met it, what it costs one of them in points of NPS, and the evidence",
        _SPAN,
        pains.answer,
        keep_s=600.0,
    ),
    "health_days": Compound(
        "a line on a business day that begins in the period: counts, imbalance, the day's drift, coverage",
        _SPAN,
        health_days.answer,
    ),
    "anomalies": Compound(
        "a strange stretch of a door that lies in the period in part, and whether the other doors saw it too",
        _SPAN,
        anomalies.answer,
    ),
    "count_check": Compound(
        "what a person counted at a door beside what the sensor told of the same windows, and by door and way",
        _SPAN,
        count_check.answer,
    ),
    "trials": Compound(
        "a trial with its verdict: changed, no change found, or cannot tell and why", ("site",), trials.answer
    ),
    "trials_all": Compound(
        "a trial of any of the sites, those begun in one store after another too", (), trials.everywhere, ("sites",)
    ),
    "trial_plan": Compound(
        "a day of a calendar drawn by lot, and the smallest change that it would find with probability 0.8",
        ("site", "metric", "day", "weeks"),
        trial_plan.answer,
        ("place",),
    ),
    "queue_grid": Compound(
        "a weekday (Monday 0) and local hour of a queue: waits, who joined, was served, gave up, tills open",
        _SPAN,
        queue_grid.answer,
    ),
    "bad_moments": Compound(
        "a business day that is over: the shares of its visitors who met a bad moment",
        _SPAN,
        bad_moments.answer,
    ),
    "tag_stays": Compound(
        "a zone of a radio sensor: stays with a tag, and scaled up to all visitors where the share is sure enough",
        _SPAN,
        tag_stays.answer,
    ),
    **OF_ANSWERS,
}
