"""The same forty answers as many programs would write them: other headers, languages, encodings, dates and labels."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.intake import readers
from hub.intake.mapping import load
from hub.intake.sheets import SurveyError
from hub.intake.suggesting import suggest
from hub.intake.surveys import read

FIRST = datetime(2026, 3, 2, 10, 7, 5, tzinfo=UTC)
N = 40
AT = [FIRST + timedelta(hours=7 * i, minutes=i) for i in range(N)]
NPS = [(i * 7) % 11 for i in range(N)]
CSAT = [i % 5 + 1 for i in range(N)]
CES = [i % 7 + 1 for i in range(N)]
SITE = [f"S0{i % 3 + 1}" for i in range(N)]
SAID = ["Größe fehlt; leider, wirklich", 'sie sagte "nein"', "", "très bien\nmerci"]
HEAD = 'source = "v"\nchannel = { constant = "qr" }\n'
SITES = '{ S01 = "s01", S02 = "s02", S03 = "s03" }'
Rows = Sequence[Sequence[object]]


def delimited(
    rows: Rows, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n", every: bool = False
) -> bytes:
    out = io.StringIO()
    csv.writer(
        out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    ).writerows(rows)
    return out.getvalue().encode(encoding)


def workbook(
    rows: Rows, space: str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", more: str = ""
) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

    body = "".join(f'<row r="{i}">{"".join(map(cell, row))}</row>' for i, row in enumerate(rows, start=1))
    link = space.replace("spreadsheetml/2006/main", "officeDocument/2006/relationships").replace(
        "spreadsheetml/main", "officeDocument/relationships"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{space}" xmlns:r="{link}">{more}'
            '<sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="x"><Relationship Id="r1" Target="/xl/worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'
        )
    return out.getvalue()


def local(zone: str, form: str) -> list[str]:
    return [at.astimezone(ZoneInfo(zone)).strftime(form) for at in AT]


def serial(zone: str) -> list[float]:
    walls = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in AT]
    return [round((wall - datetime(1899, 12, 30)) / timedelta(days=1), 8) for wall in walls]  # noqa: DTZ001


def comment(i: int) -> str:
    return SAID[i % 4]


# ---- Qualtrics: short names, words, import ids; labels or codes; deleted rows; the TSV that is UTF-16.

SHORT = [
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "Q1",
    "Q2",
    "Q3",
    "Q4",
]
SHORT.append("store_id")
GERMAN = ["Anfangsdatum", "Enddatum", "Antworttyp", "IP-Adresse", "Beendet", "Erfassungsdatum", "Antwort-ID"]
GERMAN += [
    "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
    "Zufriedenheit",
    "Einfach",
    "Noch etwas?",
    "store_id",
]
IDS = [{"ImportId": "startDate", "timeZone": "Europe/Berlin"}, {"ImportId": "endDate", "timeZone": "Europe/Berlin"}]
IDS += [{"ImportId": f"QID{i}"} for i in range(10)]
WORDS = ["Sehr unzufrieden", "Unzufrieden", "Teils, teils", "Zufrieden", "Sehr zufrieden"]


def qualtrics(heads: int, labels: bool, spaced: bool = False) -> list[list[object]]:
    when = local("Europe/Berlin", "%Y-%m-%d %H:%M:%S")
    rows: list[list[object]] = [
        [
            *(w, w, "IP-Adresse" if labels else "0", "192.0.2.9", "Wahr" if labels else "1", w, f"R_{i:05d}abc"),
            *(
                f"{NPS[i]} - sehr" if labels and NPS[i] in (0, 10) else NPS[i],
                WORDS[CSAT[i] - 1] if labels else CSAT[i],
            ),
            *(CES[i], comment(i), SITE[i]),
        ]
        for i, w in enumerate(when)
    ]
    ids = [json.dumps(one, separators=None if spaced else (",", ":")) for one in IDS]
    return [*[SHORT, GERMAN, ids][:heads], *rows]  # type: ignore[list-item]


def asked(zone: str, labels: bool) -> str:
    words = ", ".join(f'"{word}" = {n}' for n, word in enumerate(WORDS, start=1))
    said = f", labels = {{ {words} }}" if labels else ""
    return (
        HEAD
        + 'reader = "qualtrics"\nid = "ResponseId"\ncomment = "Q4"\n'
        + f'site = {{ column = "store_id", values = {SITES} }}\n'
        + f'time = {{ column = "RecordedDate", format = "%Y-%m-%d %H:%M:%S", zone = "{zone}" }}\n'
        + f'nps = {{ column = "Q1" }}\nces = {{ column = "Q3" }}\ncsat = {{ column = "Q2"{said} }}\n'
        + '[[exclude]]\ncolumn = "Status"\nunless = ["IP-Adresse", "0"]\nreason = "preview"\n'
    )


# ---- The others.


def plain(when: Sequence[object], **names: str) -> list[list[object]]:
    head = [
        "When",
        "How likely are you to recommend us, from 0 to 10?",
        "Satisfied?",
        "Easy?",
        "Remarks",
        "Shop",
        "Key",
    ]
    head = [names.get(name.split()[0].strip("?,"), name) for name in head]
    return [head, *([w, NPS[i], CSAT[i], CES[i], comment(i), SITE[i], f"k{i}"] for i, w in enumerate(when))]  # type: ignore[list-item]


def told(form: str, zone: str | None, more: str = "", time_more: str = "") -> str:
    zoned = f', zone = "{zone}"' if zone else ""
    return (
        more
        + HEAD
        + f'id = "#7"\ncomment = "#5"\nsite = {{ column = "#6", values = {SITES} }}\n'
        + f"time = {{ column = \"#1\", format = '{form}'{zoned}{time_more} }}\n"
        + 'nps = { column = "#2" }\ncsat = { column = "#3" }\nces = { column = "#4" }\n'
    )


def dated(
    form: str, zone: str | None, text: Callable[[datetime], str], time_more: str = "", **how: Any
) -> tuple[bytes, str]:
    return delimited(plain([text(at) for at in AT]), **how), told(form, zone, time_more=time_more)


def in_zone(zone: str, form: str, more: str = "") -> Callable[[datetime], str]:
    return lambda at: at.astimezone(ZoneInfo(zone)).strftime(form) + more


def monkey(heads: int, first: str = "Respondent ID", answer: str = "Response") -> list[list[object]]:
    when = local("UTC", "%m/%d/%Y %I:%M:%S %p")
    one = [
        first,
        "Date Created",
        "IP Address",
        "How likely is it that you would recommend us?",
        "Rate us",
        "",
        "Shop",
    ]
    two = ["", "", "", answer, "The visit", "The way", answer]
    label = {0: "Not at all likely - 0", 10: "Extremely likely - 10"}
    rows = [
        [10103000000 + i, w, "192.0.2.1", label.get(NPS[i], NPS[i]), CSAT[i], CES[i], SITE[i]]
        for i, w in enumerate(when)
    ]
    return [*[one, two][:heads], *rows]  # type: ignore[list-item]


def monkeys(way: str) -> str:
    return (
        HEAD
        + f'reader = "surveymonkey"\nid = "#1"\nsite = {{ column = "Shop", values = {SITES} }}\n'
        + 'time = { column = "Date Created", format = "%m/%d/%Y %I:%M:%S %p", zone = "UTC" }\n'
        + 'nps = { column = "How likely is it that you would recommend us?" }\n'
        + f'csat = {{ column = "#5" }}\nces = {{ column = "{way}" }}\n'
    )


def lime(style: str, delimiter: str) -> bytes:
    both = [
        ("id", "Response ID"),
        ("submitdate", "Date submitted"),
        ("lastpage", "Last page"),
        ("G1Q1[SQ001]", "Recommend?"),
    ]
    both += [("CSAT", "Happy?"), ("CES", "Easy?"), ("COM", ""), ("STORE", "store")]
    head = {"code. text": [f"{c}. {t}".strip() for c, t in both], "code": [c for c, _ in both]}[style]
    when = local("UTC", "%Y-%m-%d %H:%M:%S")
    rows = [[i, w, 3, NPS[i], CSAT[i], f"A{CES[i]}", comment(i), SITE[i]] for i, w in enumerate(when)]
    return delimited([head, *rows], delimiter, "utf-8-sig", every=True)


LIME = (
    HEAD
    + f'reader = "limesurvey"\nid = "id"\ncomment = "COM"\nsite = {{ column = "STORE", values = {SITES} }}\n'
    + 'time = { column = "submitdate", format = "%Y-%m-%d %H:%M:%S", zone = "UTC" }\n'
    + 'nps = { column = "G1Q1[SQ001]" }\ncsat = { column = "CSAT" }\n'
    + 'ces = { column = "CES", labels = { A1 = 1, A2 = 2, A3 = 3, A4 = 4, A5 = 5, A6 = 6, A7 = 7 } }\n'
)


def typeform(kind: str) -> bytes:
    items = [
        {
            "token": f"t{i}",
            "landed_at": at.isoformat(),
            "submitted_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "hidden": {"store_id": SITE[i]},
            "answers": [
                {"type": "number", "number": NPS[i], "field": {"id": "a", "type": "nps", "ref": "nps"}},
                {"type": "number", "number": CSAT[i], "field": {"id": "b", "type": "rating", "ref": "csat"}},
                {"type": "choice", "choice": {"label": f"{CES[i]} of 7"}, "field": {"id": "c", "ref": "ces"}},
                {"type": "text", "text": comment(i), "field": {"id": "d", "ref": "said"}},
            ],
        }
        for i, at in enumerate(AT)
    ]
    if kind == "interface":
        return json.dumps({"total_items": N, "page_count": 1, "items": items}).encode()
    bodies = [
        {"event_id": f"e{i}", "event_type": "form_response", "form_response": item} for i, item in enumerate(items)
    ]
    return json.dumps(bodies, indent=1).encode() if kind == "array" else "\n".join(map(json.dumps, bodies)).encode()


TYPEFORM = (
    HEAD
    + 'reader = "typeform_webhook"\nid = "token"\ncomment = "said"\ntime = { column = "submitted_at" }\n'
    + f'site = {{ column = "hidden.store_id", values = {SITES} }}\n'
    + 'nps = { column = "nps" }\ncsat = { column = "csat" }\nces = { column = "ces" }\n'
)


def with_halves(at: datetime) -> str:
    text = at.astimezone(ZoneInfo("Europe/Madrid")).strftime("%d/%m/%Y %I:%M:%S ")
    return text + ("a.\u00a0m." if at.astimezone(ZoneInfo("Europe/Madrid")).hour < 12 else "p.\u00a0m.")


def slim(at: datetime) -> str:
    wall = at.astimezone(ZoneInfo("Europe/Paris"))
    return wall.strftime("%Y/%m/%d %I:%M:%S\u202f%p ") + f"GMT+{int(wall.utcoffset().total_seconds() // 3600)}"  # type: ignore[union-attr]


VARIANTS: dict[str, tuple[bytes, str]] = {
    "qualtrics, three rows, labels": (delimited(qualtrics(3, True)), asked("file", True)),
    "qualtrics, three rows, codes, spaced ids": (delimited(qualtrics(3, False, True)), asked("file", False)),
    "qualtrics, two rows left": (delimited(qualtrics(2, False)), asked("Europe/Berlin", False)),
    "qualtrics, one row left": (delimited(qualtrics(1, False)), asked("Europe/Berlin", False)),
    "qualtrics, TSV in UTF-16": (delimited(qualtrics(3, True), "\t", "utf-16"), asked("file", True)),
    "qualtrics, TSV in UTF-16 without mark": (delimited(qualtrics(3, True), "\t", "utf-16-le"), asked("file", True)),
    "qualtrics, through Excel": (delimited(qualtrics(3, True), ";", "cp1252", "\r\n"), asked("file", True)),
    "qualtrics, workbook": (workbook(qualtrics(2, True)), asked("Europe/Berlin", True)),
    "surveymonkey, two rows": (delimited(monkey(2), encoding="cp1252", end="\r\n"), monkeys("Rate us | The way")),
    "surveymonkey, one row": (delimited(monkey(1)), monkeys("#6")),
    "surveymonkey, German": (delimited(monkey(2, "Teilnehmer-ID", "Antwort"), ";"), monkeys("Rate us | The way")),
    "surveymonkey, open answers": (delimited(monkey(2, answer="Open-Ended Response")), monkeys("The way")),
    "surveymonkey, workbook": (workbook(monkey(2)), monkeys("Rate us | The way")),
    "limesurvey, code and text": (lime("code. text", ","), LIME),
    "limesurvey, semicolons": (lime("code. text", ";"), LIME),
    "limesurvey, codes only": (lime("code", ";"), LIME),
    "typeform, one body a line": (typeform("lines"), TYPEFORM),
    "typeform, bodies as a list": (typeform("array"), TYPEFORM),
    "typeform, from its interface": (typeform("interface"), TYPEFORM),
    "google, American": dated("%m/%d/%Y %H:%M:%S", "UTC", in_zone("UTC", "%m/%d/%Y %H:%M:%S")),
    "google, German": dated("%d.%m.%Y %H:%M:%S", "Europe/Berlin", in_zone("Europe/Berlin", "%d.%m.%Y %H:%M:%S")),
    "google, as downloaded": dated("%Y/%m/%d %I:%M:%S %p", None, slim),
    "google, Spanish": dated("%d/%m/%Y %I:%M:%S %p", "Europe/Madrid", with_halves),
    "google, letters of a zone": dated(
        "%Y/%m/%d %I:%M:%S %p",
        None,
        in_zone("Europe/Helsinki", "%Y/%m/%d %I:%M:%S %p ", "EET"),
        ', abbreviations = { EET = "+02:00" }',
    ),
    "google, Japanese": dated(
        "%Y/%m/%d %H:%M:%S", "Asia/Tokyo", in_zone("Asia/Tokyo", "%Y/%m/%d %H:%M:%S"), encoding="utf-8-sig"
    ),
    "forms, workbook": (workbook(plain(serial("Europe/London"))), told("excel", "Europe/London")),
    "forms, strict workbook": (
        workbook(plain(serial("Europe/London")), "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        told("excel", "Europe/London"),
    ),
    "forms, through Excel": (
        delimited(plain([f"{s:.8f}".replace(".", ",") for s in serial("Europe/Rome")]), ";", "cp1252", "\r\n"),
        told("excel", "Europe/Rome"),
    ),
    "flat, pipes and months": dated("%d-%b-%Y %H:%M:%S", "UTC", in_zone("UTC", "%d-%b-%Y %H:%M:%S"), delimiter="|"),
    "flat, tabs and offsets": dated("iso", None, in_zone("Pacific/Auckland", "%Y-%m-%d %H:%M:%S %z"), delimiter="\t"),
    "flat, named UTC": dated("%Y-%m-%d %H:%M:%S", None, in_zone("UTC", "%Y-%m-%d %H:%M:%S UTC")),
    "flat, seconds since 1970": dated("unix", None, lambda at: f"{at.timestamp():.0f}"),
    "flat, milliseconds since 1970": dated("unix", None, lambda at: f"{at.timestamp() * 1000:.0f}"),
    "flat, one sep= line": (
        b"sep=;\n" + delimited(plain([at.isoformat() for at in AT]), ";", "utf-8"),
        told("iso", None),
    ),
    "flat, backslashes": (
        delimited(plain([at.isoformat() for at in AT]), every=True).replace(b'""nein""', b'\\"nein\\"'),
        told("iso", None),
    ),
    "flat, Russian": (
        delimited(plain([at.isoformat() for at in AT], Remarks="Комментарий", Shop="Магазин"), ";", "utf-8")
        .decode()
        .replace("ö", "о")
        .replace("ß", "ы")
        .replace("è", "е")
        .encode("cp1251"),
        told("iso", None, 'encoding = "cp1251"\n'),
    ),
    "flat, Japanese": (
        delimited(plain([at.isoformat() for at in AT], Shop="店舗"))
        .decode()
        .replace("ö", "店")
        .replace("ß", "舗")
        .replace("è", "え")
        .encode("shift_jis"),
        told("iso", None, 'encoding = "shift_jis"\n'),
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_answers_come_out_of_every_file(name: str) -> None:
    data, mapping = VARIANTS[name]
    survey = read(name, data, load(mapping))
    rows = survey.answers.to_pylist()
    assert [row["nps"] for row in rows] == NPS
    assert [row["csat"] for row in rows] == CSAT
    assert [row["ces"] for row in rows] == CES
    assert [row["site"] for row in rows] == [site.lower() for site in SITE]
    assert [row["at"].replace(microsecond=0) for row in rows] == AT
    assert survey.report["rows_scored"] == survey.report["rows_in_file"] == N
    assert read(name, data, load(mapping)).answers.equals(survey.answers)
    if 'comment = "' in mapping and "flat, " not in name:
        assert [row["comment"] for row in rows] == [comment(i) or None for i in range(N)]


@pytest.mark.parametrize("name", VARIANTS)
def test_half_of_every_file_is_refused_or_said_to_end_early(name: str) -> None:
    data, mapping = VARIANTS[name]
    for part in (len(data) // 2, len(data) // 3, len(data) - 3):
        try:
            report = read(name, data[:part], load(mapping)).report
        except SurveyError:
            continue
        assert report["warnings"] or data[:part].endswith((b"\n", b"}")), "cut between two lines"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_mapping_can_be_begun_for_every_file(name: str) -> None:
    data, _ = VARIANTS[name]
    encoding = {"flat, Russian": "cp1251", "flat, Japanese": "shift_jis"}.get(name)
    text = suggest("f", data.decode(encoding).encode() if encoding else data)
    assert "\n[nps]\n" in text
    assert re.search(r"^\[time\]$|^# \? time: \d columns look like it", text, re.MULTILINE)
    assert "\n[site]\n" in text
    assert not any(said in text for said in SAID if said)


# ---- Buttons as a broker's log and as newer devices tell them.


def test_a_message_written_as_text_and_a_newer_shelly() -> None:
    lines = [
        {
            "tst": at.isoformat(),
            "topic": f"kiosk/S0{i % 3 + 1}",
            "retain": 0,
            "payload": json.dumps({"action": f"{i % 4 + 1}_single"}),
        }
        for i, at in enumerate(AT)
    ]
    lines.append(lines[0] | {"payload": json.dumps({"action": "3_double"})})
    mapping = HEAD.replace('"qr"', '"kiosk"') + (
        "site = { column = \"topic\", pattern = '/(\\w+)$', values = " + SITES + " }\n"
        'time = { column = "tst" }\ncsat = { column = "payload.action", scale = 4, pattern = \'^(\\d)_single$\' }\n'
        '[[exclude]]\ncolumn = "payload.action"\nreason = "no press"\n'
        'unless = ["1_single", "2_single", "3_single", "4_single"]\n'
    )
    report: dict[str, Any] = read("k", "\n".join(map(json.dumps, lines)).encode(), load(mapping)).report
    assert (report["button_counts"], report["excluded"]) == ({"1": 10, "2": 10, "3": 10, "4": 10}, {"no press": 1})
    newer = [
        {
            "topic": "shop-S01/events/rpc",
            "payload": {
                "method": "NotifyEvent",
                "params": {"ts": at.timestamp(), "events": [{"component": f"input:{i % 4}", "event": "single_push"}]},
            },
        }
        for i, at in enumerate(AT)
    ]
    mapping = HEAD.replace('"qr"', '"kiosk"') + (
        'site = { constant = "s01" }\ntime = { column = "payload.params.ts", format = "unix" }\n'
        "csat = { column = \"payload.params.events.0.component\", scale = 4, lowest = 0, pattern = 'input:(\\d)' }\n"
    )
    survey = read("k", json.dumps(newer).encode(), load(mapping))
    assert survey.report["button_counts"] == {"0": 10, "1": 10, "2": 10, "3": 10}
    assert survey.answers["at"].to_pylist() == AT


def test_feedback_in_an_envelope_of_several_lists() -> None:
    rows = [{"feedbackId": f"f{i}", "buttonIndex": i % 4, "misuse": i == 0} for i in range(N)]
    data = json.dumps({"links": [{"rel": "next"}], "data": rows, "count": N}).encode()
    mapping = (
        HEAD
        + 'id = "feedbackId"\nsite = { constant = "s01" }\ncsat = { column = "buttonIndex", scale = 4, lowest = 0 }\n'
    )
    mapping += '[[exclude]]\ncolumn = "misuse"\nvalues = ["true"]\nreason = "misuse"\n'
    assert read("h", data, load(mapping)).report["rows_scored"] == N - 1


def test_days_from_1904_are_refused_and_not_read_four_years_off() -> None:
    book = workbook(plain(serial("Europe/London")), more='<workbookPr date1904="1"/>')
    with pytest.raises(SurveyError, match="from 1904"):
        readers.read(book)


@pytest.mark.parametrize(
    "text", ["4/7", "3.5", "Store 5", "5 Main Street", "4 of 6", "12:30", "2026-03-02", "-1", "S01 - 5", "five"]
)
def test_what_is_no_step_of_a_scale_is_not_taken_for_one(text: str) -> None:
    mapping = HEAD + 'site = { constant = "s01" }\ncsat = { column = "c" }\n'
    with pytest.raises(SurveyError, match="line 2, column 'c': not on the scale 1-5"):
        read("f", f"a,c\nx,{text}\n".encode(), load(mapping))
