"""What devices say of themselves: the newest state of each, and the history of their places."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from hub.intake.cursors import Spoken
from hub.intake.sorting import Heard, Source
from hub.sites import moment
from hub.storage.layout import Layout, Owner, Said, Version, drawn_by, version_of
from hub.storage.rows import LONG, REAL, TIME, WORD, table
from hub.storage.statements import add, append, run

_PLACE = [("site", WORD), ("device", WORD), ("place", WORD)]
_CLEAR_DEVICE = [
    "DELETE FROM device USING incoming WHERE device.site = incoming.site AND device.device = incoming.device",
    "DELETE FROM sensor USING incoming WHERE sensor.site = incoming.site AND sensor.device = incoming.device",
]
_CLEAR_VERSION = """
DELETE FROM place USING incoming WHERE place.site = incoming.site AND place.device = incoming.device
    AND place.place = incoming.place AND place.valid_from = incoming.valid_from
"""
_CLEAR_EPOCHS = """
DELETE FROM epoch_told USING incoming WHERE epoch_told.site = incoming.site AND epoch_told.device = incoming.device
"""
_FOLLOWED = "SELECT site, device, laid_at, laid_epoch FROM device WHERE site IN (SELECT site FROM incoming)"


def take(connection: Any, heard: list[Heard], at: float, sql: Mapping[str, str]) -> None:
    """Write what these statuses, received `at` in this order, say. The state of a device is what came last; its
    places follow the order of the statuses' own moments, and an unchanged plan writes nothing of them.
    """
    newest = {(h.site, h.device): h for h in heard}
    connection.register("incoming", table([("site", WORD)], [(site,) for site in {h.site for h in heard}]))
    layout = _layout(connection, sql["newest_place"])
    connection.unregister("incoming")
    for said in sorted((_said(h, at) for h in heard), key=lambda said: said.at):
        layout.follow(said)
    devices = _devices(newest.values(), at, layout.heard)
    run(connection, _CLEAR_DEVICE, devices)
    add(connection, "device", devices)
    add(connection, "sensor", _sensors(newest.values()))
    if layout.gone:
        rows = [(*row[:3], moment(row[3])) for row in layout.gone]
        run(connection, [_CLEAR_VERSION], table([*_PLACE, ("valid_from", TIME)], rows))
    if layout.fresh:
        add(connection, "place", _versions(layout.fresh))


def take_epochs(connection: Any, spoken: Mapping[Source, Spoken]) -> None:
    """Write all that is known of the epochs of these devices."""
    columns = [("site", WORD), ("device", WORD), ("epoch", WORD), ("number", LONG)]
    columns += [("said_at", TIME), ("heard_at", TIME), ("returned_at", TIME)]
    rows = [
        (*source, one.number, moment(one.said_at), moment(one.heard_at), _time(one.returned_at or None))
        for source, one in spoken.items()
    ]
    found = table(columns, rows)
    run(connection, [_CLEAR_EPOCHS], found)
    append(connection, "epoch_told", found)


def epochs_known(found: pa.Table) -> dict[Source, Spoken]:
    """What rows of epoch_told say, in their order."""
    return {
        (row["site"], row["device"], row["epoch"]): Spoken(
            row["number"],
            row["said_at"].timestamp(),
            row["heard_at"].timestamp(),
            row["returned_at"].timestamp() if row["returned_at"] else 0.0,
        )
        for row in found.to_pylist()
    }


def _layout(connection: Any, newest: str) -> Layout:
    versions = connection.sql(newest).to_arrow_table().to_pylist()
    followed = connection.sql(_FOLLOWED).to_arrow_table().to_pylist()
    heard = {(r["site"], r["device"]): (r["laid_at"].timestamp(), r["laid_epoch"]) for r in followed if r["laid_at"]}
    return Layout(map(version_of, versions), heard)


def _said(heard: Heard, at: float) -> Said:
    said = heard.status
    # A clock that runs ahead must not keep out what is said once it is right.
    when = min(said.at.timestamp(), at)
    return Said(heard.site, heard.device, when, said.epoch, drawn_by(said.places))


def _devices(heard: Iterable[Heard], at: float, followed: Mapping[Owner, tuple[float, str]]) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("state", WORD), ("said_at", TIME), ("epoch", WORD)]
    columns += [("version", WORD), ("level", WORD), ("plan", WORD), ("clock", WORD), ("skew_s", REAL)]
    columns += [("held", LONG), ("dropped", LONG), ("received_at", TIME), ("laid_at", TIME), ("laid_epoch", WORD)]
    return table(columns, [_device(h, at, *followed[h.site, h.device]) for h in heard])


def _device(heard: Heard, at: float, laid_at: float, laid_epoch: str) -> tuple[Any, ...]:
    said = heard.status
    # A will was written at connect and a retained message is old: neither says anything about the clock, and
    # a retained one nothing about now.
    fresh = not heard.retain and said.state == "online"
    skew = round(at - said.at.timestamp(), 1) if fresh else None
    received = said.at if heard.retain else moment(at)
    first = (heard.site, heard.device, said.state, said.at, said.epoch, said.version, said.level, said.plan)
    last = (said.counters.get("dropped"), received, moment(laid_at), laid_epoch)
    return (*first, said.clock, skew, said.held, *last)


def _sensors(heard: Iterable[Heard]) -> pa.Table:
    columns = [("site", WORD), ("device", WORD), ("sensor", WORD), ("kind", WORD), ("state", WORD), ("seen", TIME)]
    rows = [(h.site, h.device, s.id, s.kind, s.state, s.seen) for h in heard for s in h.status.sensors]
    return table(columns, rows)


def _versions(versions: Iterable[Version]) -> pa.Table:
    columns = [*_PLACE, ("kind", WORD), ("role", WORD), ("sensor", WORD)]
    columns += [("promise_s", LONG), ("area_m2", REAL), ("outline_m", pa.list_(pa.list_(REAL)))]
    columns += [("valid_from", TIME), ("valid_to", TIME), ("said_at", TIME)]
    return table(columns, [(v.site, v.device, *v.drawn, *map(_time, v[3:])) for v in versions])


def _time(at: float | None) -> Any:
    return None if at is None else moment(at)
