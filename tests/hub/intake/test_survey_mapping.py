"""Mappings: what they accept, and errors that name the key and never the value."""

from importlib.resources import files
from typing import get_args

import pytest

from hub.intake import sales
from hub.intake.columns import MappingError, Source, When
from hub.intake.mapping import Exclude, Mapping, Reader, Scale, load

GOOD = """
source = "shop"
id = "id"
site = { constant = "s01" }
channel = { constant = "qr" }
time = { column = "when", zone = "Europe/Berlin" }
nps = { column = "recommend" }
csat = { column = "happy", scale = 4, lowest = 0 }
ces = { column = "ease" }
"""


@pytest.mark.parametrize("name", [entry.name for entry in (files("hub.intake") / "mappings").iterdir()])
def test_every_sample_loads(name: str) -> None:
    text = (files("hub.intake") / "mappings" / name).read_text(encoding="utf-8")
    assert (sales.load(text) if sales.is_sales(text) else load(text)).source


def test_scores_have_their_usual_scales() -> None:
    mapping = load(GOOD)
    assert mapping.nps
    assert mapping.csat
    assert mapping.ces
    spans = [scale.span for scale in (mapping.nps, mapping.csat, mapping.ces)]
    assert spans == ["0-10", "0-3", "1-7"]
    assert mapping.ces.top == 3


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('source = "shop"', 'source = "S3CRET shop"', "source: expected `str` matching regex"),
        ('source = "shop"', "", "source: missing"),
        ('id = "id"', "id = 5", "id: expected"),
        ('id = "id"', 'colour = "S3CRET"', "colour: unknown key"),
        ('"recommend" }', '"recommend", sclae = 3 }', "nps.sclae: unknown key"),
        ('"recommend" }', '"recommend", scale = 5 }', "nps.scale: the scale of this score is 0 to 10"),
        ("scale = 4,", 'scale = "S3CRET",', "csat.scale: expected `int"),
        ("scale = 4,", "scale = 40,", "csat.scale: expected `int"),
        ("scale = 4,", "scale = 2,", "csat.top: must be below csat.scale"),
        ("scale = 4,", "labels = { S3CRET = 9 },", "csat.labels: outside the scale"),
        ("scale = 4,", 'pattern = "(S3CRET",', "csat.pattern: not a regular expression"),
        ("scale = 4,", 'pattern = "S3CRET",', "csat.pattern: needs one group"),
        ('constant = "s01"', 'constant = "S3CRET"', "site.constant: not allowed here"),
        (
            'constant = "s01"',
            'column = "a", values = { a = "S3CRET" }',
            "site.values: a name that is not allowed here",
        ),
        ('constant = "s01"', 'column = "a", constant = "s01"', "site: needs either constant or column"),
        ('constant = "qr"', 'constant = "S3CRET"', "channel.constant: not allowed here"),
        ('zone = "Europe/Berlin"', 'zone = "S3CRET/Town"', "time.zone: no such time zone"),
        ('zone = "Europe/Berlin"', 'zone = "../../S3CRET"', "time.zone: no such time zone"),
        ('id = "id"', "lag_s = [60, 30]", "lag_s: the first must not be above the second"),
        ('id = "id"', 'personal = ["Recommend"]', "nps.column: the column is listed as personal"),
        ('id = "id"', 'id = "S3CRET"\npersonal = ["S3CRET"]', "id: the column is listed as personal"),
        ('id = "id"', 'reader = "S3CRET"', "reader: not allowed here"),
        ('id = "id"', "id = [", "not TOML: line"),
        (
            'id = "id"',
            'exclude = [{ column = "a", reason = "S3CRET!" }]',
            "exclude[0].reason: expected `str` matching",
        ),
    ],
)
def test_faults_name_the_key_and_not_the_value(old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(MappingError) as caught:
        load(GOOD.replace(old, new))
    assert str(caught.value).startswith(named)
    assert "S3CRET" not in str(caught.value)


def test_a_mapping_without_a_score_is_useless() -> None:
    with pytest.raises(MappingError, match="at least one"):
        load('source = "x"\nsite = { constant = "s01" }\nchannel = { constant = "qr" }')


def test_mashing_needs_a_time() -> None:
    with pytest.raises(MappingError, match="mash_s"):
        load(
            'source = "x"\nmash_s = 3\nsite = { constant = "s01" }\nchannel = { constant = "kiosk" }\n'
            'csat = { column = "a" }'
        )


def test_the_readme_names_every_key() -> None:
    text = (files("hub.intake") / "README.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in text.split("\n") if line.startswith("|"))
    for kind in (Mapping, When, Source, Scale, Exclude, sales.SalesMapping):
        for name in kind.__struct_fields__:
            assert f"`{name}`" in rows, name
    for reader in get_args(Reader):
        assert reader in rows
