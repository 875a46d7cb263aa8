"""The brief as a sheet of paper: one HTML file with its drawing inside, and the same as plain text."""

from html import escape

from dashboard.brief.paper import Paper, Part
from dashboard.brief.told import Told
from dashboard.looks import BLUE, GREY, INK, LINE, MUTED
from dashboard.words import Words

_STYLE = f"""
@page {{ size: A4; margin: 15mm 17mm; }}
body {{ font-family: "Source Sans 3", "Noto Sans", "DejaVu Sans", Arial, sans-serif; color: {INK}; font-size: 10.5pt;
  line-height: 1.4; margin: 0 auto; max-width: 44rem; padding: 0 1rem; }}
h1 {{ font-size: 19pt; margin: 0; line-height: 1.2; }} h2 {{ font-size: 13.5pt; margin: 1.3em 0 .2em; }}
p {{ margin: .25em 0; }} .muted {{ color: {MUTED}; }} .notice {{ border: 1.5px dashed {GREY}; border-radius: 5px;
  padding: .1em .5em; display: inline-block; font-weight: 600; }}
ol {{ margin: .4em 0; padding-left: 1.4em; }} li {{ margin: 0 0 .7em; break-inside: avoid; }}
li .what {{ font-weight: 600; }} li .try {{ border-left: 4px solid {BLUE}; padding-left: .6em; margin-top: .25em; }}
.chart {{ border: 1px solid {LINE}; border-radius: 8px; padding: .5em; margin: .5em 0; break-inside: avoid; }}
.chart svg, .chart img {{ width: 100%; height: auto; display: block; }}
"""


def html(paper: Paper, drawing: str, words: Words) -> str:
    """The whole document; `drawing` is the chart as HTML that this program made (an SVG or an image)."""
    notice = f'<p class="notice">{escape(paper.notice)}</p>' if paper.notice else ""
    parts = "".join(_part(part, words) for part in paper.parts)
    quality = "".join(f"<p>{escape(line)}</p>" for line in paper.quality)
    return (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        f"<title>{escape(paper.store)}: {escape(paper.title)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>{escape(paper.store)}</h1><p class="muted">{escape(paper.title)}</p>{notice}{parts}'
        f"<h2>{escape(words('brief.chart'))}</h2>{_chart(paper, drawing)}"
        f"<h2>{escape(words('brief.quality'))}</h2>{quality}"
        f'<p class="muted">{escape(words("brief.how"))}</p></body></html>\n'
    )


def _chart(paper: Paper, drawing: str) -> str:
    said = f'<p class="muted">{escape(paper.alt)}</p>'
    if not drawing:
        return said
    return f'<div class="chart" role="img" aria-label="{escape(paper.alt)}">{drawing}</div>{said}'


def _part(part: Part, words: Words) -> str:
    head = f"<h2>{escape(part.title)}</h2><p>{escape(part.visitors)}</p>"
    if part.silence:
        return head + f"<p>{escape(part.silence)}</p>"
    return head + "<ol>" + "".join(_finding(one, words) for one in part.findings) + "</ol>"


def _finding(one: Told, words: Words) -> str:
    figures = escape(" · ".join(one.figures))
    shown = escape(words("brief.shown", page=one.page[1]))
    return (
        f'<li><div class="what">{escape(one.text)}</div><div class="muted">{figures}</div>'
        f'<div class="try">{escape(words("brief.try", what=one.advice))}</div><div class="muted">{shown}</div></li>'
    )


def text(paper: Paper, words: Words) -> str:
    """The same sentences as plain text."""
    lines = [paper.store, paper.title, *([paper.notice] if paper.notice else []), ""]
    for part in paper.parts:
        lines += [part.title, part.visitors, *([part.silence] if part.silence else [])]
        for n, one in enumerate(part.findings, start=1):
            lines += [f"{n}. {one.text}", f"   {' · '.join(one.figures)}"]
            lines += [f"   {words('brief.try', what=one.advice)}", f"   {words('brief.shown', page=one.page[1])}"]
        lines.append("")
    lines += [words("brief.chart"), paper.alt, "", words("brief.quality"), *paper.quality, "", words("brief.how")]
    return "\n".join(lines) + "\n"
