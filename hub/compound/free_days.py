"""The public holidays of a shop's country."""

import functools
from collections.abc import Iterable
from datetime import date

import holidays

from hub.sites import Site


def free_days(site: Site, first: date, last: date) -> frozenset[date]:
    """The public holidays of the site's country (and subdivision) from `first` to `last`; none where it names no
    country, or one that is not known.
    """
    if _fault(site) or site.country is None:
        return frozenset()
    found = _holidays(site.country, site.subdivision, range(first.year, last.year + 1))
    return frozenset(day for day in found if first <= day <= last)


def complaint(sites: Iterable[Site]) -> str | None:
    """The first key of the settings that names a country or subdivision whose holidays are not known, and what is
    expected of it.
    """
    faults = (f"sites[{i}].{fault}" for i, site in enumerate(sites) if (fault := _fault(site)))
    return next(faults, None)


def _fault(site: Site) -> str | None:
    known = holidays.list_supported_countries()
    if site.country is None:
        return None if site.subdivision is None else "subdivision: needs country beside it"
    if site.country not in known:
        return "country: not an ISO 3166 code of a country whose holidays are known"
    if site.subdivision is not None and site.subdivision not in known[site.country]:
        return "subdivision: not the ISO 3166 code of a part of this country"
    return None


@functools.lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str | None, years: range) -> tuple[date, ...]:
    return tuple(holidays.country_holidays(country, subdiv=subdivision, years=years))
