"""A mapping to begin with: what is clear is filled in, what is not is left to its owner."""

from pathlib import Path

import pytest

from hub.intake.columns import MappingError
from hub.intake.mapping import load
from hub.intake.suggesting import suggest

HEAD = (
    "Response ID,Submitted,Store,How likely are you to recommend us?,How satisfied were you?,Comments,Your e-mail\n"
)
ROWS = "".join(
    f"r{i},2026-03-{i % 28 + 1:02d}T10:00:00Z,S0{i % 2},{i % 11},{i % 5 + 1},fine and kind,a@b.c\n" for i in range(40)
)


def test_a_clear_file_needs_only_the_names_of_the_shop() -> None:
    text = suggest("f.csv", (HEAD + ROWS).encode())
    with pytest.raises(MappingError):  # nothing is guessed, so it cannot be used unfinished
        load(text)
    done = text.replace('source = "?"', 'source = "mine"').replace('"S00" = "?"', '"S00" = "s1"')
    mapping = load(done.replace('"S01" = "?"', '"S01" = "s2"').replace('constant = "?"', 'constant = "qr"'))
    assert (mapping.id, mapping.comment, mapping.personal) == ("response id", "comments", ("your e-mail",))
    assert mapping.site.values == {"S00": "s1", "S01": "s2"}
    assert mapping.nps
    assert mapping.nps.column == "how likely are you to recommend us?"
    assert mapping.csat
    assert (mapping.csat.scale, mapping.ces) == (5, None)
    assert mapping.time
    assert mapping.time.format == "iso"
    assert "a@b.c" not in text
    assert "fine and kind" not in text


def test_two_questions_that_look_alike_are_both_named_and_none_is_taken() -> None:
    two = HEAD.replace("Comments", "Would you recommend our brand?")
    rows = ROWS.replace("fine and kind", "10")
    text = suggest("f.csv", (two + rows).encode())
    assert "# ? nps: 2 columns look like it" in text
    assert "[nps]" not in text


def test_a_time_that_could_be_read_two_ways_is_left_open() -> None:
    rows = "".join(f"r{i},0{i % 9 + 1}/0{i % 9 + 1}/2026 10:00:00,S01,{i % 11},5,fine day,x\n" for i in range(20))
    text = suggest("f.csv", (HEAD + rows).encode())
    assert "these all fit: %m/%d/%Y %H:%M:%S, %d/%m/%Y %H:%M:%S" in text
    clear = suggest("f.csv", (HEAD + rows + "x,31/03/2026 10:00:00,S01,1,5,fine day,x\n").encode())
    assert 'format = "%d/%m/%Y %H:%M:%S"' in clear


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("qualtrics_labels.csv", ['id = "responseid"', 'column = "store_id"', '[csat]\ncolumn = "q2"', "labels = {"]),
        ("google_forms_us.csv", ["%m/%d/%Y %H:%M:%S", "# ? id: no column looks like it."]),
        ("limesurvey.csv", ['id = "id"', 'personal = ["ipaddr"]', '"submitdate", "datestamp"']),
        ("microsoft_forms.xlsx", ['format = "excel"', 'personal = ["email", "name"]']),
        ("typeform_webhook.ndjson", ['reader = "typeform_webhook"', '[ces]\ncolumn = "ces"']),
    ],
)
def test_files_of_every_kind(shared_data: Path, name: str, found: list[str]) -> None:
    text = suggest(name, (shared_data / "surveys/synthetic" / name).read_bytes())
    assert [part for part in found if part not in text] == []
    assert not [mark for mark in ("198.51.100.", "@example", "203.0.113.") if mark in text]
