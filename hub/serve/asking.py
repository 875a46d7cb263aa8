"""From a question and its parameters to its table, whether it is stored or made from others."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from hub.compound.inquiry import Inquiry
from hub.serve import questions
from hub.serve.parameters import Values
from hub.serve.questions import QUESTIONS
from hub.sites import Site
from hub.storage.store import Store


def answer(store: Store, question: str, values: Values, allowed: Mapping[str, Site], at: float) -> pa.Table:
    """The table that answers a question at a moment. `allowed` are the sites that the bearer may read; the one of a
    question with `site` must be among them, which is for the caller to see to.
    """
    one = QUESTIONS[question]
    if one.make is not None:
        return one.make(_inquiry(store, values, allowed, at))
    if question == "sites":
        found = store.ask(question, questions.bound(values, None, at))
        return questions.with_days(found, allowed, at)
    site = allowed[values["site"]]
    bucket = questions.calendar(question, site, values)
    return one.finish(store.ask(question, questions.bound(values, site, at), bucket))


def _inquiry(store: Store, values: Values, allowed: Mapping[str, Site], at: float) -> Inquiry:
    if "site" in values:
        sites: tuple[Site, ...] = (allowed[values["site"]],)
    else:
        wanted = values.get("sites", allowed)
        sites = tuple(site for name, site in sorted(allowed.items()) if name in wanted)

    def ask(question: str, site: Site, **given: Any) -> pa.Table:
        if QUESTIONS[question].verbatim:
            raise ValueError("what single people wrote is part of no other answer")
        return answer(store, question, given | {"site": site.id}, {site.id: site}, at)

    def rows(name: str, values: Mapping[str, Any], bucket: pa.Table | None = None) -> pa.Table:
        site = allowed.get(values.get("site", ""))
        return store.ask(name, questions.bound(dict(values), site, at), bucket)

    def over(name: str, **given: Any) -> list[dict[str, Any]]:
        alike: dict[int, tuple[pa.Table | None, list[str]]] = {}
        for site in sites:
            bucket = questions.calendar(name, site, given)
            alike.setdefault(id(bucket), (bucket, []))[1].append(site.id)
        bound = questions.bound(dict(given), None, at)
        found = (store.ask(name, bound | {"sites": ids}, bucket) for bucket, ids in alike.values())
        return [row for table in found for row in table.to_pylist()]

    return Inquiry(values, sites, at, ask, rows, over)
