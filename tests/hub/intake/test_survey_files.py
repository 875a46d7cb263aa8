"""Every recorded survey file against the values it must give."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from hub.intake import nested, readers
from hub.intake.mapping import load
from hub.intake.sheets import SurveyError
from hub.intake.surveys import Survey, read

SAMPLES = files("hub.intake") / "mappings"
NPS_KIOSK = """
source = "happyornot"
id = "feedbackId"
repeats = "keep"
time = { column = "localTime" }
site = { column = "experiencePointId", values = { 901 = "s01", 902 = "s02", 903 = "s03" } }
channel = { constant = "kiosk" }
nps = { column = "buttonIndex" }
exclude = [{ column = "misuse", values = ["true"], reason = "misuse" }]
"""
HEAD = 'source = "real"\nsite = { constant = "s01" }\nchannel = { constant = "email" }\n'


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.toml").read_text(encoding="utf-8")


SYNTHETIC = {
    "qualtrics_labels.csv": sample("qualtrics"),
    "typeform.csv": sample("typeform"),
    "tiny_n7.csv": sample("typeform"),
    "typeform_webhook.ndjson": sample("typeform_webhook"),
    "google_forms_us.csv": sample("google_forms"),
    "limesurvey.csv": sample("limesurvey"),
    "microsoft_forms.xlsx": sample("microsoft_forms"),
    "medallia_like.csv": sample("medallia"),
    "happyornot_4button.json": sample("happyornot"),
    "happyornot_nps.csv": NPS_KIOSK,
    "mqtt_kiosk_native.ndjson": sample("kiosk"),
    "mqtt_kiosk_zigbee2mqtt.ndjson": sample("kiosk_zigbee2mqtt"),
}


@pytest.fixture(scope="module")
def expected(shared_data: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((shared_data / "surveys/expected.json").read_text(encoding="utf-8"))
    return values


def taken(shared_data: Path, name: str, mapping: str) -> Survey:
    return read(name, (shared_data / "surveys" / name).read_bytes(), load(mapping))


def same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Every number of `wanted` stands in `found` under the same name, to 1e-6."""
    for key, value in wanted.items():
        if isinstance(value, dict):
            same(found[key], value)
        else:
            assert found[key] == pytest.approx(value, abs=1e-6), key


@pytest.mark.parametrize("name", SYNTHETIC)
def test_synthetic_files_give_their_expected_values(shared_data: Path, expected: dict[str, Any], name: str) -> None:
    wanted = expected[f"synthetic/{name}"]
    report: dict[str, Any] = taken(shared_data, f"synthetic/{name}", SYNTHETIC[name]).report
    rows = "messages_in_file" if "messages_in_file" in wanted else "rows_in_file"
    scored = "presses_scored" if "presses_scored" in wanted else "rows_scored"
    assert report["rows_in_file"] == wanted[rows]
    assert report["rows_scored"] == wanted[scored]
    assert report["rows_in_file"] == report["rows_scored"] + sum(report["excluded"].values())
    for key in ("first_response_utc", "last_response_utc"):
        assert report[key] == wanted.get(key, report[key])
    assert report["excluded"] == wanted.get("excluded", report["excluded"])
    assert report["excluded"].get("misuse", 0) == wanted.get("misuse_rows", 0)
    stores = {key: value for key, value in wanted.items() if key in ("nps_by_store", "by_store")}
    named = {
        key: wanted[key] for key in wanted if key.startswith(("nps", "csat_", "ces_", "top2", "button", "presses"))
    }
    same(report, {key: value for key, value in named.items() if key not in stores})
    same(report, {key: {store.lower(): v for store, v in value.items()} for key, value in stores.items()})
    assert report["warnings"] == []
    scores = report["scores"]
    if "nps" in wanted:
        same(scores["nps"], wanted["nps"])
    for store, value in wanted.get("nps_by_store", {}).items():
        same(report["by_site"][store.lower()]["nps"], value)
    for store, n in wanted.get("by_store", {}).items():
        assert report["by_site"][store.lower()]["csat"]["n"] == n
    for key in ("csat_top2_of_5", "top2_of_4"):
        if key in wanted:
            same(scores["csat"]["top_box"], wanted[key])
    if "button_counts" in wanted:
        same(scores["csat"]["distribution"], wanted["button_counts"])
    if "ces_1to7" in wanted:
        same(scores["ces"]["mean"], wanted["ces_1to7"])
        same(scores["ces"]["top_box"], wanted["ces_top3_of_7"])


@pytest.mark.parametrize("name", SYNTHETIC)
def test_nothing_personal_comes_through(shared_data: Path, expected: dict[str, Any], name: str) -> None:
    survey = taken(shared_data, f"synthetic/{name}", SYNTHETIC[name])
    text = json.dumps([survey.answers.to_pylist(), survey.report], default=str)
    assert not [mark for mark in ("198.51.100.", "203.0.113.", "192.0.2.", "@example", "+44 7700") if mark in text]
    for column in expected[f"synthetic/{name}"].get("must_not_be_stored", []):
        assert column.casefold() not in (field.casefold() for field in survey.answers.column_names)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_reading_twice_gives_the_same_answers(shared_data: Path, name: str) -> None:
    first, again = (taken(shared_data, f"synthetic/{name}", SYNTHETIC[name]) for _ in range(2))
    assert first.answers.equals(again.answers)
    ids = first.answers["id"].to_pylist()
    assert len(set(ids)) == len(ids)


def likert(column: str, more: str = "") -> str:
    return HEAD + f"[csat]\ncolumn = {json.dumps(column)}\n{more}"


REAL = [
    ("google_forms_dask_2019.csv", "ease_upgrade_1to4", "scale = 4\ntop = 1"),
    ("google_forms_dask_2021.csv", "ease_upgrade_1to4", "scale = 4\ntop = 1"),
    ("google_forms_dask_2021.csv", "ease_of_use_1to5_higher_is_easier", "top = 2"),
]


@pytest.mark.parametrize(("name", "question", "more"), REAL)
def test_real_form_exports(shared_data: Path, expected: dict[str, Any], name: str, question: str, more: str) -> None:
    wanted = expected[f"real/{name}"]
    asked = wanted["questions"][question]
    time = '[time]\ncolumn = "Timestamp"\nformat = "%Y-%m-%d %H:%M:%S"\nzone = "UTC"\n'
    report: dict[str, Any] = taken(shared_data, f"real/{name}", likert(asked["column"], f"{more}\n{time}")).report
    assert report["rows_in_file"] == wanted["rows"]
    found = report["scores"]["csat"]
    assert found["n"] == asked["n"]
    same(found["distribution"], {k: v for k, v in asked["distribution"].items() if k in found["distribution"]})
    same(found["mean"], asked["mean"])
    same(found["top_box"], asked["top_box"])


def test_ratings_of_an_event(shared_data: Path, expected: dict[str, Any]) -> None:
    wanted = expected["real/likert_event_feedback_ohbm2021.csv"]
    for column, asked in wanted["questions"].items():
        report: dict[str, Any] = taken(shared_data, "real/likert_event_feedback_ohbm2021.csv", likert(column)).report
        assert report["rows_in_file"] == wanted["rows"]
        assert report["rows_scored"] == asked["n"]
        for key in ("distribution", "mean", "top_box"):
            same(report["scores"]["csat"][key], asked[key])


@pytest.mark.parametrize("backwards", [False, True])
def test_a_scale_whose_wording_runs_backwards(shared_data: Path, expected: dict[str, Any], backwards: bool) -> None:
    wanted = expected["real/surveymonkey_two_header_ospo_2018.csv"]
    mapping = (
        'id = "Respondent ID"\n'
        + likert("#12", f"reversed = {str(backwards).lower()}\n")
        + '[time]\ncolumn = "Start Date"\nformat = "excel"\nzone = "UTC"\n'
    )
    survey = taken(shared_data, "real/surveymonkey_two_header_ospo_2018.csv", mapping)
    report: dict[str, Any] = survey.report
    assert report["reader"] == "surveymonkey"
    assert report["rows_in_file"] == wanted["rows"]
    asked = wanted["reversed_so_high_is_critical" if backwards else "as_written"]
    for key in ("distribution", "mean", "top_box"):
        same(report["scores"]["csat"][key], asked[key])
    first = survey.answers.to_pylist()[0]
    assert f"{first['at']:%Y-%m-%dT%H:%M:%S}" == wanted["first_row_start_date_as_datetime"]


def test_words_for_answers_and_zones_by_their_letters(shared_data: Path, expected: dict[str, Any]) -> None:
    wanted = expected["real/google_forms_mybinder_2020.csv"]
    column = "Would you recommend mybinder.org to a friend?"
    mapping = likert(column, "scale = 3\ntop = 1\nlabels = { Yes = 3, Maybe = 2, No = 1 }\n") + (
        '[time]\ncolumn = "Timestamp"\nformat = "%Y/%m/%d %I:%M:%S %p"\nabbreviations = { CET = "+01:00" }\n'
    )
    report: dict[str, Any] = taken(shared_data, "real/google_forms_mybinder_2020.csv", mapping).report
    counts = wanted["recommend"]
    assert report["rows_in_file"] == wanted["rows"]
    assert report["scores"]["csat"]["distribution"] == {"3": counts["Yes"], "2": counts["Maybe"], "1": counts["No"]}
    assert report["excluded"] == {"empty": counts[""]}
    assert report["first_response_utc"] == wanted["first_response_utc"]


@pytest.mark.parametrize("name", ["qualtrics_three_header_german.csv", "qualtrics_legacy_two_header.csv"])
def test_qualtrics_headers(shared_data: Path, expected: dict[str, Any], name: str) -> None:
    legacy = "legacy" in name
    mapping = HEAD + (
        f'id = "{"ResponseID" if legacy else "ResponseId"}"\ncomment = "Q2"\npersonal = ["IPAddress"]\n'
        'csat = { column = "Q1" }\n'
        f'time = {{ column = "EndDate", format = "%Y-%m-%d %H:%M:%S", zone = "Europe/Zurich" }}\n'
    )
    survey = taken(shared_data, f"real/{name}", mapping)
    (row,) = survey.answers.to_pylist()
    assert survey.report["reader"] == "qualtrics"
    assert (row["id"], row["csat"], row["comment"]) == (expected[f"real/{name}"]["response_id"], 2, "Hello World!")


def test_bytes_that_are_no_utf8(shared_data: Path, expected: dict[str, Any]) -> None:
    wanted = expected["real/surveymonkey_two_header_starwars.csv"]
    column = "Have you seen any of the 6 films in the Star Wars franchise?"
    mapping = 'id = "RespondentID"\n' + likert(column, "scale = 2\ntop = 1\nlabels = { Yes = 2, No = 1 }\n")
    survey = taken(shared_data, "real/surveymonkey_two_header_starwars.csv", mapping)
    assert survey.report["rows_in_file"] == wanted["rows"]
    assert survey.report["reader"] == "surveymonkey"
    assert survey.answers["id"][0].as_py() == wanted["first_respondent_id"]


def test_columns_of_one_name_are_named_by_position(shared_data: Path, expected: dict[str, Any]) -> None:
    wanted = expected["real/typeform_csv_oslo_2018.csv"]
    sheet = readers.read((shared_data / "surveys/real/typeform_csv_oslo_2018.csv").read_bytes())
    assert (len(sheet.columns), len(sheet.rows)) == (wanted["columns"], wanted["rows"])
    bare = "What is the operating system that you will use during the course (on your laptop)?"
    assert sheet.locate("csat.column", bare) == 0
    assert sheet.locate("csat.column", "#2") == 1
    with pytest.raises(SurveyError, match=r"csat.column: 6 columns have this header \(#2, "):
        sheet.locate("csat.column", "Other")


def test_pages_of_a_survey_interface(shared_data: Path, expected: dict[str, Any]) -> None:
    pets = {"5096103932": 0, "5096103933": 1, "5096103934": 2, "5096103935": 3}
    labels = ", ".join(f"{choice} = {n}" for choice, n in pets.items())
    mapping = (
        'id = "id"\n'
        + likert("769893650", f"scale = 5\nlowest = 0\nlabels = {{ {labels} }}\n")
        + (
            '[time]\ncolumn = "date_created"\n[[exclude]]\ncolumn = "response_status"\nunless = ["completed"]\n'
            'reason = "unfinished"\n'
        )
    )
    survey = taken(shared_data, "real/surveymonkey_api_responses_bulk.json", mapping)
    assert survey.report["reader"] == "surveymonkey_api"
    assert survey.report["rows_in_file"] == expected["real/surveymonkey_api_responses_bulk.json"]["responses"]
    assert survey.report["rows_scored"] == 2


def test_a_survey_s_description_gives_choices_their_text_and_questions_their_heading(shared_data: Path) -> None:
    folder = shared_data / "surveys/real"
    answers = (folder / "surveymonkey_api_responses_bulk.json").read_bytes()
    whole = nested.with_details(answers, (folder / "surveymonkey_api_details.json").read_bytes())
    sheet = readers.read(whole)
    asked = sheet.locate("csat.column", "769893650")
    (title,) = set(sheet.columns[asked]) - {"769893650"}
    assert sheet.locate("csat.column", title) == asked
    plain = readers.read(answers)
    codes = [cells[plain.locate("csat.column", "769893650")] for _, cells in plain.rows]
    words = [cells[asked] for _, cells in sheet.rows]
    assert (title, codes, words) == ("how many pets do you have?", ["5096103935"] * 2, ["3"] * 2)
    with pytest.raises(SurveyError, match="both files must be JSON"):
        nested.with_details(answers, b"id,title")
