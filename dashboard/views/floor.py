"""The Floor plan page: where people spend time, by the day or two periods side by side, over the shop's own plan."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.floor.drawing import Frame, drawing, frame, image_html
from dashboard.floor.picture import Picture, picture
from dashboard.floor.places import Way, Zone, density_in, ways, zones
from dashboard.floor.squares import Heat, heat_of, told_days, top_of
from dashboard.shades import ramp
from dashboard.times import MISSING
from dashboard.trust import percent
from dashboard.views.entrance import Visit, visit
from dashboard.views.heading import banners, top
from dashboard.views.period import Period, ask, before, period, span_words

VIEWS = ("day", "mean", "two")
LENGTHS = (7, 28, 56)
MOST = 50
BLIND = "repeating-linear-gradient(45deg, #fff 0 3px, #8A97A3 3px 5px)"


class Map(NamedTuple):
    """A map with its title and the ways of its days."""

    title: str
    heat: Heat
    ways: list[Way]


def page() -> None:
    """The page; heat comes once a day, so nothing refreshes by itself."""
    st.html(looks.STYLE)
    seen = visit()
    if seen is None or top(seen) is None:
        return
    left, right = st.columns(2)
    with left:
        chosen = period(seen, 28, LENGTHS)
    with right:
        view = st.selectbox(
            seen.words("floor.view"), VIEWS, format_func=lambda one: seen.words(f"floor.view_{one}"), key="view"
        )
    heat, flows = ask(seen, "heat", chosen), ask(seen, "flows", chosen)
    outlines, documents = seen.ask("outlines"), seen.ask("documents", kind="floor")
    banners(seen, heat, flows)
    if not heat.known:
        st.html(looks.text(seen.words(f"tile.{heat.state}")))
        return
    if not told_days(heat.rows):
        _nothing(seen)
        return
    plan, known = picture(documents.rows), zones(outlines.rows)
    maps = _maps(seen, chosen, str(view), heat, flows)
    _draw(seen, maps, known, plan)
    _notes(seen, maps, documents, plan)
    _zones(seen, maps, known, outlines)
    _ways(seen, maps[0].ways, flows)


def _nothing(seen: Visit) -> None:
    levels = {row["level"] for row in seen.ask("devices").rows}
    st.html(looks.state(seen.words("floor.none.head"), seen.words("floor.none.text")))
    for level in sorted(levels & {"strict", "dp"}):
        st.html(looks.text(seen.words("floor.strict", level=seen.words.named("privacy", level))))


def _maps(seen: Visit, chosen: Period, view: str, heat: Answer, flows: Answer) -> list[Map]:
    if view == "day":
        day = _day(seen, told_days(heat.rows))
        title = seen.words("floor.title_day", day=_day_words(seen, day))
        return [Map(title, heat_of(heat.rows, [day], heat.rows), ways(_of(flows.rows, {day})))]
    now = _mean(seen, chosen, "floor.title_mean", heat, flows, heat.rows)
    if view == "mean":
        return [now]
    earlier = before(chosen)
    old, old_flows = ask(seen, "heat", earlier), ask(seen, "flows", earlier)
    both = heat.rows + old.rows
    first = _mean(seen, chosen, "floor.title_mean", heat, flows, both)
    return [first, _mean(seen, earlier, "floor.title_before", old, old_flows, both)]


def _mean(seen: Visit, of: Period, key: str, heat: Answer, flows: Answer, known: list[dict[str, Any]]) -> Map:
    days = {row["day"] for row in heat.rows}
    found = heat_of(heat.rows, days, known)
    return Map(seen.words(key, n=found.days, span=span_words(seen, of)), found, ways(flows.rows))


def _day(seen: Visit, days: list[date]) -> date:
    if len(days) == 1:
        st.html(looks.text(seen.words("floor.one_day", day=_day_words(seen, days[0]))))
        return days[0]
    every = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    return st.select_slider(
        seen.words("floor.day"), every, value=days[-1], format_func=lambda day: _day_words(seen, day), key="floor-day"
    )


def _day_words(seen: Visit, day: date) -> str:
    return f"{seen.words(f'weekday.{day.weekday()}')} {day.isoformat()}"


def _of(rows: list[dict[str, Any]], days: set[date]) -> list[dict[str, Any]]:
    return [row for row in rows if row["day"] in days]


def _draw(seen: Visit, maps: list[Map], known: list[Zone], plan: Picture | None) -> None:
    shown, most = frame([one.heat for one in maps], known, plan), top_of(*(one.heat for one in maps))
    if shown is None:
        st.html(looks.text(seen.words("floor.empty")))
        return
    for column, one in zip(st.columns(len(maps)), maps, strict=True):
        with column:
            st.html(looks.section(one.title))
            _one(seen, one, shown, most, known, plan)
    words, drawn = seen.words, any(one.ways for one in maps)
    legend = [(ramp(), words("floor.legend", middle=_round(most / 4), high=_round(most)))]
    legend += [("#F5F7F9;box-shadow:inset 0 0 0 1px #51606E", words("floor.legend_few"))]
    legend += [(BLIND, words("floor.legend_blind"))]
    legend += [("#A84300", words("floor.legend_way"))] if drawn else []
    st.html(looks.legend(legend))


def _one(seen: Visit, one: Map, shown: Frame, most: float, known: list[Zone], plan: Picture | None) -> None:
    words, heat = seen.words, one.heat
    if not heat.density:
        st.html(looks.text(words("floor.empty")))
    label = words(
        "floor.alt", title=one.title, n=len(heat.density), most=_round(max(heat.density.values(), default=0.0))
    )
    st.html(image_html(drawing(shown, heat, most, known, one.ways, plan), shown, label))
    lines = [
        words("floor.coverage", sensor=name, share=percent(share)) for name, share in sorted(heat.coverage.items())
    ]
    if heat.silent:
        lines.append(words("floor.silent", sensors=", ".join(heat.silent[:5])))
    if heat.withheld:
        lines.append(words("floor.withheld", reasons=", ".join(heat.withheld)))
    st.html(looks.text(" ".join(lines[:12])))


def _notes(seen: Visit, maps: list[Map], documents: Answer, plan: Picture | None) -> None:
    words = seen.words
    if len(maps) > 1:
        st.html(looks.text(words("floor.two_note")))
    if not documents.known:
        st.html(looks.text(words("floor.picture_unknown", why=words(f"tile.{documents.state}"))))
    elif plan is None:
        st.html(looks.text(words("floor.no_picture")))
    st.html(looks.text(words("floor.daily")))
    st.html(looks.text(words("floor.overlap")))


def _zones(seen: Visit, maps: list[Map], known: list[Zone], outlines: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("floor.zones")))
    areas = [zone for zone in known if len(zone.outline) > 2]
    if not outlines.known:
        st.html(looks.text(words("floor.zones_unknown", why=words(f"tile.{outlines.state}"))))
    elif not areas:
        st.html(looks.text(words("floor.zones_none")))
    else:
        names = ["density"] if len(maps) == 1 else ["now", "before"]
        heads = [words(f"floor.col.{name}") for name in ("zone", "kind", "area", *names)]
        st.html(looks.table(heads, [_zone_line(zone, maps, seen) for zone in areas[:MOST]]))
        _more(seen, len(areas))


def _zone_line(zone: Zone, maps: list[Map], seen: Visit) -> list[str]:
    kind = seen.words.named("floor.kind", zone.kind)
    area = MISSING if zone.area_m2 is None else f"{zone.area_m2:.1f}"
    told = [density_in(zone, one.heat) for one in maps]
    return [zone.name, kind, area, *(MISSING if value is None else _round(value) for value in told)]


def _ways(seen: Visit, found: list[Way], flows: Answer) -> None:
    words = seen.words
    st.html(looks.section(words("floor.ways")))
    if not flows.known:
        st.html(looks.text(words(f"tile.{flows.state}")))
    elif not found:
        st.html(looks.text(words("floor.ways_none")))
    else:
        heads = [words(f"floor.col.{name}") for name in ("from", "to", "people", "days", "hidden")]
        lines = [[way.start, way.end, str(way.n), str(way.days), str(way.hidden)] for way in found[:MOST]]
        st.html(looks.table(heads, lines))
        _more(seen, len(found))


def _more(seen: Visit, n: int) -> None:
    if n > MOST:
        st.html(looks.text(seen.words("floor.more", n=n - MOST)))


def _round(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"
