"""The wall display: the same tiles in big type over the whole screen, to be read from four metres, never scrolled."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from dashboard.looks import GREY, GROUND, INK, LINE, MUTED, PAPER, TONES, icon, mark
from dashboard.tiles import Tile

# Sizes follow the smaller side of the screen, so that a tablet held upright shows the same without scrolling.
STYLE = f"""<style>
[data-testid="stHeader"], .st-key-site {{ display: none; }}
.in-wall {{ position: fixed; inset: 0; z-index: 999990; box-sizing: border-box; background: {GROUND}; color: {INK};
  display: grid; grid-template-rows: auto auto minmax(0, 1fr) auto; gap: min(1.6vh, 1.6vw);
  padding: min(2vh, 2vw); overflow: hidden; font-size: min(3.4vh, 2.7vw); line-height: 1.25; }}
.in-wall .top, .in-wall .foot {{ display: flex; flex-wrap: wrap; gap: 0 1.2em; align-items: baseline;
  color: {MUTED}; }}
.in-wall h1 {{ font-size: 1.35em; font-weight: 680; color: {INK}; margin: 0; padding: 0; }}
.in-wall .notice {{ border: 2px dashed {GREY}; border-radius: 6px; padding: 0 .4em; color: {INK}; }}
.in-wall .in-mark {{ font-size: 1em; align-items: flex-start; }} .in-wall .in-mark .in-icon {{ margin-top: .14em; }}
.in-wall .advice {{ background: {PAPER}; border: 1px solid {LINE}; border-left: .5em solid var(--tone);
  border-radius: 12px; padding: .35em .7em; font-size: 1.45em; font-weight: 600; display: flex; gap: .5em;
  align-items: center; }}
.in-wall .advice .in-icon {{ color: var(--tone); }}
.in-wall .grid {{ display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); grid-auto-rows: minmax(0, 1fr);
  gap: inherit; min-height: 0; }}
.in-wall .tile {{ background: {PAPER}; border: 1px solid {LINE}; border-radius: 12px; padding: .4em .7em;
  overflow: hidden; min-width: 0; display: flex; flex-direction: column; }}
.in-wall h2 {{ font-size: 1em; font-weight: 600; color: {MUTED}; margin: 0; padding: 0; }}
.in-wall .value {{ font-size: 2.7em; font-weight: 700; line-height: 1.1; font-variant-numeric: tabular-nums;
  letter-spacing: -.02em; white-space: nowrap; }}
.in-wall .value.long {{ font-size: 2em; }}
.in-wall .unit {{ font-size: .38em; font-weight: 550; color: {MUTED}; letter-spacing: 0; }}
.in-wall .faded .value {{ color: #6A7681; }}
.in-wall .line {{ font-size: .82em; color: {MUTED}; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
  flex: none; }}
.in-wall a {{ color: {TONES["good"]}; }}
@media (max-aspect-ratio: 1/1) {{ .in-wall {{ font-size: min(2.5vh, 3.4vw); }}
  .in-wall .grid {{ grid-template-columns: repeat(2, minmax(0, 1fr)); }} }}
@media (max-width: 480px) {{ .in-wall {{ font-size: min(2vh, 3.4vw); }} .in-wall .tile {{ padding: .3em .5em; }} }}
</style>"""


class Wall(NamedTuple):
    """What hangs on the wall. `standing` and `advice` are (tone, words); `close` is (address, words)."""

    name: str
    notice: str | None
    standing: tuple[str, str]
    parts: Sequence[str]
    advice: tuple[str, str]
    tiles: Sequence[Tile]
    foot: Sequence[str]
    close: tuple[str, str]


def wall(found: Wall) -> str:
    """The whole screen: store and trust, the advice, the tiles with their most important line, the next hours."""
    tone, said = found.advice
    notice = f'<span class="notice">{escape(found.notice)}</span>' if found.notice else ""
    parts = "".join(f"<span>{escape(part)}</span>" for part in found.parts)
    foot = "".join(f"<span>{escape(line)}</span>" for line in found.foot)
    address, word = found.close
    head = f"<h1>{escape(found.name)}</h1>{mark(*found.standing)}{parts}{notice}"
    return (
        f'<div class="in-wall"><div class="top">{head}</div>'
        f'<div class="advice" style="--tone:{TONES[tone]}">{icon(tone)}<span>{escape(said)}</span></div>'
        f'<div class="grid">{"".join(map(_tile, found.tiles))}</div>'
        f'<div class="foot">{foot}<a href="{escape(address)}" target="_self">{escape(word)}</a></div></div>'
    )


def _tile(tile: Tile) -> str:
    long = " long" if len(tile.value) > 6 else ""
    unit = f' <span class="unit">{escape(tile.unit)}</span>' if tile.unit else ""
    # One line has room: the badge where there is one, else what stands first under the value.
    lines = tile.lines[: 1 if tile.badge else 2]
    return (
        f'<section class="tile{" faded" if tile.faded else ""}"><h2>{escape(tile.title)}</h2>'
        f'<div class="value{long}">{escape(tile.value)}{unit}</div>{mark(*tile.badge) if tile.badge else ""}'
        + "".join(f'<div class="line">{escape(line)}</div>' for line in lines)
        + "</section>"
    )


def link(address: str, label: str) -> str:
    """A way to another page of this dashboard."""
    return f'<p class="in-text"><a href="{escape(address)}" target="_self">{escape(label)}</a></p>'
