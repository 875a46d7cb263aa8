"""What the tills counted: read from files, stored once a site and hour, set beside the doors as ratios of sums."""

from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest

from hub.intake import sales
from hub.intake.columns import MappingError
from hub.intake.sheets import SurveyError
from hub.intake.taking import Taking, report_text
from hub.serve import questions
from hub.serve.questions import QUESTIONS

NOW = datetime(2026, 6, 10, 18, 0, tzinfo=UTC).timestamp()
SAMPLE = (files("hub.intake") / "mappings" / "sales.toml").read_text(encoding="utf-8")
CARDS = (files("hub.intake") / "mappings" / "cards.toml").read_text(encoding="utf-8")
HEAD = "site,hour,transactions,sales,returns,labour_hours,planned_hours\n"
ROWS = "s001,2026-06-10T10:00:00+02:00,6,120.50,1,2.5,3\ns001,2026-06-10T11:00:00+02:00,9,80,,2.5,3\n"
LOCAL = SAMPLE.replace('format = "iso"', 'format = "%Y-%m-%d %H:%M"\nzone = "Europe/Berlin"')


def fault(text: str, mapping: str = SAMPLE) -> str:
    with pytest.raises(SurveyError) as caught:
        sales.read("f", text.encode(), sales.load(mapping))
    return str(caught.value)


def take(hub: Any, text: str, mapping: str = SAMPLE) -> dict[str, Any]:
    return Taking({"m": mapping}).take(hub.store, "m", "f.csv", text.encode(), lambda site: True)


def ask(hub: Any, name: str, first: str = "2026-06-10", days: int = 1) -> list[dict[str, Any]]:
    start = datetime.fromisoformat(f"{first}T01:00:00+00:00")
    raw = [("site", "s001"), ("start", start.isoformat())]
    raw.append(("end", datetime.fromtimestamp(start.timestamp() + days * 86_400, UTC).isoformat()))
    values, site = questions.parse(name, raw), hub.store.sites["s001"]
    found = hub.store.ask(name, questions.bound(values, site, NOW), questions.calendar(name, site, values))
    rows: list[dict[str, Any]] = QUESTIONS[name].finish(found).to_pylist()
    return rows


def test_a_file_goes_in_once_and_corrections_take_the_place_of_what_was_told(hub: Any) -> None:
    report = take(hub, HEAD + ROWS + "s999,2026-06-10T10:00:00Z,1,1,1,1,1\n,2026-06-10T10:00:00Z,1,1,1,1,1\n")
    assert report["stored"] == {"added": 2, "changed": 0, "same": 0, "unknown_site": 1, "not_a_local_hour": 0}
    assert (report["rows_in_file"], report["rows_taken"], report["excluded"]) == (4, 3, {"unknown_site": 1})
    assert "3 taken" in report_text(report)
    before = hub.rows("SELECT * FROM sale ORDER BY hour_at")
    assert take(hub, HEAD + ROWS)["stored"]["same"] == 2
    assert hub.rows("SELECT * FROM sale ORDER BY hour_at") == before
    # The file of another system tells the labour only, and one hour is corrected.
    other = SAMPLE.replace('transactions = "transactions"\nsales = "sales"\nreturns = "returns"\n', "")
    labour = "site,hour,labour_hours,planned_hours\ns001,2026-06-10T10:00:00+02:00,4,3\n"
    assert take(hub, labour, other)["stored"]["changed"] == 1
    (first, _) = hub.rows("SELECT transactions, sales, returns, labour_hours FROM sale ORDER BY hour_at")
    assert first == {"transactions": 6, "sales": 120.5, "returns": 1, "labour_hours": 4.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("sales", "money") + ROWS, "sales: the file has no such column"),
        (HEAD + ROWS + ROWS, "line 4: this site and time stand twice"),
        (HEAD + "s001,2026-06-10T10:07:00Z,1,1,1,1,1\n", "line 2, column 'hour': not the beginning of an hour"),
        (HEAD + "s001,10 o'clock,1,1,1,1,1\n", "line 2, column 'hour': no time in the"),
        (HEAD + "s001,,1,1,1,1,1\n", "line 2, column 'hour': no time in the"),
        (HEAD + "s001,2026-06-10T10:00:00Z,1.5,1,1,1,1\n", "line 2, column 'transactions': no transactions can"),
        (HEAD + "s001,2026-06-10T10:00:00Z,-1,1,1,1,1\n", "line 2, column 'transactions': no transactions can"),
        (HEAD + 's001,2026-06-10T10:00:00Z,1,"1,200.50",1,1,1\n', "line 2, column 'sales': no number"),
        (HEAD + "s001,2026-06-10T10:00:00Z,1,=1+1,1,1,1\n", "line 2, column 'sales': no number"),
        (HEAD + "s001,2026-06-10T10:00:00Z,1,1\n", "line 2: 4 of 7 columns"),
        (HEAD + "s001,2026-06-10T10:00:00,1,1,1,1,1\n", "time.zone: needed"),
    ],
)
def test_faults_name_line_and_column_and_take_nothing(text: str, said: str) -> None:
    assert fault(text).startswith(said)


def test_hours_that_the_clocks_skip_or_show_twice_are_no_hours() -> None:
    rows = ["2026-03-29 02:00", "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00"]
    found = sales.read("f", (HEAD + "".join(f"s001,{t},1,2,,,\n" for t in rows)).encode(), sales.load(LOCAL))
    assert found.report["excluded"] == {"hour_that_the_clocks_showed_twice": 2, "time_in_clock_gap": 1}
    assert found.rows["hour_at"].to_pylist() == [datetime(2026, 10, 25, 2, tzinfo=UTC)]


def test_tills_are_added_up_where_the_mapping_says_so_and_decimals_may_be_commas() -> None:
    mapping = SAMPLE.replace('decimal = "."', 'decimal = ","\nrepeats = "add"')
    text = "site;hour;transactions;sales;returns;labour_hours;planned_hours\n" + "".join(
        f"s001;2026-06-10T10:00:00Z;{n};{money};;;\n" for n, money in ((1, "10,50"), (2, ""), (3, "0,25"))
    )
    found = sales.read("f", text.encode(), sales.load(mapping))
    (row,) = found.rows.to_pylist()
    assert (row["transactions"], row["sales"], row["returns"]) == (6, 10.75, None)


def test_an_hour_of_another_zone_s_quarter_is_no_hour_of_this_shop(hub: Any) -> None:
    text = HEAD + "s003,2026-06-10T10:00:00Z,1,1,,,\ns003,2026-06-10T10:30:00Z,1,1,,,\n"
    assert take(hub, text)["stored"] == {
        "added": 1,
        "changed": 0,
        "same": 0,
        "unknown_site": 0,
        "not_a_local_hour": 1,
    }


def test_ratios_are_of_sums_over_the_hours_in_which_both_are_known(hub: Any, shop: Any) -> None:
    eight = datetime(2026, 6, 10, 8, 0, tzinfo=UTC).timestamp()
    hub.take(shop.raw(shop.status(), "status"))
    for n in range(30):  # two hours whole, and half of a third
        end = eight + 300 * (n + 1)
        hub.take(shop.raw(shop.window(end, shop.count(end, 1 if n < 12 else 2))))
    rows = [("10", 6, "60", 1), ("11", 12, "240", ""), ("12", 50, "999", 5), ("13", 7, "", 0)]
    take(hub, HEAD + "".join(f"s001,2026-06-10T{h}:00:00+02:00,{t},{m},{r},2,\n" for h, t, m, r in rows))
    (day,) = ask(hub, "sales")
    assert (day["day"], day["hours"], day["sure_hours"]) == (date(2026, 6, 10), 4, 2)
    assert (day["transactions"], day["sales"], day["visitors"]) == (75, 1299.0, 36)
    assert day["conversion"] == pytest.approx(18 / 36)
    assert day["sales_per_visitor"] == pytest.approx(300 / 36)
    assert day["return_rate"] == pytest.approx(6 / 63)
    assert day["visitors_per_labour_hour"] == pytest.approx(36 / 4)
    assert day["coverage"] == pytest.approx(2.5 / 4)
    hours = ask(hub, "sales_hours")
    assert [row["conversion"] for row in hours] == [0.5, 0.5, None, None]
    assert [row["visitors"] for row in hours] == [12, 24, 12, None]
    assert [row["coverage"] for row in hours] == [1.0, 1.0, 0.5, 0.0]
    for name, over in (("conversion", "converting"), ("return_rate", "returned"), ("sales_per_visitor", "spent")):
        below = {"conversion": "converting_visitors", "return_rate": "returning_of"}.get(name, "spending_visitors")
        assert day[name] == pytest.approx(day[over] / day[below])


def test_weeks_of_cards(hub: Any) -> None:
    text = "site,week,cards,again\ns001,2026-06-03,200,50\ns001,2026-06-08,0,0\n"
    assert take(hub, text, CARDS)["stored"]["added"] == 2
    assert take(hub, text, CARDS)["stored"]["same"] == 2
    rows = ask(hub, "cards", "2026-06-01", 14)
    assert [(row["week"], row["again_share"]) for row in rows] == [(date(2026, 6, 1), 0.25), (date(2026, 6, 8), None)]
    with pytest.raises(SurveyError, match="stand twice"):
        sales.read("f", (text + "s001,2026-06-04,1,1\n").encode(), sales.load(CARDS))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "sales"', 'kind = "S3CRET"', "kind: not allowed here"),
        ('sales = "sales"', 'revenue = "S3CRET"', "revenue: unknown key"),
        ('sales = "sales"', 'cards = "S3CRET"', "cards: not with this kind"),
        ('column = "site" ', 'column = "site"\nconstant = "s001" #', "site: needs either"),
        ('decimal = "."', 'decimal = "S3CRET"', "decimal: not allowed here"),
    ],
)
def test_faults_of_a_mapping_name_the_key(old: str, new: str, said: str) -> None:
    assert old in SAMPLE
    with pytest.raises(MappingError) as caught:
        sales.load(SAMPLE.replace(old, new))
    assert str(caught.value).startswith(said)
    assert "S3CRET" not in str(caught.value)
