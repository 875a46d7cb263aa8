"""What is not in a README does not exist for the person who installs it: commands, settings, fields, questions."""

import functools
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import dashboard.settings
import dashboard.signing
import hub.settings
import simulators.shop
from edge import messages, plan, values
from hub.intake.presses import Buttons
from hub.intake.webhooks import Webhook
from hub.serve.alerts import Alerting, Limit
from hub.sites import Site

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    "edge": [
        *("run", "check", "config", "replay", "measure", "model", "backfill", "privacy", "preview", "setup"),
        "survey",
    ],
    "hub": ["run", "check", "config", "import", "export", "token", "quarantine", "forget", "rebuild", "enroll"],
    "dashboard": ["run", "check", "config", "report", "user"],
    "simulators": ["shop", "camera", "truth", "demo", "fleet", "check", "config"],
}


PROGRAMS = {"edge": "edge", "hub": "hub", "dashboard": "dashboard", "sim": "simulators"}
TEXTS = [
    *(*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("[a-z]*/README.md")),
    *(*ROOT.glob("*/*.sample.toml"), *ROOT.glob("*/*/README.md")),
]


def readme(room: str) -> str:
    return (ROOT / room / "README.md").read_text(encoding="utf-8")


@functools.cache
def help_of(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout


@pytest.mark.parametrize("room", COMMANDS)
def test_every_command_has_help_and_is_documented(room: str) -> None:
    text, listed = readme(room), help_of(room)
    for command in COMMANDS[room]:
        assert command in listed
        assert f"`{command}" in text or f" {command}" in text


def test_every_command_is_listed_here() -> None:
    for room, commands in COMMANDS.items():
        assert set(re.findall(r"^    ([a-z]+)(?:\s|$)", help_of(room), re.MULTILINE)) == set(commands), room


@pytest.mark.parametrize(
    "part", [plan.Plan, plan.Sensor, plan.Line, plan.Zone, plan.Queue, plan.Radio, plan.Broker, plan.Outbox]
)
def test_every_setting_of_the_edge_is_documented(part: type[msgspec.Struct]) -> None:
    text = (ROOT / "docs/plan.md").read_text(encoding="utf-8")
    assert not [name for name in part.__struct_fields__ if f"`{name}`" not in text and f"[{name}]" not in text]


@pytest.mark.parametrize(
    "kind",
    [
        *(values.Count, values.Load, values.Stat, values.Flow, values.Heat, values.Quality),
        *(messages.Window, messages.Resume, messages.Live, messages.Status, messages.Ack),
    ],
)
def test_every_field_on_the_wire_is_documented(kind: type[msgspec.Struct]) -> None:
    text = (ROOT / "docs/wire.md").read_text(encoding="utf-8")
    assert not [name for name in kind.__struct_fields__ if f"`{name}`" not in text]


def test_every_question_is_documented() -> None:
    text = readme("hub") + "`in_store`"  # asked by /v1/live, not by name
    assert not [path.stem for path in (ROOT / "hub/storage/kpi").glob("*.sql") if f"`{path.stem}`" not in text]


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("[a-z]*/README.md")], ids=lambda path: str(path)
)
def test_links_in_readmes_lead_somewhere(path: Path) -> None:
    for piece in path.read_text(encoding="utf-8").split("](")[1:]:
        target = piece.split(")")[0].split("#")[0]
        assert target.startswith(("http", "mailto")) or not target or (path.parent / target).exists(), target


def mentioned() -> set[tuple[str, str]]:
    """(room, command) of every `instore-<program> <command>` that any text tells a person to type."""
    found: set[tuple[str, str]] = set()
    for path in TEXTS:
        named = re.findall(r"instore-(edge|hub|dashboard|sim) ([a-z]+)\b", path.read_text(encoding="utf-8"))
        found |= {(PROGRAMS[program], command) for program, command in named}
    return found


def test_every_command_that_a_text_tells_to_type_exists() -> None:
    assert len(mentioned()) > 15
    assert {command for command in mentioned() if command[1] not in COMMANDS[command[0]]} == set()


def test_every_flag_that_a_usage_block_shows_exists() -> None:
    shown: dict[tuple[str, str], set[str]] = {}
    for path in TEXTS:
        lines = re.findall(
            r"^[^|`\n]*instore-(edge|hub|dashboard|sim) ([a-z]+)([^#\n]*)",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        for program, command, rest in lines:
            flags = re.findall(r"--[a-z][a-z-]*", rest.split("instore-")[0])
            shown.setdefault((PROGRAMS[program], command), set()).update(flags)
    assert sum(map(len, shown.values())) > 10
    for (room, command), flags in shown.items():
        if flags:
            text = help_of(room, *(("token", "create") if command == "token" else (command,)))
            assert {flag for flag in flags if flag not in text} == set(), f"{room} {command}"


def keys(text: str) -> set[str]:
    """The keys of a settings table: `.port` after `http.host` is http.port, and `[[sites]] id, name` are two."""
    found: set[str] = set()
    for cell in re.findall(r"^\| ([^|]+) \|", text.split("## Settings")[-1].split("\n## ")[0], re.MULTILINE):
        table = ""
        for name in (name.strip("` ") for name in cell.split(",")):
            if name.startswith("[["):
                table, _, name = name.strip("[").partition("]] ")
            elif "." in name[1:]:
                table, _, name = name.partition(".")
            found.add(f"{table}.{name.lstrip('.')}".lstrip("."))
    return found - {"key", "setting", "---"} - {key for key in found if key.startswith("-")}


def fields(kind: type[msgspec.Struct], **tables: type[msgspec.Struct]) -> set[str]:
    """The keys of a settings struct, those of its tables with their table's name before them."""
    own = {name for name in kind.__struct_fields__ if name not in tables}
    return own | {f"{table}.{name}" for table, part in tables.items() for name in part.__struct_fields__}


def test_the_settings_of_the_hub_are_those_of_its_readme() -> None:
    parts = {"broker": plan.Broker, "http": hub.settings.Http, "retention": hub.settings.Retention, "sites": Site}
    parts |= {"webhooks": Webhook, "buttons": Buttons, "alerts": Alerting, "alerts.limits": Limit}
    assert keys(readme("hub")) == fields(hub.settings.Settings, **parts) - {"alerts.limits"}


def test_the_settings_of_the_dashboard_are_those_of_its_readme() -> None:
    parts = {"hub": dashboard.settings.HubTable, "http": dashboard.settings.HttpTable}
    parts |= {"page": dashboard.settings.PageTable, "sign_in": dashboard.signing.SignInTable}
    assert keys(readme("dashboard")) == fields(dashboard.settings.Settings, **parts)


def test_the_settings_of_the_simulators_are_those_of_their_readme() -> None:
    table = readme("simulators").split("| setting |")[1].split("\n\n")[0]
    assert keys(f"## Settings\n| setting |{table}") == fields(simulators.shop.Shop)


def test_the_settings_of_the_edge_are_those_of_its_readme() -> None:
    assert {key.removesuffix("[]") for key in keys(readme("edge"))} == fields(plan.Plan)


def test_the_tables_of_the_plan_name_no_key_that_is_none() -> None:
    cells = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/plan.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    assert named <= fields(plan.Plan) | fields(plan.Sensor)
