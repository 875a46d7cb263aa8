"""The house style: palette, style sheet and pieces of HTML. Whatever comes from data is escaped here.

Status is never a colour alone: blue, grey or orange, always with an icon and a word. Series take Okabe-Ito colours.
Muted text has a contrast of at least 4.5 to 1 on white.
"""

from collections.abc import Iterable, Sequence
from html import escape
from string import ascii_letters, digits
from typing import NamedTuple

from dashboard.tiles import Gauge, Tile

INK, MUTED, PAPER, LINE, GROUND = "#17212B", "#51606E", "#FFFFFF", "#DCE2E8", "#F5F7F9"
BLUE, GREY, ORANGE = "#005E99", "#51606E", "#A84300"
SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
TONES = {"good": BLUE, "grey": GREY, "act": ORANGE, "watch": BLUE, "calm": BLUE, "blind": GREY}
# Drawn here, not taken from a font: a store's tablet may have no font with these signs. As masks of the style sheet,
# because the page's sanitiser takes drawings out of the text.
_DRAWN = {
    "good": "<path d='M3 8.5l3.2 3.2L13 4.8' fill='none' stroke='black' stroke-width='2.4'/>",
    "act": "<path d='M8 1.5L15.5 14.5H.5zM7.1 6v4.3h1.8V6zM7.1 11.3v1.7h1.8v-1.7z' fill-rule='evenodd'/>",
    "grey": "<circle cx='8' cy='8' r='5.8' fill='none' stroke='black' stroke-width='1.9' stroke-dasharray='3 2'/>",
    "watch": "<circle cx='8' cy='8' r='6.4' fill='none' stroke='black' stroke-width='1.8'/>"
    "<path d='M8 4.4v4.4M8 10.2v1.8' stroke='black' stroke-width='1.9'/>",
}
_DRAWN |= {"calm": _DRAWN["good"], "blind": _DRAWN["grey"]}


def _encoded(image: str) -> str:
    """A drawing as it may stand in a style sheet's address: everything but letters and digits percent-encoded."""
    return "".join(sign if sign in ascii_letters + digits else f"%{ord(sign):02X}" for sign in image)


def _mask(drawing: str) -> str:
    image = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{drawing}</svg>"
    return f'url("data:image/svg+xml,{_encoded(image)}") center / contain no-repeat'


_ICONS = "\n".join(
    f".in-icon.{tone} {{ -webkit-mask: {_mask(drawing)}; mask: {_mask(drawing)}; }}"
    for tone, drawing in _DRAWN.items()
)

STYLE = f"""<style>
.stApp {{ background: {GROUND}; }}
.stMainBlockContainer {{ max-width: 1240px; padding: 4.2rem 1.5rem 3rem; }}
.stMainBlockContainer [data-testid="stVerticalBlock"] {{ gap: .85rem; }}
[data-stale="true"] {{ opacity: 1 !important; transition: none !important; }}
.in-head {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .9rem; color: {INK}; }}
.in-head h1 {{ font-size: 1.55rem; font-weight: 650; margin: 0; padding: 0; letter-spacing: -.01em; }}
.in-head .day {{ color: {MUTED}; font-size: 1rem; }}
.in-notice {{ border: 1.5px dashed {GREY}; border-radius: 6px; color: {INK}; background: #EEF1F4;
  font-size: .88rem; font-weight: 600; padding: .1rem .55rem; }}
.in-trust {{ color: {MUTED}; font-size: .95rem; line-height: 1.5; }}
.in-trust .part + .part::before {{ content: " · "; }}
.in-trust a {{ color: {BLUE}; }}
.in-mark {{ display: inline-flex; align-items: center; gap: .35rem; font-weight: 600; font-size: .9rem; }}
.in-icon {{ display: inline-block; width: 1em; height: 1em; flex: none; background: currentColor; }}
{_ICONS}
.in-advice {{ display: flex; gap: .8rem; align-items: center; background: {PAPER}; border: 1px solid {LINE};
  border-left: 6px solid var(--tone); border-radius: 10px; padding: .9rem 1.1rem; color: {INK}; }}
.in-advice > .in-icon {{ width: 1.8rem; height: 1.8rem; color: var(--tone); }}
.in-advice .weight {{ color: var(--tone); font-size: .85rem; font-weight: 650; }}
.in-advice .text {{ font-size: 1.18rem; line-height: 1.4; font-weight: 550; }}
.in-banner {{ background: #FFF4EA; border: 1px solid #E7B98F; border-radius: 10px; padding: .65rem 1rem;
  color: {INK}; }}
.in-banner.good {{ background: #EDF5FB; border-color: #A9BDCE; }}
.in-state {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: 2rem 1.5rem; color: {INK};
  max-width: 46rem; }}
.in-state h2 {{ font-size: 1.25rem; margin: 0 0 .4rem; padding: 0; }}
.in-state p {{ color: {MUTED}; font-size: 1.02rem; line-height: 1.55; margin: 0; }}
.in-tiles {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(182px, 1fr)); gap: .85rem; }}
.in-tile {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: .85rem 1rem .9rem;
  color: {INK}; min-width: 0; }}
.in-tile h2 {{ font-size: .92rem; font-weight: 600; color: {MUTED}; margin: 0 0 .1rem; padding: 0; }}
.in-tile .value {{ font-size: 2.15rem; font-weight: 680; line-height: 1.15; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }}
.in-tile .value.long {{ font-size: 1.75rem; line-height: 1.41; }}
.in-tile .unit {{ font-size: .92rem; font-weight: 500; color: {MUTED}; letter-spacing: 0; }}
.in-tile .line {{ font-size: .9rem; color: {MUTED}; line-height: 1.45; overflow-wrap: anywhere; }}
.in-tile .in-mark {{ margin: .1rem 0 .15rem; align-items: flex-start; line-height: 1.35; }}
.in-tile .in-mark .in-icon {{ margin-top: .16em; }}
.in-tile.faded .value {{ color: #76828D; font-weight: 500; }}
.in-gauge {{ position: relative; height: .5rem; background: #E9EDF1; border-radius: 4px; margin: .5rem 0 .45rem; }}
.in-gauge .range {{ position: absolute; top: 0; bottom: 0; background: #A9BDCE; border-radius: 4px; }}
.in-gauge .at {{ position: absolute; top: -.22rem; bottom: -.22rem; width: 4px; margin-left: -2px; background: {INK};
  border-radius: 2px; }}
.st-key-chart, [class*="st-key-chart-"] {{
  background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: 1rem 1rem .8rem; }}
.st-key-chart {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: 1rem 1rem .8rem; }}
.in-alert {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: .6rem 1rem; color: {INK}; }}
.in-alert .text {{ font-size: 1.02rem; }} .in-alert .line {{ color: {MUTED}; font-size: .9rem; }}
.in-weeks {{ height: 4rem; margin: .4rem 0 .3rem; background-repeat: no-repeat; background-size: 100% 100%;
  border-bottom: 1px solid {LINE}; }}
.in-finding {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: .8rem 1.1rem;
  color: {INK}; }}
.in-finding .what {{ font-size: 1.12rem; font-weight: 600; }}
.in-finding .line {{ color: {MUTED}; font-size: .92rem; }}
.in-finding .try {{ border-left: 4px solid {BLUE}; padding-left: .6rem; margin: .4rem 0; }}
.in-finding a {{ color: {BLUE}; font-size: .95rem; }}
.in-section {{ font-size: 1.08rem; font-weight: 650; color: {INK}; margin: .9rem 0 0; padding: 0; }}
.in-text {{ color: {MUTED}; font-size: .97rem; line-height: 1.5; margin: 0; }}
.in-text strong {{ color: {INK}; }} .in-text a {{ color: {BLUE}; }}
.in-wide {{ overflow-x: auto; background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; }}
.in-table {{ border-collapse: collapse; width: 100%; color: {INK}; font-size: .93rem; }}
.in-table th {{ text-align: left; color: {MUTED}; font-weight: 600; padding: .55rem .9rem; white-space: nowrap;
  border-bottom: 1px solid {LINE}; }}
.in-table td {{ padding: .5rem .9rem; border-bottom: 1px solid #EDF0F3; font-variant-numeric: tabular-nums;
  white-space: nowrap; }}
.in-table tr:last-child td {{ border-bottom: 0; }}
.in-legend {{ display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; color: {MUTED}; font-size: .88rem; }}
.in-legend i {{ display: inline-block; width: .95rem; height: .95rem; border-radius: 3px; margin-right: .4rem;
  vertical-align: -.14rem; }}
.in-heat {{ display: grid; grid-template-columns: 3.1rem repeat(24, minmax(0, 1fr)); gap: 2px; font-size: .78rem;
  color: {MUTED}; background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; padding: .8rem .9rem .7rem; }}
.in-heat h3 {{ grid-column: 1 / -1; font-size: .93rem; font-weight: 600; color: {INK}; margin: 0 0 .25rem;
  padding: 0; }}
.in-heat h3 span {{ color: {MUTED}; font-weight: 400; }}
.in-heat b {{ font-weight: 400; line-height: 1.15rem; white-space: nowrap; }}
.in-heat i {{ height: 1.15rem; border-radius: 3px; }}
.in-full {{ background: #1F5F94; }} .in-most {{ background: #6FA3CC; }} .in-little {{ background: #E69F00; }}
.in-missing {{ background: repeating-linear-gradient(45deg, #fff 0 3px, {ORANGE} 3px 5px);
  box-shadow: inset 0 0 0 1px {ORANGE}; }}
.in-heat i.in-shade {{ font-style: normal; font-size: .72rem; line-height: 1.15rem; text-align: center;
  overflow: hidden; }}
.in-heat i.in-none {{ background: #EEF1F4; }}
.in-heat i.in-withheld {{ background: radial-gradient(circle, {GREY} 1px, #fff 1.3px) 0 0 / 5px 5px; }}
.in-roster td {{ padding: .35rem .5rem; text-align: center; }} .in-roster th {{ padding: .35rem .5rem; }}
.in-roster td.in-missing {{ box-shadow: none; }}
.in-roster td.in-short {{ background: #FFF4EA; color: {ORANGE}; font-size: .82rem;
  box-shadow: inset 0 0 0 1px #E7B98F; }}
.in-map {{ width: 100%; max-height: 46rem; background-size: contain; background-repeat: no-repeat;
  background-position: center; background-color: {PAPER}; border: 1px solid {LINE}; border-radius: 10px; }}
.in-closed {{ background: #EEF1F4; }}
@media (max-width: 640px) {{
  .stMainBlockContainer {{ padding: 4rem .8rem 2rem; }}
  .in-tiles {{ grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: .6rem; }}
  .in-tile:last-child:nth-child(odd) {{ grid-column: 1 / -1; }}
  .in-tile {{ padding: .7rem .8rem; }} .in-tile .value {{ font-size: 1.8rem; }}
  .in-tile .value.long {{ font-size: 1.4rem; }}
  .in-advice .text {{ font-size: 1.05rem; }} .in-heat {{ gap: 1px; padding: .6rem; }}
}}
</style>"""


def icon(tone: str) -> str:
    """The sign of a tone; the word that always stands beside it is what a screen reader says."""
    return f'<i class="in-icon {tone}" aria-hidden="true"></i>'


def mark(tone: str, word: str) -> str:
    """Icon and word of a status in its colour."""
    return f'<span class="in-mark" style="color:{TONES[tone]}">{icon(tone)}<span>{escape(word)}</span></span>'


class Head(NamedTuple):
    """The top of a page; `links` are (address, words) of where one can go from here; `who` has signed in."""

    name: str
    day: str
    notice: str | None
    tone: str
    standing: str
    parts: Sequence[str]
    links: Sequence[tuple[str, str]]
    who: str = ""


def head(top: Head) -> str:
    """The store, the day, a notice that must be seen (such as 'Simulated shop') and the trust line."""
    shown = f'<span class="in-notice">{escape(top.notice)}</span>' if top.notice else ""
    parts = [*map(escape, top.parts), *([escape(top.who)] if top.who else [])]
    parts += [f'<a href="{escape(to)}" target="_self">{escape(label)}</a>' for to, label in top.links]
    line = "".join(f'<span class="part">{part}</span>' for part in parts)
    return (
        f'<div class="in-head"><h1>{escape(top.name)}</h1><span class="day">{escape(top.day)}</span>{shown}</div>'
        f'<div class="in-trust">{mark(top.tone, top.standing)}&ensp;{line}</div>'
    )


def advice_box(tone: str, weight: str, text: str) -> str:
    """The advice sentence with its weight in a word."""
    return (
        f'<div class="in-advice" style="--tone:{TONES[tone]}">{icon(tone)}<div>'
        f'<div class="weight">{escape(weight)}</div><div class="text">{escape(text)}</div></div></div>'
    )


def banner(text: str, tone: str = "act") -> str:
    """A warning over values that are still shown; with the tone 'good', that something was done."""
    return f'<div class="in-banner {tone}" role="status">{mark(tone, text)}</div>'


def state(heading: str, text: str) -> str:
    """A whole page that has no numbers: what is the matter and what to do next."""
    return f'<div class="in-state" role="status"><h2>{escape(heading)}</h2><p>{escape(text)}</p></div>'


def tiles(found: Iterable[Tile]) -> str:
    """The tiles in a grid that wraps."""
    return '<div class="in-tiles">' + "".join(map(_tile, found)) + "</div>"


def _tile(tile: Tile) -> str:
    long = " long" if len(tile.value) > 6 else ""
    unit = f' <span class="unit">{escape(tile.unit)}</span>' if tile.unit else ""
    parts = [
        f'<section class="in-tile{" faded" if tile.faded else ""}"><h2>{escape(tile.title)}</h2>',
        f'<div class="value{long}">{escape(tile.value)}{unit}</div>',
        mark(*tile.badge) if tile.badge else "",
        _gauge(tile.gauge) if tile.gauge else "",
        *(f'<div class="line">{escape(line)}</div>' for line in tile.lines),
        "</section>",
    ]
    return "".join(parts)


def _gauge(gauge: Gauge) -> str:
    def place(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - gauge.bottom) / (gauge.top - gauge.bottom))), 1)

    low, high, now = place(gauge.low), place(gauge.high), place(gauge.value)
    span = f"left:{low}%;width:{max(1.0, round(high - low, 1))}%"
    return (
        f'<div class="in-gauge" aria-hidden="true"><span class="range" style="{span}"></span>'
        f'<span class="at" style="left:{now}%"></span></div>'
    )


def section(title: str) -> str:
    """The heading of a part of a page."""
    return f'<h2 class="in-section">{escape(title)}</h2>'


def text(sentence: str, strong: str = "") -> str:
    """A plain sentence, with what it is about in front."""
    front = f"<strong>{escape(strong)}</strong> " if strong else ""
    return f'<p class="in-text">{front}{escape(sentence)}</p>'


def table(heads: Sequence[str], lines: Iterable[Sequence[str | tuple[str, str]]]) -> str:
    """A table; a cell is text, or (tone, word) for a status."""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f'<div class="in-wide" tabindex="0"><table class="in-table"><tr>{top}</tr>{body}</table></div>'


def _cell(cell: str | tuple[str, str]) -> str:
    return escape(cell) if isinstance(cell, str) else mark(*cell)


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """What the colours mean; an entry is (style class or CSS background, word)."""
    parts = []
    for look, word in entries:
        given = f'class="{look}"' if look.startswith("in-") else f'style="background:{look}"'
        parts.append(f"<span><i {given}></i>{escape(word)}</span>")
    return f'<div class="in-legend">{"".join(parts)}</div>'
