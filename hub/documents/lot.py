"""The calendar of a trial, as its seed draws it."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

from hub.documents.kinds import Trial
from hub.insight.trials import Staggered, Switchback, staggered, switchback
from hub.insight.weeks import Scale

# What a trial may be judged by, and how two days of it are compared.
SCALES: Mapping[str, Scale] = {
    "entries": "ratio",
    "wait_p90": "ratio",
    "within": "difference",
    "nps": "difference",
    "csat": "difference",
    "conversion": "ratio",
}


def seed_of(site: str, metric: str, place: str | None, first: date, weeks: int) -> int:
    """The seed that the hub proposes: always the same for the same trial, so that nobody draws until it suits."""
    text = f"{site}|{metric}|{place or ''}|{first}|{weeks}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def drawn(trial: Trial) -> Switchback | Staggered | None:
    """What the seed draws; None for a trial without a lot. ValueError naming the key where nothing can be drawn."""
    scale = SCALES[trial.metric]
    if trial.how == "lot":
        return switchback(trial.first, trial.weeks, trial.seed, scale=scale)
    if trial.how == "staggered":
        return staggered(trial.stores, trial.pool, trial.seed, beside=trial.beside, scale=scale)
    return None


def on_days(plan: Switchback) -> tuple[date, ...]:
    """The days on which it is on, in order."""
    return tuple(plan.starts + timedelta(days=n) for n, on in enumerate(plan.on) if on)
