"""The Floor plan page in every state, and the rules of its map: what is a mean, what is hatched, what counts once."""

import base64
import re
import time
from datetime import date
from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.floor.drawing import drawing, frame, image_html
from dashboard.floor.picture import picture, size_px
from dashboard.floor.places import Way, Zone, density_in, inside, ways, zones
from dashboard.floor.squares import heat_of, told_days, top_of
from tests.dashboard.hub_rows import Shop, shop
from tests.dashboard.looking import Look, Opened, emptied, markup, words
from tests.dashboard.rows_floor import document, outline, png, square, way, with_floor

PAGE = "floor"
ONE, TWO = date(2026, 6, 8), date(2026, 6, 9)


def full(days: int = 3) -> Shop:
    return with_floor(shop(time.time()), days)


def maps(test: AppTest) -> list[ElementTree.Element]:
    """The drawings on the page."""
    found = re.findall(r"svg\+xml;base64,([^)]*)", markup(test))
    return [ElementTree.fromstring(base64.b64decode(one)) for one in found]


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "entrance looked 90 % of the day",
        "promo zone 4.0 15 ",
        "promo shelves 25 1 0",
        "No picture of the shop's plan is there",
        "By the day only",
        "no sensor sees it or has told of it yet",
    ):
        assert part in said, part


def test_two_periods_stand_side_by_side_on_one_scale(opened: Opened) -> None:
    with opened(full()) as test:
        test.run(timeout=30)
        assert len(maps(test)) == 1
        test.selectbox(key="view").select("two")
        said = words(test)
        drawn = maps(test)
    assert len(drawn) == 2
    assert drawn[0].attrib["viewBox"] == drawn[1].attrib["viewBox"]
    assert "The period before: mean of 3 days" in said
    assert "this page makes no claim about it" in said


def test_a_picture_lies_under_the_map_and_a_false_one_does_not(opened: Opened) -> None:
    good = {"name": "g", "image": png(200, 100), "metres_per_pixel": 0.05, "origin_px": [20, 80], "zones": []}
    bad = good | {"image": 'iVBORw0KGgo"/><script>alert(1)</script>'}
    for body, there in ((good, 1), (bad, 0)):
        made = full()
        made.rows["documents"] = [document(body)]
        with opened(made) as test:
            test.run(timeout=30)
        assert not test.exception
        (drawn,) = maps(test)
        assert sum(part.tag.endswith("image") for part in drawn.iter()) == there
        order = [part.attrib.get("mask", part.tag.rpartition("}")[2]) for part in drawn]
        assert not there or order.index("image") < order.index("url(#unseen)"), "the hatch lies over the picture"


def test_no_heat_says_what_is_needed_and_the_level(look: Look) -> None:
    made = shop(time.time())
    made.rows["devices"][0]["level"] = "strict"
    said = look(made)
    assert "No map of the floor yet" in said
    assert "At privacy level strict no map" in said
    assert "No data yet" in look(emptied())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("heat", "the hub could not answer"),
        ("flows", "the hub could not answer"),
        ("outlines", "Outlines of zones are not known"),
        ("documents", "Whether there is a picture of the plan is not known: the hub could not answer."),
    ],
)
def test_an_unanswered_part_is_said(look: Look, name: str, expected: str) -> None:
    made = full()
    made.failing = {name}
    assert expected in look(made)


def test_one_day_needs_no_slider(look: Look) -> None:
    assert "Only one day has been told so far" in look(full(1))


def test_german(look: Look) -> None:
    said = look(full(), language="de")
    assert "entrance sah 90 % des Tages zu." in said
    assert "Nur nach Tagen" in said


def test_names_are_text_and_thousands_of_zones_are_bounded(opened: Opened) -> None:
    made = full()
    made.rows["outlines"] += [outline(f"z{n}", n % 40, n // 40) for n in range(3000)]
    made.rows["outlines"].insert(0, outline("<script>&", 0, 0))
    with opened(made) as test:
        test.run(timeout=30)
    assert not test.exception
    bodies = markup(test)
    assert "<script" not in bodies
    assert "2954 more are not listed." in unescape(bodies)
    texts = [part.text for part in maps(test)[0].iter() if part.tag.endswith("text")]
    assert "<script>&" in texts
    assert len(texts) < 100


def test_a_day_is_its_own_and_several_are_a_mean_of_the_days_that_were_told() -> None:
    rows = [square(ONE, 0, 0, 600), square(TWO, 0, 0, 1200), square(TWO, 1, 0, 120)]
    rows += [square(date(2026, 6, 10), None, None, None, coverage=0.0)]
    assert told_days(rows) == [ONE, TWO]
    assert heat_of(rows, [ONE], rows).density == {(0, 0, 1.0): 10.0}
    mean = heat_of(rows, {row["day"] for row in rows}, rows)
    assert mean.density == {(0, 0, 1.0): 15.0, (1, 0, 1.0): 1.0}
    assert mean.days == 2, "a day on which nobody looked is none"


def test_larger_squares_are_by_square_metre() -> None:
    rows = [square(ONE, 0, 0, 2400, cell_m=2.0)]
    assert heat_of(rows, [ONE], rows).density == {(0, 0, 2.0): 10.0}


def test_what_two_sensors_see_counts_once() -> None:
    rows = [square(ONE, 0, 0, 600), square(ONE, 0, 0, 900, place="other")]
    assert heat_of(rows, [ONE], rows).density == {(0, 0, 1.0): 15.0}


def test_squares_of_a_silent_sensor_are_not_seen_and_it_is_named() -> None:
    rows = [square(ONE, 0, 0, 600), square(ONE, 5, 5, 600, place="other"), square(TWO, 0, 0, 600)]
    rows += [square(TWO, None, None, None, place="other", withheld="budget")]
    found = heat_of(rows, [TWO], rows)
    assert found.seen == {(0, 0, 1.0)}
    assert (found.silent, found.withheld) == (("other",), ("budget",))
    assert heat_of(rows, [ONE], rows).seen == {(0, 0, 1.0), (5, 5, 1.0)}


def test_a_zone_has_the_mean_of_its_squares_or_nothing() -> None:
    rows = [square(ONE, c, 0, 600 * (c + 1)) for c in range(3)]
    heat = heat_of(rows, [ONE], rows)
    zone = Zone("z", "zone", ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (0.0, 1.0)), 2.0)
    assert density_in(zone, heat) == pytest.approx(15.0)
    assert density_in(zone._replace(outline=((9.0, 9.0), (10.0, 9.0), (10.0, 10.0))), heat) is None
    assert density_in(zone._replace(outline=((0.0, 0.0), (1.0, 1.0))), heat) is None


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_inside_is_what_a_rectangle_says(x: float, y: float) -> None:
    if min(abs(abs(x) - 1), abs(abs(y) - 2)) > 1e-9:
        assert inside((x, y), ((-1, -2), (1, -2), (1, 2), (-1, 2))) == (abs(x) < 1 and abs(y) < 2)


def test_ways_add_up_and_days_with_too_few_are_counted_beside() -> None:
    rows = [way(ONE, "a", "b", 10), way(TWO, "a", "b", None), way(ONE, "b", "a", 30), way(ONE, "c", "a", None)]
    assert ways(rows) == [Way("b", "a", 30, 1, 0), Way("a", "b", 10, 1, 1)]


def test_an_outline_without_a_floor_or_beyond_reason_is_none() -> None:
    far = outline("far", 0, 0) | {"outline_m": [[0.0, 0.0], [9e5, 1.0], [1.0, 1.0]]}
    assert [zone.name for zone in zones([outline("a", 0, 0), outline("b", 0, 0) | {"outline_m": None}, far])] == ["a"]


def test_where_the_picture_lies() -> None:
    body = {"image": png(200, 100), "metres_per_pixel": 0.05, "origin_px": [20, 80]}
    found = picture([document(body), document(body | {"metres_per_pixel": 1}, at=1.0)])
    assert found is not None
    assert (found.left, found.top, found.width, found.height) == pytest.approx((-1.0, -4.0, 10.0, 5.0))
    for wrong in ({"metres_per_pixel": 0}, {"image": "x"}, {"origin_px": [1]}, {"image": None}):
        assert picture([document(body | wrong)]) is None
    assert picture([document({}) | {"body": "{"}]) is None


def test_the_size_of_a_jpeg() -> None:
    head = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x20\x00\x40" + b"\x00" * 20
    assert size_px(base64.b64encode(head).decode()) == (64, 32)
    with pytest.raises(ValueError, match="no size"):
        size_px(base64.b64encode(b"\xff\xd8\xff").decode())


def test_the_drawing_is_well_formed_and_y_runs_down() -> None:
    rows = [square(ONE, 0, 0, 600), square(ONE, 0, 5, 60)]
    heat = heat_of(rows, [ONE], rows)
    shown = frame([heat], [], None)
    assert shown is not None
    drawn = ElementTree.fromstring(drawing(shown, heat, top_of(heat), [], [], None))
    shaded = {
        part.attrib["fill"]: float(part.attrib["y"]) for part in drawn.iter() if part.attrib.get("fill") == "#FEE838"
    }
    cool = [float(part.attrib["y"]) for part in drawn.iter() if part.attrib.get("fill") == "#575D6D"]
    assert cool[0] > shaded["#FEE838"]
    spared = [part for part in drawn.iter() if part.attrib.get("fill") == "#000"]
    assert len(spared) == len(heat.seen) == 2, "the hatch spares what a sensor has told of"
    assert "&quot;" in image_html("", shown, '"')
    assert frame([heat_of([], [], [])], [], None) is None
