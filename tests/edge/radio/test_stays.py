"""Visits and head counts from guesses."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.measure.dwell import Present, Visit
from edge.plan import TagRole
from edge.radio.position import Guess
from edge.radio.stays import Stays

# A machine under load draws slowly; that is no fault of what is drawn.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROLES: tuple[TagRole, ...] = ("trolley", "staff", "loyalty")


def run(path: dict[int, str | None], tag: int = 0, seconds: int = 0, roles: tuple[TagRole, ...] = ROLES):
    """(visits, presents) of one tag whose zone is given by the second; a second without one: out of hearing."""
    stays, visits, presents, late = Stays(roles, ("a", "b")), [], [], 0.0
    end = max(seconds, max(path) + 1)
    for t in range(-100, end):
        guesses = [Guess(tag, t, path[t], 0.9, t)] if t in path else []
        for fact in stays.step(float(t), guesses):
            (visits if isinstance(fact, Visit) else presents).append(fact)
            # A guess looks 3 s back.
            late = max(late, t + 3 - fact.at)
    assert late <= 15.0
    return visits + [fact for fact in stays.close(float(end - 1)) if isinstance(fact, Visit)], presents


def stretch(**spans: tuple[int, int]) -> dict[int, str | None]:
    return {t: zone.strip("_") or None for zone, (start, end) in spans.items() for t in range(start, end)}


def test_a_stay_from_zone_to_zone() -> None:
    visits, _ = run(stretch(a=(0, 60), b=(60, 100)) | stretch(a_=(100, 130)))
    assert visits[:2] == [
        Visit(at=60.0, zone="a", start=0.0, cut=False),
        Visit(at=100.0, zone="b", start=60.0, cut=False),
    ]
    assert visits[2].cut


def test_a_flicker_into_another_zone_is_no_visit_and_no_end() -> None:
    visits, _ = run(stretch(a=(0, 60), b=(60, 66)) | stretch(a_=(66, 100)) | stretch(_=(100, 120)))
    assert visits == [Visit(at=100.0, zone="a", start=0.0, cut=False)]


def test_a_short_passage_leaves_the_ends_where_they_were() -> None:
    path = stretch(a=(0, 60), b=(60, 65)) | stretch(_=(65, 120))
    assert run(path)[0] == [Visit(at=60.0, zone="a", start=0.0, cut=False)]


def test_out_of_hearing_ends_a_stay_cut_with_its_length_kept() -> None:
    stays = Stays(ROLES, ("a", "b"))
    stays.step(-100.0, [])
    for t in range(41):
        stays.step(float(t), [Guess(0, t, "a", 0.9, min(t, 20))])
    (visit,) = [fact for fact in stays.step(41.0, []) if isinstance(fact, Visit)]
    assert visit.at - visit.start == 20.0
    assert visit.at == 29.0
    assert visit.cut


def test_whoever_is_there_as_we_begin_is_cut() -> None:
    stays = Stays(ROLES, ("a", "b"))
    facts = [f for t in range(80) for f in stays.step(float(t), [Guess(0, t, "a" if t < 40 else "b", 0.9, t)])]
    assert [f for f in facts if isinstance(f, Visit)] == [Visit(at=40.0, zone="a", start=0.0, cut=True)]


def test_staff_leave_no_trace() -> None:
    visits, presents = run(stretch(a=(0, 60), b=(60, 100)), tag=1)
    assert visits == []
    assert all(present.people == 0 for present in presents)


def test_a_parked_trolley_is_nobody_and_a_loyalty_tag_is() -> None:
    path = stretch(a=(0, 2000), b=(2000, 2050)) | stretch(_=(2050, 2070))
    visits, presents = run(path)
    assert [v.zone for v in visits] == ["b"]
    assert [p.people for p in presents if p.place == "a" and p.at in (1000.0, 1900.0)] == [1, 0]
    assert [v.zone for v in run(path, tag=2)[0]] == ["a", "b"]


def test_every_zone_is_counted_every_second_also_when_empty() -> None:
    stays = Stays(ROLES, ("a", "b"))
    assert stays.step(7.0, [Guess(2, 7, "b", 0.9, 7)]) == [
        Present(at=7.0, place="a", people=0, serving=0),
        Present(at=7.0, place="b", people=1, serving=0),
    ]


@CALM
@given(st.lists(st.sampled_from(["a", "b", None, "gone"]), min_size=1, max_size=150))
def test_visits_are_disjoint_long_enough_and_no_longer_than_the_path(zones: list[str | None]) -> None:
    path = {t: zone for t, zone in enumerate(zones) if zone != "gone"}
    visits, _ = run(path or {0: None}, seconds=len(zones))
    assert all(visit.at - visit.start >= 10.0 for visit in visits)
    assert sum(visit.at - visit.start for visit in visits) <= len(zones)
