"""The sign-in page: a form, and what was wrong with the last try. It needs no script and loads nothing."""

from html import escape

from dashboard.looks import BLUE, GREY, GROUND, INK, LINE, MUTED, PAPER, SERIES
from dashboard.words import Words

_STYLE = f"""
body {{ font: 17px/1.5 system-ui, sans-serif; background: {GROUND}; color: {INK}; margin: 0; }}
main {{ max-width: 22rem; margin: 12vh auto; background: {PAPER}; border: 1px solid {LINE}; border-radius: 10px;
  padding: 1.6rem 1.6rem 1.8rem; }}
h1 {{ font-size: 1.35rem; margin: 0 0 1rem; }}
label {{ display: block; color: {MUTED}; margin: .7rem 0 .2rem; }}
input {{ width: 100%; box-sizing: border-box; font: inherit; padding: .5rem .6rem; border: 1px solid {GREY};
  border-radius: 6px; }}
button {{ margin-top: 1.2rem; width: 100%; font: inherit; font-weight: 600; padding: .6rem; border: 0;
  border-radius: 6px; background: {BLUE}; color: #fff; cursor: pointer; }}
:focus-visible {{ outline: 3px solid {SERIES[1]}; outline-offset: 2px; }}
.fault {{ background: #FFF4EA; border: 1px solid #E7B98F; border-radius: 6px; padding: .5rem .7rem; margin: 0; }}
"""

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><main><h1>{title}</h1>{said}
<form method="post" action="/sign-in">
<label for="name">{name}</label>
<input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">{enter}</button>
</form></main></body></html>
"""


def form(words: Words, fault: str = "") -> str:
    """The whole page as HTML."""
    texts = {key: escape(words(f"sign_in.{key}")) for key in ("title", "name", "password", "enter")}
    said = f'<p class="fault" role="alert">{escape(fault)}</p>' if fault else ""
    return _PAGE.format(language=words.language, style=_STYLE, said=said, **texts)
