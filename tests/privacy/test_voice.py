"""Attacks on what customers say: after every file is in, no byte that the hub has written is about a person."""

import itertools
import logging
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import httpx
import pyarrow.csv
import pytest
from pyarrow import parquet

from hub.client import Hub, Refused
from hub.intake.taking import Refusal, Taking
from hub.serve import access
from hub.serve.access import Access, Grant
from hub.serve.api import application, serving
from hub.serve.denied import Denied
from hub.serve.desk import Desk
from hub.serve.live import Board
from hub.serve.questions import QUESTIONS
from hub.settings import Http
from hub.sites import Site
from hub.storage import answers, lake
from hub.storage.store import Store

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC).timestamp()
SITES = {name: Site(id=name, name=name, timezone="Europe/London") for name in ("s01", "s02", "s03")}
SAMPLES = files("hub.intake") / "mappings"
FILES = {
    "qualtrics_labels.csv": "qualtrics",
    "typeform.csv": "typeform",
    "tiny_n7.csv": "typeform",
    "typeform_webhook.ndjson": "typeform_webhook",
    "google_forms_us.csv": "google_forms",
    "limesurvey.csv": "limesurvey",
    "microsoft_forms.xlsx": "microsoft_forms",
    "medallia_like.csv": "medallia",
    "happyornot_4button.json": "happyornot",
    "mqtt_kiosk_native.ndjson": "kiosk",
    "mqtt_kiosk_zigbee2mqtt.ndjson": "kiosk_zigbee2mqtt",
}
HEAD = 'site = {{ constant = "s01" }}\nchannel = {{ constant = "email" }}\nsource = "{}"\nid = "{}"\n'
REAL = {
    "qualtrics_three_header_german.csv": HEAD.format("q3", "ResponseId")
    + 'comment = "Q2"\ncsat = { column = "Q1" }\n',
    "surveymonkey_api_responses_bulk.json": HEAD.format("sm", "id")
    + 'csat = { column = "769893650", lowest = 0, labels = { 5096103932 = 0, 5096103933 = 1, 5096103934 = 2, '
    "5096103935 = 3 } }\n",
    "typeform_csv_oslo_2018.csv": HEAD.format("oslo", "#") + 'comment = "#1"\ncsat = { column = "#70" }\n',
}
# What stands in the personal columns of the planted file, and what people wrote of themselves in the comments.
PEOPLE = {
    "email": "jo.bloggs@example.com",
    "customer name": "Josephine Bloggs",
    "phone": "+44 7700 900123",
    "ip address": "198.51.100.77",
}
WRITTEN = (
    "write to jo.bloggs@example.com",
    "jo.bloggs (at) example.com",
    "call +44 7700 900123 or 07700 900 123",
    "my IBAN is DE89 3704 0044 0532 0130 00",
    "D.E.8.9-3704-0044-0532-0130-00",
    "card 4111_1111_1111_1111",
    "see https://example.com/reset?token=S3CRETTOKEN99",
    "example.com/orders/S3CRETTOKEN99",
    "from 198.51.100.77 and aa:bb:cc:dd:ee:f0",
    "I live at 12 Larch Grove Road",
    "Josephine Bloggs at the till served badly",
    "Order 20260417123",
)
MARKS = (
    *("198.51.100.", "203.0.113.", "192.0.2.", "@example", "S3CRETTOKEN99", "4111_1111", "Larch"),
    *("7700 900", "07700", "3704 0044", "3704-0044", "Bloggs", "aa:bb:cc", "20260417123"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "state" / "hub.duckdb", SITES, NOW) as made:
        yield made


def planted() -> bytes:
    """A file whose owner listed no personal column, and whose customers wrote what they should not."""
    head = "id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment," + ",".join(PEOPLE)
    rows = [
        f"p{i},2026-04-0{i % 9 + 1}T10:00:00Z,s01,till,{i % 11},5,7,{WRITTEN[i % len(WRITTEN)]},"
        + ",".join(PEOPLE.values())
        for i in range(60)
    ]
    return "\n".join([head, *rows]).encode()


def mapping(name: str) -> str:
    return (SAMPLES / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture
def taking() -> Taking:
    return Taking({name: mapping(name) for name in ("instore", *FILES.values())} | REAL)


def take_everything(store: Store, taking: Taking, shared_data: Path) -> None:
    folder = shared_data / "surveys"
    for name, chosen in FILES.items():
        taking.take(store, chosen, name, (folder / "synthetic" / name).read_bytes(), lambda site: True)
    for name in REAL:
        try:
            taking.take(store, name, name, (folder / "real" / name).read_bytes(), lambda site: True)
        except Refusal:
            assert name == "typeform_csv_oslo_2018.csv"  # it has no 70th column: refused files leave nothing either
    taking.take(store, "instore", "planted.csv", planted(), lambda site: True)


def dropped(shared_data: Path) -> set[str]:
    """What stands in the personal columns of the files, where it could be told from anything else."""
    sheet = pyarrow.csv.read_csv(
        shared_data / "surveys/synthetic/qualtrics_labels.csv",
        read_options=pyarrow.csv.ReadOptions(skip_rows_after_names=2),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=False),
    )
    wanted = ("IPAddress", "RecipientLastName", "RecipientFirstName", "RecipientEmail", "LocationLatitude")
    found = {str(value) for name in wanted for value in sheet.column(name).to_pylist()}
    network = pyarrow.csv.read_csv(shared_data / "surveys/synthetic/typeform.csv").column("Network ID").to_pylist()
    return {text for text in {*found, *map(str, network), *PEOPLE.values()} if len(text) >= 5}


def written(folder: Path) -> str:
    """Every byte of every file, and what the database and the Parquet files say when they are read."""
    raw = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    rows = [str(parquet.read_table(path).to_pylist()) for path in sorted(folder.rglob("*.parquet"))]
    return "\n".join([data.decode("latin-1") for data in raw] + rows)


def stored(store: Store) -> str:
    tables = [row["name"] for row in store.rows("SELECT table_name AS name FROM duckdb_tables()").to_pylist()]
    return "\n".join(str(store.rows(f"SELECT * FROM {name}").to_pylist()) for name in tables)


def exported(store: Store, tokens: Path) -> str:
    """What leaves by each question, as a reader with every right would get it."""
    desk = Desk(store, Access(tokens), Board(), clock=lambda: NOW)
    everything = Grant("all", frozenset({access.EVERY_SITE}), True, True)
    given = {"start": "2026-02-27T00:00:00Z", "end": "2026-04-11T00:00:00Z", "day": "2026-04-01"}
    given |= {"kind": "action", "metric": "entries", "weeks": "8"}
    told = []
    for name, question in QUESTIONS.items():
        for site in SITES:
            asked = given | {"site": site}
            rows = desk.answer(everything, name, [(need, asked[need]) for need in question.needs]).to_pylist()
            told.append(str([{key: shortened(value) for key, value in row.items()} for row in rows]))
    return "\n".join(told)


def shortened(value: object) -> object:
    """A fraction without its many digits, which sooner or later hold those of any telephone number."""
    return round(value, 3) if isinstance(value, float) else value


def leaks(text: str, values: set[str]) -> set[str]:
    low = text.lower()
    # Thousands of values against megabytes: those of one word by the words, the few others one by one.
    words = set(re.findall(r"[^\s'\",;|\[\](){}<>=\x00-\x1f\x7f-\xff]+", low))
    single = {value for value in values if re.fullmatch(r"[\w.@+-]+", value)}
    return {v for v in single if v.lower() in words} | {m for m in {*MARKS, *values} - single if m.lower() in low}


def test_no_byte_of_a_person_after_every_import(
    store: Store, taking: Taking, tmp_path: Path, shared_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    values = dropped(shared_data)
    assert len(values) > 400
    take_everything(store, taking, shared_data)
    lake.export(store, tmp_path / "state" / "lake", NOW)
    before_closing = written(tmp_path / "state")  # the log beside the database is still full
    told = exported(store, tmp_path / "tokens.json")
    assert told.count("'comment': ") > 500
    everything = "\n".join([before_closing, stored(store), told, caplog.text])
    assert leaks(everything, values) == set()
    store.close()
    assert leaks(written(tmp_path / "state"), values) == set()


@pytest.mark.parametrize("where", ["database", "lake", "export"])
def test_the_attack_finds_what_is_planted(store: Store, tmp_path: Path, where: str) -> None:
    with store.write() as connection:
        connection.execute(
            "INSERT INTO answer (source, id, site, day, channel, comment) "
            "VALUES ('leak', '1', 's01', DATE '2026-04-01', 'qr', 'ask Jo.Bloggs@Example.com')"
        )
    if where == "database":
        assert "@example" in leaks(written(tmp_path / "state"), set())  # in the log beside it
        store.close()
        assert "@example" in leaks(written(tmp_path / "state"), set())
    elif where == "lake":
        lake.export(store, tmp_path / "lake", NOW)
        assert "@example" in leaks(written(tmp_path / "lake"), set())
    else:
        assert "Bloggs" in leaks(exported(store, tmp_path / "tokens.json"), set())


def test_a_masking_that_is_switched_off_is_found(
    store: Store, taking: Taking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.intake.rows.mask", lambda text, personal=(): text)
    taking.take(store, "instore", "planted.csv", planted(), lambda site: True)
    store.close()
    found = leaks(written(tmp_path / "state"), set(PEOPLE.values()))
    assert {"@example", "S3CRETTOKEN99", "Larch"} <= found


def test_a_refused_file_says_where_and_not_what(taking: Taking, store: Store, tmp_path: Path) -> None:
    text = planted().decode().replace(",9,5,7,", ",Josephine Bloggs,5,7,")
    with pytest.raises(Refusal, match=r"^line 11, column 'recommend': not on the scale 0-10") as caught:
        taking.take(store, "instore", "planted.csv", text.encode(), lambda site: True)
    assert leaks(str(caught.value), set()) == set()
    assert store.rows("SELECT count(*) AS n FROM answer").to_pylist() == [{"n": 0}]
    own = Taking({"own": mapping("instore").replace('id = "id"', 'id = "email"')})
    with pytest.raises(Refusal, match="line 2: id: an address of a person is no id"):
        own.take(store, "own", "planted.csv", planted(), lambda site: True)
    assert leaks(written(tmp_path / "state"), set(PEOPLE.values())) == set()


def test_a_comment_is_forgotten_also_in_the_copy(store: Store, taking: Taking, tmp_path: Path) -> None:
    data = planted().decode().replace("Order 20260417123", "a sentence as no other")
    taking.take(store, "instore", "planted.csv", data.encode(), lambda site: True)
    lake.export(store, tmp_path / "lake", NOW)
    assert "a sentence as no other" in written(tmp_path / "lake")
    with store.write() as connection:
        assert answers.forget_old(connection, NOW + 91 * 86_400)["text"] == 60
    lake.export(store, tmp_path / "lake", NOW + 91 * 86_400)
    assert "a sentence as no other" not in written(tmp_path / "lake")
    assert store.rows("SELECT count(*) AS n FROM answer WHERE comment IS NOT NULL").to_pylist() == [{"n": 0}]


def test_reading_comments_is_a_right_of_its_own_and_is_logged(
    store: Store, taking: Taking, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taking.take(store, "instore", "planted.csv", planted(), lambda site: True)
    tokens = tmp_path / "tokens.json"
    plain = access.create(tokens, "plain", ["s01"], True, "now")
    reader = access.create(tokens, "reader", ["s01"], False, "now", may_read_comments=True)
    caplog.set_level(logging.INFO, "instore")
    span = {"start": datetime(2026, 4, 1, tzinfo=UTC), "end": datetime(2026, 4, 11, tzinfo=UTC)}
    desk = Desk(store, Access(tokens), Board(), clock=lambda: NOW)
    with serving(application(desk), Http(port=0)) as port:
        with Hub(f"http://127.0.0.1:{port}", plain) as asked:
            with pytest.raises(Refused, match="this token may not read comments"):
                asked.ask("comments", site="s01", **span)
            for question in ("words", "themes", "scores"):
                assert asked.ask(question, site="s01", **span).num_rows > 0
        with Hub(f"http://127.0.0.1:{port}", reader) as asked:
            assert asked.ask("comments", site="s01", **span).num_rows == 60
            with pytest.raises(Refused, match="no such site"):
                asked.ask("comments", site="s02", **span)
        bare = httpx.get(f"http://127.0.0.1:{port}/v1/questions/comments")
        assert bare.status_code == 401
    assert "comments of s01 refused: the token plain has no right to them" in caplog.text
    assert "comments of s01 read with the token reader" in caplog.text
    assert not re.search("served badly|sentence", caplog.text)


def test_an_export_on_the_spot_has_no_right_to_comments(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, Access(tmp_path / "tokens.json"), Board(), clock=lambda: NOW)
    day = {"start": "2026-04-01T00:00:00Z", "end": "2026-04-02T00:00:00Z", "site": "s01"}
    with pytest.raises(Denied, match="may not read comments"):
        desk.answer(Grant("export", frozenset({access.EVERY_SITE})), "comments", list(day.items()))


def test_no_answer_leaves_by_a_question(store: Store, taking: Taking, tmp_path: Path) -> None:
    """However a period is cut, no answer's moment, id or channel comes out, and no single answer beside its wait."""
    rows = [f"x{i},2026-04-0{i // 3 + 1}T10:0{i % 10}:00Z,s01,till,{i % 11},5,7,fine" for i in range(9)]
    head = "id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment\n"
    taking.take(store, "instore", "few.csv", (head + "\n".join(rows)).encode(), lambda site: True)
    desk = Desk(store, Access(tmp_path / "tokens.json"), Board(), clock=lambda: NOW)
    grant = Grant("all", frozenset({access.EVERY_SITE}), False, True)
    begin, seen = datetime(2026, 4, 1, 3, 0, tzinfo=UTC), []
    for hours in range(0, 24 * 4, 13):
        span = [
            ("site", "s01"),
            ("start", begin.isoformat()),
            ("end", (begin + timedelta(hours=hours + 1)).isoformat()),
        ]
        seen.append(sum(row["n"] for row in desk.answer(grant, "scores", span).to_pylist()))
        told = str([desk.answer(grant, name, span).to_pylist() for name in ("scores", "score_by_wait", "comments")])
        assert not re.search(r"x\d|10:0|'qr'|till_", told)
    assert set(seen) == {0, 27}


DAYS = [datetime(2026, 2, 2, 3, 0, tzinfo=UTC) + timedelta(days=i) for i in range(42)]


def sparse(seed: int) -> bytes:
    """Six weeks of a shop in which few answer: days of none to nine answers, at all hours, some by the day only."""
    rng = random.Random(seed)
    rows = []
    for day in DAYS:
        for _ in range(rng.choice((0, 1, 2, 3, 5, 9))):
            at = day + timedelta(hours=rng.choice((5, 7, 8, 10, 11, 12, 15)), minutes=rng.randrange(60))
            when = f"{at:%Y-%m-%dT%H:%M:%SZ}" if rng.random() < 0.9 else f"{at:%Y-%m-%d}"
            rows.append(
                f"y{len(rows)},{when},s01,{rng.choice(('till', 'till', 'fitting', ''))},{rng.randrange(11)},5,7,"
            )
    return ("id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment\n" + "\n".join(rows)).encode()


def told_by(desk: Desk, grant: Grant, span: list[tuple[str, str]]) -> dict[tuple[str, ...], dict[int, int]]:
    """What a reader can count of the NPS answers in a period: by question, group and answer (hours: in all)."""
    site = [("site", "s01"), *span]
    found: dict[tuple[str, ...], dict[int, int]] = {("scores",): {}}
    for row in desk.answer(grant, "scores", site).to_pylist():
        if row["score"] == "nps":
            found["scores",] = {part["answer"]: part["n"] for part in row["distribution"]}
    for row in desk.answer(grant, "scores_by", site).to_pylist():
        if row["score"] == "nps":
            assert row["n"] >= 5
            found[row["by"], row["group"]] = {part["answer"]: part["n"] for part in row["distribution"]}
    for row in desk.answer(grant, "response", site).to_pylist():
        if row["hour"] is not None and row["answers"]:
            found["hour", str(row["hour"])] = {0: row["answers"]}
    for row in desk.answer(grant, "stores", span).to_pylist():
        if row["site"] == "s01" and row["score"] == "nps":
            found["stores",] = {0: row["n"]}
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_two_things_that_are_told_differ_by_one_to_four_answers(
    store: Store, taking: Taking, tmp_path: Path, seed: int
) -> None:
    """Two periods, a group and the sum over all: whatever is taken from what."""
    taking.take(store, "instore", "sparse.csv", sparse(seed), lambda site: True)
    desk = Desk(store, Access(tmp_path / "tokens.json"), Board(), clock=lambda: NOW)
    grant = Grant("all", frozenset({access.EVERY_SITE}))
    rng = random.Random(seed)
    periods = [sorted(rng.sample(range(43), 2)) for _ in range(14)] + [[0, 43], [0, 42], [1, 43], [0, 28], [7, 28]]
    seen: list[tuple[list[int], dict[tuple[str, ...], dict[int, int]]]] = []
    shown = 0
    for first, last in periods:
        span = [
            ("start", (DAYS[0] + timedelta(days=first)).isoformat()),
            ("end", (DAYS[0] + timedelta(days=last)).isoformat()),
        ]
        told = told_by(desk, grant, span)
        shown += sum(len(key) > 1 for key in told)
        seen.append(([first, last], told))
        for by in {key[0] for key in told if len(key) > 1}:
            parts = sum(sum(counts.values()) for key, counts in told.items() if key[0] == by)
            rest = sum(told["scores",].values()) - parts
            assert rest == 0 or rest >= 5, (by, first, last)
        assert told.get(("stores",), {0: 0})[0] == sum(told["scores",].values()) or sum(told["scores",].values()) == 0
    assert shown > 50, "the test must see groups"
    for (one, told), (other, also) in itertools.combinations(seen, 2):
        inside = one[0] <= other[0] and other[1] <= one[1]
        if not inside and not (other[0] <= one[0] and one[1] <= other[1]):
            continue
        for key in told.keys() & also.keys():
            more, less = (told[key], also[key]) if inside else (also[key], told[key])
            difference = sum(more.values()) - sum(less.values())
            assert difference == 0 or difference >= 5, (key, one, other)


def test_presses_of_today_are_told_by_whole_hours_of_five(store: Store, taking: Taking, tmp_path: Path) -> None:
    """Looked at every ten minutes, never fewer than five presses more, and none of the hour that lasts."""
    press = (
        '{{"topic":"instore/v1/s01/exit/press","retain":false,"payload":{{"v":{v},"of":4,"seq":{i},"ts":"{at}"}}}}'
    )
    begin = datetime(2026, 4, 10, 8, 0, tzinfo=UTC)
    taking = Taking({"buttons": mapping("buttons")})
    rng, seen = random.Random(4), []
    times = sorted(begin + timedelta(seconds=rng.randrange(4 * 3600)) for _ in range(26))
    for minute in range(0, 5 * 60, 10):
        at = begin + timedelta(minutes=minute)
        come = [press.format(v=1 + i % 4, i=i, at=t.isoformat()) for i, t in enumerate(times) if t < at]
        if come:
            taking.take(store, "buttons", "presses", "\n".join(come).encode(), lambda site: True)
        desk = Desk(store, Access(tmp_path / "tokens.json"), Board(), clock=at.timestamp)
        found = desk.answer(Grant("one", frozenset({"s01"})), "kiosk", [("site", "s01")]).to_pylist()
        cells: dict[int, int] = {}
        for row in found:
            assert row["hour"] < (at + timedelta(hours=1)).hour  # London is an hour ahead
            cells[row["hour"]] = cells.get(row["hour"], 0) + (row["n"] or 0)
        assert all(n == 0 or n >= 5 for n in cells.values())
        seen.append(sum(cells.values()))
    assert seen[-1] > 10
    assert all(after - before == 0 or abs(after - before) >= 5 for before, after in itertools.pairwise(seen))


def test_a_question_over_all_sites_sees_only_those_of_the_token(store: Store, taking: Taking, tmp_path: Path) -> None:
    text = planted().decode()
    for site in ("s02", "s03"):
        taking.take(
            store,
            "instore",
            "p.csv",
            text.replace(",s01,", f",{site},").replace("\np", f"\n{site}").encode(),
            lambda s: True,
        )
    desk = Desk(store, Access(tmp_path / "tokens.json"), Board(), clock=lambda: NOW)
    span = [("start", "2026-03-25T00:00:00Z"), ("end", "2026-04-12T00:00:00Z")]
    for name in ("stores", "store_days", "consistency", "drivers_all"):
        whole = str(desk.answer(Grant("one", frozenset({"s02"})), name, span).to_pylist())
        assert "s03" not in whole
        asked = desk.answer(Grant("one", frozenset({"s02"})), name, [*span, ("sites", "s02,s03")])
        assert str(asked.to_pylist()) == whole
    rows = desk.answer(Grant("two", frozenset({"s02", "s03"})), "stores", span).to_pylist()
    assert {row["site"] for row in rows} == {"s02", "s03"}
