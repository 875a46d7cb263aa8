"""Survey answers: rows of a file and a mapping become scored answers, and every other row a reason."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from hub.intake import readers
from hub.intake.mapping import Mapping
from hub.intake.rows import Answer, Row
from hub.intake.sheets import Sheet, SurveyError
from hub.intake.tally import first, report_text, summary

__all__ = ["SCHEMA", "Progress", "Survey", "SurveyError", "read", "report_text", "unwatched"]

Progress = Callable[[int, int], None]  # rows done, of how many
_STEP, _NAMED = 200, 10

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("id", pa.string()),
        ("site", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("day", pa.date32()),
        ("channel", pa.string()),
        ("lag_from_s", pa.int32()),
        ("lag_to_s", pa.int32()),
        ("touchpoint", pa.string()),
        ("nps", pa.int8()),
        ("csat", pa.int8()),
        ("csat_top", pa.bool_()),
        ("csat_scale", pa.string()),
        ("ces", pa.int8()),
        ("ces_scale", pa.string()),
        ("comment", pa.string()),
    ]
)


@dataclass(frozen=True)
class Survey:
    """The answers of a file (columns of SCHEMA) and the report on every one of its rows."""

    answers: pa.Table
    report: dict[str, object]

    def first(self) -> list[dict[str, Any]]:
        """The first rows as they are stored, for somebody who looks before storing; what is empty is left out."""
        return first(self.answers)


def unwatched(done: int, of: int) -> None:
    """Nobody looks at the progress."""


def read(name: str, data: bytes, mapping: Mapping, progress: Progress = unwatched) -> Survey:
    """The survey in a file's bytes: every row is an answer or is excluded with its reason.

    `name` is the file's name for the report. SurveyError names the line and column of the first fault, and then
    nothing of the file is taken. Reading the same bytes again gives the same answers with the same ids.
    """
    sheet = readers.read(data, mapping.reader, mapping.encoding)
    excluded: Counter[str] = Counter()
    doubts: Counter[str] = Counter()
    kept: list[Answer] = []
    lines: dict[str, list[int]] = {}
    row_of = Row(sheet, mapping)
    for done, (verdict, doubt) in enumerate(_judged(sheet, mapping, row_of)):
        if done % _STEP == 0:
            progress(done, len(sheet.rows))
        doubts[doubt or ""] += 1
        if isinstance(verdict, Answer):
            kept.append(verdict)
        else:
            excluded[verdict] += 1
            lines.setdefault(verdict, []).append(sheet.rows[done][0])
    progress(len(sheet.rows), len(sheet.rows))
    kept, mashed = _unmashed(kept, mapping.mash_s)
    if mashed:
        excluded["mashing"] = mashed
    answers = pa.Table.from_pylist([vars(answer) for answer in kept], schema=SCHEMA)
    report: dict[str, Any] = {
        "file": name,
        "source": mapping.source,
        "reader": sheet.reader,
        "rows_in_file": len(sheet.rows),
        "rows_scored": len(kept),
        "excluded": dict(sorted(excluded.items())),
        "excluded_at": {reason: {sheet.unit: found[:_NAMED]} for reason, found in sorted(lines.items())},
        "excluded_by": {reason: column for reason in sorted(lines) if (column := row_of.why.get(reason))},
        "ambiguous_times": doubts["ambiguous"],
        "columns": len(sheet.columns),
    }
    if mapping.mash_s:
        report["messages_in_file"], report["presses_scored"] = len(sheet.rows), len(kept)
        report["button_messages_after_removing_qos1_duplicates"] = len(kept) + mashed
    report |= summary(answers, mapping.nps, mapping.csat, mapping.ces)
    return Survey(answers, report | {"warnings": [*sheet.doubts, *report["warnings"]]})


def _judged(sheet: Sheet, mapping: Mapping, row_of: Row) -> Iterator[tuple[Answer | str, str | None]]:
    """For each row the answer or the reason why it does not count, and what is doubtful about its time."""
    seen: Counter[str] = Counter()
    for place, cells in sheet.rows:
        answer = row_of.answer(place, cells)
        if isinstance(answer, str):
            yield answer, None
            continue
        found, doubt = answer
        seen[found.id] += 1
        if seen[found.id] == 1:
            yield found, doubt
        elif mapping.ids and mapping.repeats == "drop":
            yield "duplicate_id", None
        else:
            # Without an id two equal rows may be two visitors: both count, told apart by their turn.
            yield replace(found, id=f"{found.id}~{seen[found.id]}"), doubt


def _unmashed(answers: list[Answer], mash_s: float | None) -> tuple[list[Answer], int]:
    """Without presses that follow the last accepted one of their site within `mash_s` seconds, and how many went."""
    if mash_s is None:
        return answers, 0
    last: dict[str, datetime] = {}
    kept: set[str] = set()
    for answer in sorted((a for a in answers if a.at), key=lambda a: (a.at, a.id)):
        before, at = last.get(answer.site), answer.at
        assert at is not None
        if before is None or (at - before).total_seconds() >= mash_s:
            last[answer.site] = at
            kept.add(answer.id)
    left = [answer for answer in answers if answer.at is None or answer.id in kept]
    return left, len(answers) - len(left)
