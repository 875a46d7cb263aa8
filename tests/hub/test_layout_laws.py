"""What holds of the history of places whatever devices say, in whatever order it comes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.values import COUNT_S
from hub.storage.layout import Drawn, Layout, Said

NOON = 1781085600.0  # 2026-06-10T10:00:00Z


def drawn(name, role):
    return Drawn(name, "line", role, "ceiling-1", None, None, None)


SAID = st.builds(
    lambda device, at, epoch, roles: Said(
        "s001", device, NOON + 100 * at, epoch, tuple(drawn(name, role) for name, role in roles.items())
    ),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 60),
    st.sampled_from(["1", "2"]),
    st.dictionaries(st.sampled_from(["p", "q"]), st.sampled_from(["door", "passing"])),
)


class Kept:
    """The table as statuses leave it, taken in one after the other."""

    def __init__(self):
        self.rows, self.heard = {}, {}

    def take(self, *statuses):
        newest = {}
        for version in sorted(self.rows.values(), key=lambda v: v.valid_from):
            newest[version.device, version.drawn.place] = version
        layout = Layout(newest.values(), self.heard)
        for said in statuses:
            layout.follow(said)
        for row in layout.gone:
            del self.rows[row]
        for version in layout.fresh:
            assert version.row not in self.rows
            self.rows[version.row] = version
        self.heard = layout.heard

    def at(self, moment, device=None):
        return {
            (v.device, v.drawn.place): v.drawn.role
            for v in self.rows.values()
            if v.valid_from <= moment and (v.valid_to is None or moment < v.valid_to) and device in (None, v.device)
        }


MOMENTS = [NOON + COUNT_S * n for n in range(-1, 22)]


@given(st.lists(SAID, max_size=12))
def test_no_status_changes_what_was_before_its_moment(statuses):
    kept = Kept()
    for said in statuses:
        before = {m: kept.at(m) for m in MOMENTS}
        known = {(v.device, v.drawn.place) for v in kept.rows.values()}
        newer = said.at > kept.heard.get(("s001", said.device), (0, ""))[0]
        kept.take(said)
        for moment, roles in before.items():
            after = kept.at(moment)
            if moment < said.at or not newer:
                assert {key: role for key, role in after.items() if key in known} == roles
        spans = sorted((v.device, v.drawn.place, v.valid_from, v.valid_to or 9e9) for v in kept.rows.values())
        for one, two in pairwise(spans):
            assert one[:2] != two[:2] or one[3] <= two[2], "versions of a place do not overlap"
        valid = [v.drawn.place for v in kept.rows.values() if v.valid_to is None]
        assert len(valid) == len(set(valid)), "a place belongs to one device"


@given(st.lists(SAID, max_size=12, unique_by=lambda said: said.at), st.randoms(use_true_random=False))
def test_in_one_batch_or_in_many_the_history_is_the_same(statuses, chance):
    ordered = sorted(statuses, key=lambda said: said.at)
    one, many = Kept(), Kept()
    one.take(*ordered)
    while ordered:
        n = chance.randint(1, len(ordered))
        many.take(*ordered[:n])
        ordered = ordered[n:]
    assert [one.at(moment) for moment in MOMENTS] == [many.at(moment) for moment in MOMENTS]


@given(st.lists(SAID, min_size=1, max_size=12, unique_by=lambda said: said.at))
def test_who_says_last_has_what_it_says(statuses):
    kept = Kept()
    for said in sorted(statuses, key=lambda said: said.at):
        fresh = said.epoch != kept.heard.get(("s001", said.device), (0, ""))[1]
        had = kept.at(9e9, said.device)
        kept.take(said)
        told = {(said.device, p.place): p.role for p in said.places}
        now = kept.at(9e9, said.device)
        assert now.items() <= told.items()
        if fresh:
            assert now == told
        assert (had.keys() & told.keys()) <= now.keys()
