"""Quarter hours kept in step from what came, against sums over everything stored."""

import random

import pytest

NOW = 1781114400.0  # 2026-06-10T18:00:00Z

TRUTH = """
SELECT device, epoch(time_bucket(INTERVAL '15 minutes', start_at)) AS at, sum(observed_s) AS observed,
       sum(entries) AS entries, sum(exits) AS exits
FROM (SELECT *, row_number() OVER (PARTITION BY device, place, start_at
      ORDER BY revision DESC, received_at DESC, seq DESC) AS turn FROM value_count) WHERE turn = 1
GROUP BY 1, 2 ORDER BY 1, 2
"""
KEPT = """
SELECT device, epoch(start_at) AS at, observed_s AS observed, entries, exits FROM count_15 ORDER BY device, start_at
"""


def agrees(hub):
    truth, kept = hub.rows(TRUTH), hub.rows(KEPT)
    assert kept == truth
    assert len({(row["device"], row["at"]) for row in kept}) == len(kept)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_windows_gives_the_same_quarter_hours(hub, shop, seed):
    """In order, late, repeated by another epoch, revised, unmeasured, over restarts and deletions in between."""
    chance = random.Random(seed)
    shops = [type(shop)(device=f"cam-{i}", epoch=f"0000000{i}") for i in range(3)]
    front = dict.fromkeys(range(3), 0)
    for turn in range(12):
        raw = []
        for _ in range(chance.randint(1, 12)):
            i = chance.randrange(3)
            late = chance.random() < 0.25
            front[i] += 0 if late else chance.choice((1, 1, 1, 2, 5))
            step = chance.randint(0, front[i]) if late else front[i]
            end = NOW - 86_400 + 300 * step
            entries = chance.choice((None, *range(5)))
            observed = 0 if entries is None else 300
            revision = chance.choice((0, 0, 0, 0, 1))
            count = shops[i].count(end, entries, entries and 1, observed_s=observed, revision=revision)
            raw.append(shops[i].raw(shops[i].window(end, count)))
        hub.take(*raw, at=NOW + turn)
        if chance.random() < 0.2:
            hub.store.close()
            hub.__init__(hub.path)
        if chance.random() < 0.2:
            with hub.store.write():
                pass
        agrees(hub)


@pytest.mark.parametrize("back", [6, 8, 30])
def test_a_line_that_was_silent_for_long_is_known_again_after_a_restart(hub, shop, back):
    """Its windows of then that come only now go into the quarter hours that are there."""
    busy, end = type(shop)(device="cam-02", epoch="0000000b"), NOW - back * 86_400
    hub.take(shop.raw(shop.window(end - 300, shop.count(end - 300, 2))), at=end)
    hub.take(busy.raw(busy.window(NOW, busy.count(NOW, 1))))
    hub.store.close()
    hub.__init__(hub.path)
    late = [end - 600, end]
    hub.take(*(shop.raw(shop.window(e, shop.count(e, 5))) for e in late))
    agrees(hub)
    assert {row["entries"] for row in hub.rows(KEPT) if row["device"] == "cam-01"} == {12}
    hub.take(
        shop.raw(shop.window(NOW, shop.count(NOW, 7))), busy.raw(busy.window(NOW + 300, busy.count(NOW + 300, 1)))
    )
    agrees(hub)


def test_a_line_of_which_all_is_forgotten_begins_again(hub, shop):
    hub.take(shop.raw(shop.window(NOW - 900, shop.count(NOW - 900, 2))))
    with hub.store.write() as connection:
        for table in ("value_count", "count_15"):
            connection.execute(f"DELETE FROM {table}")
    hub.take(shop.raw(shop.window(NOW, shop.count(NOW, 3))))
    agrees(hub)
    assert [row["entries"] for row in hub.rows(KEPT)] == [3]
