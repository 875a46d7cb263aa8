"""The Brief page and the report: the same sentences, silence in words, files that need nothing from outside."""

import re
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from dashboard.brief import drawn, sheet
from dashboard.brief.paper import Paper, paper
from dashboard.brief.told import told
from dashboard.data import Answer, seconds
from dashboard.report import made
from dashboard.words import Words
from tests.conftest import need
from tests.dashboard.hub_rows import TOKEN, Shop, served, shop
from tests.dashboard.looking import Look, plain
from tests.dashboard.rows_brief import EVERY, counted, finding, with_brief

EN, DE = Words("en"), Words("de")
PAGE = "brief"
ROOT = Path(__file__).resolve().parents[2]


def full() -> Shop:
    return with_brief(shop(time.time()))


def sheet_of(shown: Shop, language: Words = EN) -> Paper:
    """The paper of the shop's yesterday."""
    rows = {name: [seconds(row) for row in shown.rows[name]] for name in ("sites", "brief", "days")}
    site = rows["sites"][0]
    answers = (Answer("fresh", rows[name], 1.0) for name in ("brief", "days"))
    return paper(site, site["day"] - timedelta(days=1), *answers, language)


def test_full(look: Look) -> None:
    said = look(full())
    for part in (
        "1. 25 % more visitors than is usual: 500 instead of 400.",
        "95 % interval +10 to +42 % · n = 500 · by chance alone in 2 % of cases · 99 % observed",
        "Try: look what was on",
        "See it on the page Now",
        "2. Fewer waits at till_a kept the promise: 87 % instead of the usual 95 %.",
        "95 % interval −12 to −4 percentage points",
        "Nothing stands out: what could be tested is within what is usual.",
        "Each of the seven days was observed for at least 90 % of the time.",
        "One day was not observed.",
    ):
        assert part in said, part


def test_silence_is_said(look: Look) -> None:
    made_ = full()
    made_.rows["brief"] = []
    said = look(made_)
    assert said.count("Nothing stands out") == 2
    assert "Try:" not in said


def test_a_first_week_says_that_little_can_be_compared(look: Look) -> None:
    made_ = full()
    made_.rows["brief"], made_.rows["days"] = [], made_.rows["days"][-3:]
    said = look(made_)
    assert "Only 2 earlier days can be compared with" in said
    assert "4 of the seven days were observed for less than 90 %" in said


def test_a_day_nobody_observed_is_not_quiet(look: Look) -> None:
    made_ = full()
    made_.rows["brief"] = []
    for row in made_.rows["days"]:
        row |= {"entries": None, "exits": None, "coverage": 0.0}
    said = look(made_)
    assert "Nobody knows how many visitors came" in said
    assert "Nothing can be said about this day: it was not observed." in said
    assert "Nothing stands out" not in said
    assert "No day was observed." in said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("brief", "Whether anything stands out is not known: the hub could not answer."),
        ("days", "How well the days were observed is not known: the hub could not answer."),
    ],
)
def test_what_is_not_answered_is_said(look: Look, question: str, said: str) -> None:
    made_ = full()
    made_.failing = {question}
    assert said in look(made_)


def test_german(look: Look) -> None:
    assert "25 % mehr Besucher als gewohnt: 500 statt 400." in look(full(), language="de")


def test_a_strange_day_in_the_address_changes_nothing(look: Look) -> None:
    assert "500 instead of 400" in look(full(), day="2026-99-99")


@pytest.mark.parametrize("language", [EN, DE])
@pytest.mark.parametrize("row", EVERY, ids=[row["code"] for row in EVERY])
def test_every_code_has_words_in_both_languages(row: dict[str, Any], language: Words) -> None:
    day = shop(time.time()).rows["sites"][0]["day"]
    found = told(seconds(finding("", day) | row), "Europe/Berlin", language)
    assert row["code"] not in found.text
    assert "{" not in found.text
    assert found.page[1]


@pytest.mark.parametrize(
    "row", [{"code": "brand_new"}, {"code": "visitors_high", "effect": None}, {"try": "x", "evidence": "<b>"}]
)
def test_what_a_newer_hub_says_is_shown(row: dict[str, Any]) -> None:
    day = shop(time.time()).rows["sites"][0]["day"]
    assert told(seconds(finding("visitors_high", day) | row), "Europe/Berlin", EN).text


def test_a_fault_in_which_nothing_came_has_no_ratio() -> None:
    day = shop(time.time()).rows["sites"][0]["day"]
    row = finding("sensor_fault", day, place="door", effect=None, low=None, high=None, certainty=1.0)
    found = told(seconds(row), "Europe/Berlin", EN)
    assert "counted nothing for 24" in found.text
    assert "by chance" not in " ".join(found.figures)


def test_page_report_and_text_say_the_same(look: Look) -> None:
    shown = full()
    found = sheet_of(shown)
    sentences = [line for part in found.parts for line in (part.visitors, part.silence) if line]
    sentences += [text for part in found.parts for one in part.findings for text in (one.text, one.advice)]
    sentences += [figure for part in found.parts for one in part.findings for figure in one.figures]
    sentences += [found.alt, *found.quality]
    said = look(shown)
    for text in (said, plain(sheet.html(found, "", EN)), plain(sheet.text(found, EN))):
        for sentence in sentences:
            assert plain(sentence) in text, sentence


def test_a_gap_is_no_bar_of_nothing() -> None:
    last = shop(time.time()).rows["sites"][0]["day"]
    found = drawn.bars(counted(last), last, 28, EN)
    assert [bar["state"] for bar in found if bar["state"] != "whole"] == ["blind", "part"]
    assert next(bar for bar in found if bar["state"] == "blind")["n"] is None


def test_html_stands_alone_and_escapes() -> None:
    shown = full()
    shown.rows["sites"][0]["name"] = "<script>x</script>"
    document = made("html", sheet_of(shown), 1e9, EN).decode()
    assert "<svg" in document
    assert "<script" not in document
    assert not re.findall(r"""(?:src|href)=["']?(?!#)[a-z]+:|url\((?!["']?#)|@import""", document)


def test_pdf_holds_the_sentences(tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    need(reader, "pdftotext")
    (tmp_path / "report.pdf").write_bytes(made("pdf", sheet_of(full()), 1e9, EN))
    line = [str(reader), "-layout", str(tmp_path / "report.pdf"), "-"]
    said = plain(subprocess.run(line, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert "25 % more visitors than is usual: 500 instead of 400." in said
    assert "Nothing stands out" in said


def test_mail_has_text_html_and_picture() -> None:
    shown = full()
    shown.rows["sites"][0]["name"] = "Shop\r\nBcc: all@example.net"
    message = message_from_bytes(made("eml", sheet_of(shown), 1e9, EN), policy=policy.default)
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Shop Bcc:")
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds[:1] + [kind for kind in kinds if not kind.startswith("multipart")] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
    ]
    text = message.get_body(("plain",))
    assert text is not None
    assert "500 instead of 400" in text.get_content()


def command(folder: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "token").write_text(TOKEN)
    (folder / "dashboard.toml").write_text(f'[hub]\nurl = "{url}"\ntoken_file = "{folder / "token"}"\n')
    line = [sys.executable, "-m", "dashboard", "report", "--config", str(folder / "dashboard.toml"), *more]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_writes_a_report(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    with served(full()) as url:
        done = command(tmp_path, url, "--site", "s001", "--out", str(out), "--language", "de")
        assert (done.returncode, done.stderr) == (0, "")
        assert "25 % mehr Besucher" in plain(out.read_text())
        again = command(tmp_path, url, "--site", "s999", "--out", str(out))
        assert (again.returncode, again.stderr) == (1, "instore-dashboard: --site: no such store for this token\n")
        assert command(tmp_path, url, "--site", "s001", "--out", "x.docx").returncode == 2
        assert command(tmp_path, url, "--site", "s001", "--day", "2099-01-01", "--out", str(out)).returncode == 2
    away = command(tmp_path, url, "--site", "s001", "--out", str(out))
    assert (away.returncode, away.stderr) == (1, "instore-dashboard: the hub cannot be reached (sites)\n")


def test_a_chart_has_no_layer_without_marks() -> None:
    last = shop(time.time()).rows["sites"][0]["day"]
    quiet = [row | {"entries": 1, "coverage": 1.0} for row in counted(last)]
    blind = [row | {"entries": None, "coverage": 0.0} for row in counted(last)]
    for rows, many in ((counted(last), 2), (quiet, 1), (blind, 1)):
        assert len(drawn.chart(drawn.bars(rows, last, 28, EN), EN).to_dict()["layer"]) == many
