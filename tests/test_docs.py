"""What is not in a README does not exist for the person who installs it: commands, settings, fields, questions."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from edge import messages, plan, values

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    "edge": ["run", "check", "config", "replay", "measure", "model", "backfill"],
    "hub": ["run", "check", "config", "import", "export", "token", "quarantine", "forget"],
    "dashboard": ["run", "check", "config"],
    "simulators": ["shop", "camera", "truth", "demo", "fleet", "check", "config"],
}


def readme(room: str) -> str:
    return (ROOT / room / "README.md").read_text(encoding="utf-8")


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
