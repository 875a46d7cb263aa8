"""The same pages over constant data: every widget and chart as Streamlit sent it once, sent again without any work.

python plain_pages.py FOLDER PORT     serves FOLDER/<page>.parts, as captured, under the same addresses
"""

import pickle
import sys
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

EMPTY = "nothing"


def capture(page: str, path: Path) -> int:
    """Run a page once as its server would and keep what it sends; how many parts that were."""
    test = AppTest.from_string(f"from dashboard.views import {page}; {page}.page()").run(timeout=120)
    assert not test.exception
    parts = _parts(test.main)
    path.write_bytes(pickle.dumps(parts))
    return len(parts)


def _parts(block: Any) -> list[tuple[str, Any, Any]]:
    found: list[tuple[str, Any, Any]] = []
    for part in block.children.values():
        if hasattr(part, "children"):
            found.append(("block", part.proto, _parts(part)))
        else:
            found.append((part.type, part.proto, None))
    return found


def _send(parts: list[tuple[str, Any, Any]], above: Any) -> None:
    for kind, proto, below in parts:
        if kind == "block":
            _send(below, above._block(proto) if proto is not None else above)
        else:
            above._enqueue(kind, proto)


def serve(folder: Path) -> None:
    """The pages of the folder, and one that is empty; run by Streamlit."""
    st.set_page_config(page_title="plain", page_icon="🏬", layout="wide")
    pages = [st.Page(lambda: None, title=EMPTY, url_path=EMPTY)]
    for path in sorted(folder.glob("*.parts")):
        pages.append(_page(path))
    st.navigation(pages, position="top").run()


@st.cache_resource
def _kept(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())


def _page(path: Path) -> Any:
    def draw() -> None:
        _send(_kept(str(path)), st._main)

    return st.Page(draw, title=path.stem, url_path=path.stem, default=path.stem == "now")


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
