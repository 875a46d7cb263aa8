from edge.measure.audit import Crossed, Entry, Length, Occupancy, Visited, Waited
from edge.measure.score import compare

TRUTH: list[Entry] = [
    *[Crossed("door", float(t), "+") for t in (10, 20, 30)],
    Crossed("door", 40.0, "-"),
    Visited("area", 10.0, 30.0, False),
    Visited("area", 25.0, 60.0, False),
    *[Occupancy(zone="area", t=t, n=1) for t in range(60)],
    Waited("till", 10.0, 50.0, 80.0, 80.0, False, False),
    *[Length("till", t, 2) for t in range(0, 60, 5)],
    *[Occupancy(queue="till", t=t, n=2) for t in range(60)],
]


def test_perfect() -> None:
    got = compare(TRUTH, TRUTH)
    assert (got["lines"]["f1"], got["lines"]["gross"], got["lines"]["net"]) == (1.0, 0.0, 0.0)
    assert got["zones"]["area"]["worst_s"] == got["zones"]["area"]["occupancy_mae"] == 0.0
    assert got["queues"]["till"]["wait_mae_s"] == got["queues"]["till"]["length_mae"] == 0.0


def test_empty() -> None:
    assert compare([], []) == {}
    got = compare(TRUTH, [])
    assert (got["lines"]["f1"], got["lines"]["precision"], got["lines"]["gross"]) == (0.0, None, 1.0)
    assert got["zones"]["area"]["start_mae_s"] is None
    assert got["queues"]["till"]["wait_mean_measured_s"] is None
    assert compare([], TRUTH)["lines"]["recall"] is None


def test_all_wrong() -> None:
    wrong: list[Entry] = [Crossed("door", t + 2.0, "+") for t in (10, 20, 30)]
    lines = compare(TRUTH, wrong)["lines"]
    assert (lines["f1"], lines["matched"], lines["gross"]) == (0.0, 0, 0.25)


def test_one_miss_and_one_double_do_not_cancel() -> None:
    swapped: list[Entry] = [e for e in TRUTH if e != Crossed("door", 40.0, "-")] + [Crossed("door", 20.5, "+")]
    lines = compare(TRUTH, swapped)["lines"]
    assert (lines["net"], lines["gross"], lines["matched"]) == (0.0, 0.5, 3)


def test_stays_match_by_overlap() -> None:
    found: list[Entry] = [Visited("area", 11.0, 29.0, False), Visited("area", 70.0, 90.0, False)]
    zone = compare(TRUTH, found)["zones"]["area"]
    assert (zone["matched"], zone["start_mae_s"], zone["worst_s"]) == (1, 1.0, 1.0)


def test_waits_services_and_those_who_gave_up() -> None:
    found: list[Entry] = [
        Waited("till", 12.0, 46.0, 80.0, 80.0, False, False),
        Waited("till", 20.0, None, None, 40.0, False, False),
        Waited("till", 50.0, None, None, 60.0, False, True),
        *[Occupancy(queue="till", t=t, n=2) for t in range(60)],
    ]
    queue = compare(TRUTH, found)["queues"]["till"]
    assert (queue["left_true"], queue["left_measured"]) == (0, 1), "who still waits at the end has not given up"
    assert (queue["wait_mean_true_s"], queue["wait_mean_measured_s"], queue["wait_error"]) == (40.0, 34.0, 0.15)
    assert (queue["service_mean_true_s"], queue["service_mean_measured_s"], queue["service_mae_s"]) == (30, 34, 4)
    assert queue["throughput_true"] == 60.0
    # 120 person-seconds, 34 of them at the till and 10 of who still waits, by one served.
    assert queue["wait_little_s"] == 76.0


def test_dwell_error_and_stays_that_the_end_cuts() -> None:
    found: list[Entry] = [Visited("area", 10.0, 31.0, False), Visited("area", 25.0, 59.0, True)]
    zone = compare(TRUTH, found)["zones"]["area"]
    assert (zone["open_true"], zone["open_measured"]) == (0, 1)
    assert (zone["dwell_true_s"], zone["dwell_measured_s"], zone["dwell_error"]) == (27.5, 27.5, 0.0)
    assert compare(TRUTH, [])["zones"]["area"]["dwell_error"] is None
