"""The versions of a device's plan that the hub holds: newest first, which one runs; and what is a plan."""

import json
from typing import Any, NamedTuple

import msgspec

from dashboard.setup.places import addresses
from dashboard.setup.plans import Table
from edge.plan import PlanError, digest, parse
from edge.toml import text

Rows = list[dict[str, Any]]


class BadPlan(Exception):
    """A text is no plan for this device. `key` names the sentence that says so, `values` fill it."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key, self.values = key, values


class Version(NamedTuple):
    """One saved version of a plan. `running`: the device says that it works by it, as far as places go."""

    number: int
    at: float | None
    by: str
    toml: str
    note: str
    running: bool


def body_of(row: dict[str, Any]) -> dict[str, Any]:
    """What a row of `documents` holds."""
    found = json.loads(row["body"])
    return found if isinstance(found, dict) else {}


def versions(rows: Rows, device: str, runs: str | None) -> list[Version]:
    """The versions of one device's plan, newest first; `runs` is the digest that the device tells."""
    found = []
    for row in rows:
        body = body_of(row)
        if body.get("device") == device:
            own = _digest(body["toml"])
            found.append(
                Version(row["version"], row["at"], row["by"] or "", body["toml"], body.get("note") or "", own == runs)
            )
    return sorted(found, key=lambda version: -version.number)


def checked(toml: str, site: str, device: str) -> Table:
    """The plan's table; BadPlan where the text is no plan, is for another device, or holds an address."""
    try:
        table = msgspec.toml.decode(toml, type=Table)
    except msgspec.DecodeError as error:
        raise BadPlan("setup.bad_plan", why=str(error).rpartition("(")[2].rstrip(")")) from None
    if found := addresses(table):
        raise BadPlan("setup.address", place=found[0])
    try:
        plan = parse(table)
    except PlanError as error:
        raise BadPlan("setup.bad_plan", why=str(error)) from None
    if (plan.site, plan.device) != (site, device):
        raise BadPlan("setup.foreign_plan", site=plan.site, device=plan.device)
    return table


def file(table: Table, number: int) -> str:
    """The plan as the device reads it, with its version in front."""
    return f"# {table['site']}/{table['device']}, version {number}\n{text(table)}"


def _digest(toml: str) -> str | None:
    try:
        return digest(parse(msgspec.toml.decode(toml)))
    except (PlanError, msgspec.DecodeError):
        return None
