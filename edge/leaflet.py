"""What this device sends and the sign for the door as pages: text for the screen, HTML for paper.

The HTML stands alone: no script, no font, no request to anywhere.
"""

from collections.abc import Iterable
from html import escape
from textwrap import wrap

from edge.fields import ABOUT_ITSELF, ENVELOPE, WORDS
from edge.plan import Plan
from edge.sign import Sign, as_text, signs
from edge.told import NEVER, Told, kept, level, not_sent, sent, watched

WIDE = 100


def page_text(plan: Plan, version: str) -> str:
    """The page as text of at most 100 columns."""
    parts = [
        f"What the device {plan.device} of {plan.site} sends (instore {version})",
        *_block("Privacy level in force", [level(plan)]),
        *_block("It watches", [f"{sensor}: {places}" for sensor, places in watched(plan)]),
        *_block(
            "It sends", [f"{one.what}: every {one.every}; {one.rule} [{', '.join(one.fields)}]" for one in sent(plan)]
        ),
        *_block("Around every number", [", ".join(ENVELOPE)]),
        *_block("About itself, every 30 s", [", ".join(ABOUT_ITSELF)]),
        *_block("Not sent at this level", not_sent(plan)),
        *_block("It never sends", NEVER),
        *_block("Kept", kept(plan)),
        *_block("The fields", [f"{name}: {WORDS.get(name, name)}" for name in _fields(plan)]),
    ]
    return "\n".join(parts) + "\n"


def page_html(plan: Plan, version: str) -> str:
    """The page as one HTML file that prints on one sheet."""
    rows = "".join(_row(one) for one in sent(plan))
    who = escape(f"{plan.device} · {plan.site} · instore {version}")
    body = [
        f"<h1>What this device sends</h1><p class=sub>{who}</p>",
        f"<p class=level><b>Privacy level in force</b> {escape(level(plan))}.</p>",
        "<table><thead><tr><th>What<th>How often<th>Only if<th>Fields</thead><tbody>" + rows + "</tbody></table>",
        *_list_html("Not sent at this level", not_sent(plan)),
        "<div class=two><section><h2>It never sends</h2>" + _items(NEVER) + "</section><section><h2>It watches</h2>",
        _items(f"{sensor}: {places}" for sensor, places in watched(plan)),
        "<h2>Kept</h2>" + _items(kept(plan)) + "</section></div>",
        f"<h2>Around every number</h2><p class=fields>{escape(', '.join(ENVELOPE))}</p>",
        f"<h2>About itself, every 30 s</h2><p class=fields>{escape(', '.join(ABOUT_ITSELF))}</p>",
        "<h2>Every field</h2><dl>" + "".join(_entry(name) for name in _fields(plan)) + "</dl>",
    ]
    return _document("en", "What this device sends", "".join(body))


def sign_text(plan: Plan) -> str:
    """The sign in both languages as text."""
    return "\n\n".join(as_text(sign) for sign in signs(plan))


def sign_html(plan: Plan) -> str:
    """The sign in both languages as one HTML file, for one sheet."""
    return _document("en", "Sign for the door", "".join(_sign(sign) for sign in signs(plan)))


def _fields(plan: Plan) -> tuple[str, ...]:
    own = (name for one in sent(plan) for name in one.fields)
    return tuple(dict.fromkeys((*ENVELOPE, *own, *ABOUT_ITSELF)))


def _block(title: str, lines: Iterable[str]) -> list[str]:
    found = [line for text in lines for line in wrap(text, WIDE, initial_indent="  ", subsequent_indent="    ")]
    return ["", title, *found] if found else []


def _row(one: Told) -> str:
    cells = (one.what, one.every, one.rule, ", ".join(one.fields))
    return f"<tr><th scope=row>{escape(cells[0])}" + "".join(f"<td>{escape(cell)}" for cell in cells[1:])


def _items(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}" for line in lines) + "</ul>"


def _list_html(title: str, lines: list[str]) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", _items(lines)] if lines else []


def _entry(name: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{escape(WORDS.get(name, name))}</dd></div>"


def _sign(sign: Sign) -> str:
    blanks = "".join(f"<p class=blank><span>{escape(blank)}</span></p>" for blank in sign.blanks)
    sentences = "".join(f"<p>{escape(sentence)}" for sentence in sign.sentences)
    return f"<section class=sign lang={sign.language}><h1>{escape(sign.title)}</h1>{sentences}{blanks}</section>"


def _document(language: str, title: str, body: str) -> str:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{escape(title)}</title>"
    rule = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return f"<!doctype html><html lang={language}>{head}{rule}<style>{_STYLE}</style><main>{body}</main></html>\n"


_STYLE = """
@page { size: A4; margin: 10mm }
* { box-sizing: border-box }
body { margin: 0; background: #f5f7f9; color: #17212b; font: 15px/1.45 system-ui, sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 28px clamp(16px, 4vw, 44px) 40px; background: #fff }
h1 { font-size: 1.7em; line-height: 1.2; margin: 0; letter-spacing: -.01em }
h2 { font-size: 1em; margin: 1.2em 0 .25em }
p, ul { margin: .2em 0 } ul { padding-left: 1.1em }
.sub, dd, .fields { color: #51606e }
.level { margin: 1em 0; padding: .6em .9em; border-left: 4px solid #005e99; background: #eef4f9 }
.level b { display: block }
table { width: 100%; border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .35em .8em .35em 0 }
thead th { font-size: .85em; color: #51606e; font-weight: 600 } tbody tr { border-top: 1px solid #dce2e8 }
tbody th { font-weight: 600; width: 27% } td:nth-child(2) { width: 16% } td:last-child { color: #51606e }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 36px } .two h2 { margin-top: 1em }
.fields, dl { font-size: .87em } dl { columns: 3; column-gap: 30px; margin: 0 }
dl div { break-inside: avoid; padding: .1em 0 } dt, dd { display: inline; margin: 0 } dt { font-weight: 600 }
dt::after { content: ":\\a0" }
.sign { padding: 26px 0; font-size: 1.2em } .sign + .sign { border-top: 1px solid #dce2e8 }
.sign h1 { margin-bottom: .5em } .sign p { margin: .45em 0; max-width: 44em }
.blank { display: flex } .blank::after { content: ""; flex: 1; border-bottom: 1px solid #51606e; margin-left: .6em }
.sign p.blank { max-width: 32em; margin-top: .8em }
@media (max-width: 640px) {
  dl { columns: 1 } .two { grid-template-columns: 1fr } thead { display: none }
  tbody tr { display: block; padding: .5em 0 } td, tbody th { display: block; padding: .1em 0 }
  tbody th, td:nth-child(2) { width: auto } td:last-child { font-size: .87em }
}
@media print {
  body { background: #fff; font-size: 8pt; line-height: 1.25 } main { padding: 0; max-width: none }
  .sign { font-size: 13pt; line-height: 1.35; padding: 14px 0 } h2, .two h2 { margin-top: .7em }
  td, th { padding-top: .15em; padding-bottom: .15em } dl div { padding: 0 }
}
"""
