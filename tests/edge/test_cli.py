import json
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from edge.__main__ import main
from edge.check import check
from edge.measure.facts import Seen, to_line
from edge.measure.footfall import Crossing
from edge.plan import parse
from edge.toml import text
from tests.commands import done
from tests.conftest import need

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("run", "check", "config", "backfill", "replay", "measure", "model")
PLAN = """
site = "s"
device = "d"
timezone = "UTC"
level = "standard"
[[sensors]]
id = "cam"
kind = "camera"
source = "{source}"
loop = true
[[lines]]
id = "door"
sensor = "cam"
a = [0, 0]
b = [9, 9]
[broker]
port = {port}
[outbox]
dir = "{dir}"
"""


def edge(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    return done("edge", *arguments, environ=environ)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "edge.toml"
    path.write_text(PLAN.format(source=tmp_path / "none.mp4", port=1, dir=tmp_path / "outbox"))
    return path


def test_every_command_has_help_and_the_readme_knows_it() -> None:
    readme = (ROOT / "edge/README.md").read_text()
    top = edge("--help").stdout
    for command in COMMANDS:
        assert command in top
        assert edge(command, "--help").returncode == 0
        assert f"instore-edge {command}" in readme


def test_version_and_wrong_usage() -> None:
    assert edge("--version").stdout.startswith("instore-edge ")
    assert edge().returncode == 2
    assert edge("dance").returncode == 2


def test_the_sample_is_a_plan_and_names_every_setting() -> None:
    sample = edge("config").stdout
    plan = parse(tomllib.loads(sample))
    assert plan.level == "standard"
    for part in (plan, plan.sensors[0], plan.lines[0], plan.zones[0], plan.queues[0], plan.broker, plan.outbox):
        for name in part.__struct_fields__:
            assert name in sample, name
    # What is commented out shows the defaults: with the numbers and choices laid in, nothing changes.
    sample = sample.replace("/etc/instore/ceiling-1.url", "address")
    shown = [line.removeprefix("# ") for line in sample.splitlines() if not line.startswith("##")]
    own = ("/etc/instore/", "[radio]", "gateway_", "model =", "ignore =", "limit =", "username =")
    again = parse(tomllib.loads("\n".join(line for line in shown if not any(word in line for word in own))))
    sensor = structs.replace(plan.sensors[0], source_file="address")
    assert again == structs.replace(plan, sensors=(sensor,))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('level = "standard"', ""), "level: missing"),
        (('level = "standard"', 'level = "dp"\ndp = { epsilon = 0 }'), "dp.epsilon: expected `float` >= 0.1"),
        (("port = 1", "port = 'hunter2'"), "broker.port: expected `int`"),
        (('id = "door"', 'id = "door"\nhunter2 = 1'), "lines[0].hunter2: unknown key"),
        (("[broker]", "[broker]\nhost = hunter2"), "file: not valid TOML"),
        (
            ("[broker]", "[broker]\npassword_file = '/none'\nusername = 'x'"),
            "broker.password_file: the file cannot be",
        ),
    ],
)
def test_a_bad_configuration_is_78_and_names_the_key(config: Path, change: tuple[str, str], says: str) -> None:
    config.write_text(config.read_text().replace(*change))
    said = edge("run", "--config", config)
    assert said.returncode == 78, said.stderr
    assert says in said.stderr
    assert "Traceback" not in said.stderr
    if "key" not in says:
        assert "hunter2" not in said.stderr


def test_the_time_zone_may_be_a_folder_of_names_and_no_path_is_shown(config: Path) -> None:
    config.write_text(config.read_text().replace('"UTC"', '"Europe"'))
    said = edge("check", "--config", config)
    assert said.returncode == 78
    assert "timezone: not a name of the IANA time zone database" in said.stderr
    assert "zoneinfo" not in said.stderr


def test_without_a_path_the_settings_are_those_here(tmp_path: Path, config: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    if Path("/etc/instore/edge.toml").exists():
        pytest.skip("this machine has settings of its own")
    bare = done("edge", "check", cwd=here)
    assert bare.returncode == 78
    assert "file: neither /etc/instore/edge.toml nor ./edge.toml is there" in bare.stderr
    (here / "edge.toml").write_text(config.read_text().replace('level = "standard"', "hunter2 = 1"))
    found = done("edge", "check", cwd=here)
    assert found.returncode == 78
    assert "hunter2: unknown key" in found.stderr or "level: missing" in found.stderr


def test_no_configuration_at_all(tmp_path: Path) -> None:
    said = edge("run", "--config", tmp_path / "none.toml")
    assert said.returncode == 78
    assert "file: cannot be read" in said.stderr


def test_check_says_what_fails_and_gives_no_address(config: Path, tmp_path: Path) -> None:
    source = tmp_path / "hunter2.mp4"
    config.write_text(config.read_text().replace("none.mp4", "hunter2.mp4"))
    said = edge("check", "--config", config)
    assert said.returncode == 1
    rows = {line.split()[1]: line.split()[0] for line in said.stdout.splitlines()}
    assert rows == {"level": "ok", "camera": "FAIL", "broker": "FAIL", "outbox": "ok"}
    assert "hunter2" not in said.stdout + said.stderr
    assert not source.exists()
    assert stat.S_IMODE((tmp_path / "outbox").stat().st_mode) == 0o700


def test_check_is_content_where_all_works(config: Path, shared_data: Path, shared_broker: int) -> None:
    clip = shared_data / "vision/clips/pets_a.mp4"
    if not clip.is_file():
        clip = next((shared_data / "vision").rglob("*.mp4"))
    environ = {"INSTORE_EDGE__SENSORS__0__SOURCE": str(clip), "INSTORE_EDGE__BROKER__PORT": str(shared_broker)}
    said = edge("check", "--config", config, **environ)
    assert said.returncode == 0, said.stdout + said.stderr


def test_run_never_loads_the_writer_of_audits(config: Path) -> None:
    code = (
        "import sys; from edge.__main__ import main\n"
        f"code = main(['check', '--config', {str(config)!r}])\n"
        "print([name for name in sys.modules if name in ('edge.recording', 'edge.replay')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert said.stdout.endswith("[]\n"), said.stdout + said.stderr


def test_backfill_reads_lines_and_names_the_bad_one(config: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.jsonl"
    lines = [to_line(Seen(1e9 + i * 60, "cam", since=1e9 + i * 60 - 60)) for i in range(60)]
    facts.write_bytes(b"".join([*lines, to_line(Crossing(1e9 + 3590, "door", "+"))]))
    said = edge("backfill", "--config", config, facts)
    assert said.returncode == 0, said.stderr
    told = dict(line.split() for line in said.stdout.splitlines())
    assert told["facts"] == "61"
    assert int(told["messages"]) == 12
    facts.write_bytes(lines[0] + b"hunter2\n")
    said = edge("backfill", "--config", config, facts)
    assert said.returncode == 1
    assert "line 2: no fact" in said.stderr
    assert "hunter2" not in said.stderr
    assert edge("backfill", "--config", config, tmp_path / "none").returncode == 1


def test_replay_and_the_plan_of_a_scene(shared_data: Path, tmp_path: Path) -> None:
    scene = shared_data / "vision/scenes/shop1_corridor.json"
    need(scene.is_file(), "the scene of the corridor")
    out = tmp_path / "messages.jsonl"
    said = edge("replay", "--scene", scene, "--input", "truth", "--out", out, "--audit", tmp_path / "audit.jsonl")
    assert said.returncode == 0, said.stderr
    assert out.read_bytes().count(b"\n") >= 1
    plan = parse(tomllib.loads(edge("config", "--scene", scene).stdout))
    assert plan.sensors[0].loop
    assert Path(plan.sensors[0].source or "").is_file()


SCENE = {
    "name": "s",
    "clip": "clips/none.avi",
    "fps": 5,
    "width": 64,
    "height": 48,
    "lines": [{"id": "door", "a": [9, 9], "b": [40, 40]}],
}


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    path = tmp_path / "scenes/scene.json"
    path.parent.mkdir()
    path.write_text(json.dumps(SCENE))
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips/none.avi").write_bytes(b"no pictures")
    return path


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        *((("--fps", fps), "--fps: not a rate above 0") for fps in ("0", "-0", "nan", "-1", "inf", "241", "hunter2")),
        (("--start", "hunter2"), "--start: not a time such as"),
        (("--start", ""), "--start: not a time such as"),
        (("--start", "2026-11-22T10:00:00"), "--start: needs a time zone"),
        (("--start", "9999-12-31T23:59:59Z"), "--start: not a time between the years"),
        (("--start", "0001-01-01T00:00:00+14:00"), "--start: not a time between the years"),
        (("--detector", "eyes"), "--detector: invalid choice"),
    ],
)
def test_a_wrong_flag_is_wrong_usage_and_says_why(
    capsys: pytest.CaptureFixture[str], flags: tuple[str, str], says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["replay", "--scene", "scene.json", *flags])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert "hunter2" not in said


def test_the_whole_program_ends_with_2_where_it_is_used_wrongly(scene: Path) -> None:
    said = edge("replay", "--scene", scene, "--fps", "nan")
    assert (said.returncode, said.stdout) == (2, "")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"junk", "model: not a person detector"), (None, "model: cannot be read")],
)
def test_a_model_that_is_none_is_named_by_its_key(
    scene: Path, tmp_path: Path, content: bytes | None, says: str
) -> None:
    model = tmp_path / "hunter2.onnx"
    if content is not None:
        model.write_bytes(content)
    said = edge("replay", "--scene", scene, "--out", tmp_path / "out", "--model", model)
    assert said.returncode == 1
    assert says in said.stderr
    assert "hunter2" not in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


def test_the_network_wants_its_model(scene: Path) -> None:
    said = edge("replay", "--scene", scene, "--detector", "onnx")
    assert (said.returncode, "model: missing" in said.stderr) == (1, True)


def test_a_scene_that_cannot_be_used_is_1_and_no_traceback(scene: Path, tmp_path: Path) -> None:
    for command in (("replay", "--scene"), ("measure",), ("config", "--scene")):
        absent = edge(*command, tmp_path / "none.json")
        assert (absent.returncode, "Traceback" in absent.stderr) == (1, False), absent.stderr
        scene.write_text("hunter2")
        broken = edge(*command, scene)
        assert (broken.returncode, "no JSON" in broken.stderr) == (1, True)
        assert "hunter2" not in broken.stderr
    scene.write_text(json.dumps(SCENE))
    unread = edge("replay", "--scene", scene)
    assert (unread.returncode, "Traceback" in unread.stderr) == (1, False)


def test_a_model_that_does_not_come_is_said_without_a_traceback(tmp_path: Path) -> None:
    # Nothing listens on that port: the download fails at once, wherever this runs.
    said = edge("model", "--to", tmp_path / "m.onnx", https_proxy="http://127.0.0.1:9")
    assert said.returncode == 1
    assert "the download failed" in said.stderr
    assert "By hand: get https://" in said.stderr
    assert "Traceback" not in said.stderr
    assert not list(tmp_path.iterdir())


def test_the_sample_is_a_plan_that_check_understands(tmp_path: Path) -> None:
    sample = tomllib.loads(edge("config").stdout)
    (tmp_path / "address").write_text(f"{tmp_path}/none.mp4\n")
    sample["sensors"][0]["source_file"] = str(tmp_path / "address")
    sample["broker"]["port"], sample["outbox"]["dir"] = 9, str(tmp_path / "outbox")
    found = {finding.what: (finding.ok, finding.note) for finding in check(parse(sample), timeout=2.0)}
    assert {what: ok for what, (ok, _) in found.items()} == {
        "level": True,
        "broker": False,
        "outbox": True,
        "camera ceiling-1": False,
    }
    assert "none.mp4" not in str(found)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
numbers = st.floats(allow_nan=False, allow_infinity=False)
single = st.booleans() | st.integers(-(2**60), 2**60) | numbers | words
values = st.recursive(single, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
inner_tables = st.dictionaries(words, values, max_size=3)
tables = st.dictionaries(words, values | inner_tables | st.lists(inner_tables, min_size=1, max_size=3), max_size=4)


@given(tables)
def test_what_we_write_is_what_toml_reads(table: dict[str, object]) -> None:
    assert tomllib.loads(text(table)) == table
