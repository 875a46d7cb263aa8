"""Taking in a survey file: what its columns mean, what would come of it, and then the file itself."""

from hashlib import blake2b
from typing import Any, NamedTuple

import streamlit as st

from dashboard import looks
from dashboard.data import Answer
from dashboard.handing import Handed
from dashboard.times import moment
from dashboard.upkeep import Cell
from dashboard.views.entrance import Visit
from dashboard.voice import drafts, report

STATUS_COLUMNS = ("name", "kind", "source", "last", "count")
_FRESH, _REPORT = "", "wizard-report"


class _File(NamedTuple):
    name: str
    data: bytes

    @property
    def mark(self) -> str:
        return blake2b(self.data, digest_size=8).hexdigest()


class _Choice(NamedTuple):
    """The mapping as it stands on the page: under which name, its text, and whether it must be saved first."""

    name: str
    toml: str
    save: bool


def wizard(seen: Visit) -> None:
    """The whole part of the page; whoever may not import is told so."""
    words = seen.words
    st.html(looks.section(words("wizard.title")))
    if not seen.reads.viewer.may_import:
        st.html(looks.text(words("wizard.right")))
        return
    known = seen.reads.mappings()
    if not known.known:
        key = "wizard.refused" if known.state == "refused" else f"tile.{known.state}"
        st.html(looks.text(words(key)))
        return
    st.html(looks.text(words("wizard.start")))
    given = st.file_uploader(
        words("wizard.file"), type=["csv", "tsv", "txt", "xlsx", "json", "ndjson"], key="survey", max_upload_size=50
    )
    if given is None:
        st.session_state.pop(_REPORT, None)
    else:
        _steps(seen, known, _File(given.name, given.getvalue()))
    _status(seen, known)


def _steps(seen: Visit, known: Answer, file: _File) -> None:
    words = seen.words
    names = [row["name"] for row in known.rows]
    picked = st.selectbox(
        words("wizard.mapping"),
        [_FRESH, *names],
        key="wizard-mapping",
        format_func=lambda name: name or words("wizard.fresh"),
    )
    choice = _choice(seen, known, file, str(picked))
    if choice is None:
        return
    mark = (file.mark, choice.name, choice.toml)
    st.button(words("wizard.try"), on_click=_try, args=(seen, known, file, choice, mark), key="wizard-try")
    kept = st.session_state.get(_REPORT)
    # What was tried speaks of this very file and mapping; after a change it must be tried again.
    if kept and kept[0] == mark:
        _told(seen, kept[1])
        if kept[1].state == "done" and "would_store" in kept[1].said:
            st.button(
                words("wizard.take"),
                on_click=_take,
                args=(seen, file, choice, mark),
                key="wizard-take",
                type="primary",
            )


def _choice(seen: Visit, known: Answer, file: _File, picked: str) -> _Choice | None:
    """The mapping to be edited; None after the page has said why there is none."""
    words, files = seen.words, seen.reads.files
    if picked and not files.every:
        return _Choice(picked, "", False)
    key = f"wizard-text-{file.mark}-{picked}"
    if key not in st.session_state:
        found = files.mapping(picked) if picked else files.suggest(file.name, file.data)
        if found.state != "done":
            _told(seen, found)
            return None
        st.session_state[f"{key}-from"] = st.session_state[key] = found.said
    toml = st.text_area(words("wizard.toml"), key=key, height=320)
    changed = not picked or toml != st.session_state[f"{key}-from"]
    if not changed:
        return _Choice(picked, toml, False)
    if open_ones := drafts.undecided(toml):
        st.html(looks.text(words("wizard.asks", n=open_ones)))
    own = any(row["name"] == picked and row["own"] for row in known.rows)
    default = picked if own else drafts.name_of(file.name)
    name = st.text_input(words("wizard.name"), value=default, max_chars=64, key=f"{key}-name")
    return _Choice(name.strip(), toml, True)


def _try(seen: Visit, known: Answer, file: _File, choice: _Choice, mark: tuple[str, str, str]) -> None:
    files = seen.reads.files
    found = Handed("done")
    if choice.save:
        found = files.keep(choice.name, choice.toml, {row["name"]: row["own"] for row in known.rows})
    if found.state == "done":
        found = files.rehearse(choice.name, file.name, file.data)
    st.session_state[_REPORT] = (mark, found)


def _take(seen: Visit, file: _File, choice: _Choice, mark: tuple[str, str, str]) -> None:
    st.session_state[_REPORT] = (mark, seen.reads.files.take(choice.name, file.name, file.data))


def _told(seen: Visit, found: Handed) -> None:
    """What the hub said: its report, or in words why nothing was taken."""
    words = seen.words
    if found.state != "done":
        st.html(looks.banner(words(f"wizard.{found.state}", why=found.why)))
        return
    said: dict[str, Any] = found.said
    if "stored" in said:
        st.html(looks.banner(words("wizard.done"), tone="good"))
    for line in report.summary(said, words):
        st.html(looks.text(line))
    if share := report.refused_share(said):
        st.html(looks.banner(words("wizard.half", share=share)))
    for warning in said.get("warnings", []):
        st.html(looks.banner(words("wizard.warning", text=warning)))
    _part(seen, "scores", report.SCORE_COLUMNS, report.score_lines(said, words))
    _part(seen, "sums", ("site", "sums"), report.sum_lines(said))
    _part(seen, "excluded", ("reason", "n", "column", "first"), report.excluded_lines(said, words))
    columns, rows = report.preview(said)
    if rows:
        with st.expander(words("wizard.preview", n=len(rows)), expanded=True):
            st.html(looks.table(columns, rows))


def _part(seen: Visit, title: str, columns: tuple[str, ...], lines: list[list[Cell]]) -> None:
    if lines:
        st.html(looks.text("", strong=seen.words(f"wizard.{title}")))
        st.html(looks.table([_head(seen, column) for column in columns], lines))


def _head(seen: Visit, column: str) -> str:
    group = "voice" if column in ("score", "value", "interval") else "wizard"
    return seen.words(f"{group}.col.{column}")


def _status(seen: Visit, known: Answer) -> None:
    words, every = seen.words, seen.reads.files.every
    with st.expander(words("wizard.status")):
        if not known.rows:
            st.html(looks.text(words("wizard.status_none")))
            return
        heads = [words(f"wizard.col.{column}") for column in STATUS_COLUMNS[: 5 if every else 3]]
        lines = [_line(seen, row)[: len(heads)] for row in known.rows]
        st.html(looks.table(heads, lines))


def _line(seen: Visit, row: dict[str, Any]) -> list[Cell]:
    """When something last came is of all stores, so that only who sees them all is told."""
    words = seen.words
    if row["last_at"] is not None:
        last: Cell = moment(row["last_at"], seen.site["timezone"], seen.at)
    else:
        last = str(row["last_day"]) if row["last_day"] else ("grey", words("wizard.never"))
    kind = words.named("wizard.kind", row["kind"])
    return [row["name"], kind, row["source"] or "–", last, "–" if row["rows"] is None else str(row["rows"])]
