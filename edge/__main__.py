"""The command line of a device; `instore-edge --help` lists its commands."""

import os

# Read when numpy is loaded, here and in the children: what they multiply is small, more threads would only cost.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import functools
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import IO, Any

from edge import agent, check, daemon, leaflet, preview, setup
from edge.deliver.disk import OutboxError
from edge.download import NotFetched, fetch
from edge.plan import Plan, PlanError, parse
from edge.radio.scanner import RadioError
from edge.scene import SceneError, plan_table
from edge.scene import parse as parse_scene
from edge.settings import SettingsError, table, typed, unit
from edge.sight.camera import CameraError
from edge.toml import text

PREFIX = "INSTORE_EDGE"
SYSTEM, LOCAL = Path("/etc/instore/edge.toml"), Path("edge.toml")
MODEL = Path("yolox_nano.onnx")


def main(argv: list[str] | None = None) -> int:
    """The exit code: 0 well, 1 failed, 2 wrong usage, 78 wrong configuration."""
    arguments = parser().parse_args(argv)
    daemon.logs(verbose=arguments.verbose, as_json=arguments.log == "json")
    daemon.harden()
    command: Callable[[argparse.Namespace], int] = arguments.command
    expected = (OutboxError, agent.FactsError, SceneError, CameraError, RadioError, OSError)
    return daemon.guarded(functools.partial(command, arguments), expected)


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="instore-edge", description="Counts people and forgets them at once.")
    top.add_argument("--version", action="version", version=f"instore-edge {daemon.version()}")
    top.add_argument("-v", "--verbose", action="store_true", help="log more")
    top.add_argument("--log", choices=("text", "json"), default="text", help="form of the log lines on stderr")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "run", run, "measure and deliver until stopped", config=True)
    _add(commands, "check", try_all, "try each sensor, the broker and the outbox once", config=True)
    sample = _add(commands, "config", sample_config, "print a commented sample of the settings")
    other = sample.add_mutually_exclusive_group()
    other.add_argument("--scene", type=Path, help="print a plan that plays the clip of this scene over and over")
    other.add_argument("--unit", action="store_true", help="print a systemd unit that runs this program")
    other.add_argument(
        "--gateways", type=Path, metavar="FOLDER", help="write the settings of a broker for gateways here"
    )
    page = _add(commands, "privacy", privacy, "print what this device sends, or the sign for the door", config=True)
    page.add_argument("--html", action="store_true", help="as an HTML file instead of text")
    page.add_argument("--sign", action="store_true", help="the sign for the door, in English and German")
    _on_screen(commands)
    old = _add(commands, "backfill", backfill, "put recorded facts (JSON lines) into the outbox", config=True)
    old.add_argument("facts", help="a file of facts in the order of time; - is standard input")
    _replay_flags(_add(commands, "replay", replay, "a recording through the whole pipeline: messages as JSON lines"))
    _survey_flags(_add(commands, "survey", calibrate, "lead along spots or ways and record a tag", config=True))
    off = _add(commands, "measure", measure, "a recording with truth, and how far off what was measured is")
    off.add_argument("scene", type=Path, help="the scene file (JSON)")
    off.add_argument("--json", action="store_true", help="all figures as JSON instead of a table")
    _detector_flags(off)
    model = _add(commands, "model", get_model, "fetch the detector's model and verify it")
    model.add_argument("--to", type=Path, default=MODEL, help="where to (default: %(default)s)")
    return top


def _on_screen(commands: Any) -> None:
    """The commands that show a picture, on this machine's own screen."""
    seen = _add(commands, "preview", look, "show here what a camera sees, for 15 min", config=True)
    pencil = _add(commands, "setup", _draw, "draw places over a camera's picture, for 15 min", config=True)
    for one in (seen, pencil):
        one.add_argument("sensor", help="the camera's id in the plan")
        one.add_argument("--port", type=int, default=preview.PORT, help="on loopback (default: %(default)s)")
    pencil.add_argument("--out", type=Path, help="where the plan is saved (default: NAME.drawn.toml beside it)")


def run(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    return agent.run(_plan(arguments.config), daemon.stopping())


def try_all(arguments: argparse.Namespace) -> int:
    """A table of what works; 0 where all does."""
    found = check.check(_plan(arguments.config))
    sys.stdout.write(check.table(found))
    return daemon.OK if all(finding.ok for finding in found) else daemon.FAILED


def sample_config(arguments: argparse.Namespace) -> int:
    """The sample, the plan of a scene or the systemd unit, on standard output; the gateways' broker into a folder."""
    if arguments.unit:
        sys.stdout.write(unit("edge"))
        return daemon.OK
    if arguments.gateways:
        for name in ("gateways.conf", "gateways.acl"):
            lines = resources.files("edge").joinpath(name).read_text(encoding="utf-8")
            (arguments.gateways / name).write_text(lines.replace("{folder}", str(arguments.gateways.resolve())))
        return daemon.OK
    if arguments.scene is None:
        sys.stdout.write(resources.files("edge").joinpath("edge.sample.toml").read_text(encoding="utf-8"))
        return daemon.OK
    scene = parse_scene(arguments.scene.read_bytes())
    if scene.clip is None:
        raise SceneError("clip: missing, nothing to play")
    clip = arguments.scene.resolve().parent.parent / scene.clip
    sys.stdout.write(text(plan_table(scene, str(clip))))
    return daemon.OK


def privacy(arguments: argparse.Namespace) -> int:
    """What this device sends, or the sign for its door, on standard output."""
    plan = _plan(arguments.config)
    if arguments.sign:
        sys.stdout.write((leaflet.sign_html if arguments.html else leaflet.sign_text)(plan))
    else:
        sys.stdout.write((leaflet.page_html if arguments.html else leaflet.page_text)(plan, daemon.version()))
    return daemon.OK


def look(arguments: argparse.Namespace) -> int:
    """Show what a camera sees; the address to open goes to standard output, and into no log."""
    stop = daemon.stopping()
    preview.preview(_plan(arguments.config), arguments.sensor, arguments.port, stop, _say)
    return daemon.OK


def _draw(arguments: argparse.Namespace) -> int:
    """Draw places over a camera's picture; the address to open goes to standard output, and into no log."""
    file = _file(arguments.config)
    out = arguments.out or file.with_name(f"{file.stem}.drawn.toml")
    if out.resolve() == file.resolve():
        raise SettingsError("--out: that is the plan that runs; name another file")
    # The file alone: what the environment says of this run must not get into the plan that is saved.
    setup.setup(table(file, PREFIX, {}), arguments.sensor, out, arguments.port, daemon.stopping(), _say)
    return daemon.OK


def backfill(arguments: argparse.Namespace) -> int:
    """What was made of the facts, on standard output."""
    with _lines(arguments.facts) as lines:
        done = agent.backfill(_plan(arguments.config), lines)
    sys.stdout.write("".join(f"{name} {count}\n" for name, count in done.items()))
    return daemon.OK


def replay(arguments: argparse.Namespace) -> int:
    """Messages of a recording. Its module writes audits and tracks, so `run` must never load it.

    Of recorded tags it is the audit alone; what was used and what left out goes to standard error.
    """
    if arguments.adverts:
        if arguments.plan is None:
            raise PlanError("--plan: missing, needed with --adverts")
        sys.stderr.write(_recordings().replay_recorded(arguments.adverts, arguments.plan, arguments.audit))
        return daemon.OK
    given = vars(arguments)
    names = ("input", "audit", "tracks", "detector", "model", "fps", "start")
    _recordings().replay(arguments.scene, arguments.out, **{name: given[name] for name in names})
    return daemon.OK


def calibrate(arguments: argparse.Namespace) -> int:
    """Lead an installer along the spots or ways of a survey; progress goes to standard output."""
    module, plan = importlib.import_module("edge.surveying"), _plan(arguments.config)
    corners = module.corners(arguments.along)
    walk = module.Walk(max(1, arguments.spots), arguments.seconds, arguments.walk, corners, arguments.pace)
    given = arguments.sensor, arguments.tag, arguments.out, walk
    return daemon.OK if module.survey(plan, *given, daemon.stopping(), _say) else daemon.FAILED


def measure(arguments: argparse.Namespace) -> int:
    """The error of a recording against its truth, as a table or as JSON."""
    module = _recordings()
    measured = module.measure(arguments.scene, detector=arguments.detector, model=arguments.model, fps=arguments.fps)
    sys.stdout.write(json.dumps(measured, indent=1) + "\n" if arguments.json else module.report(measured))
    return daemon.OK


def get_model(arguments: argparse.Namespace) -> int:
    """The model, verified; else on standard error, and not as a log line, from where to get it by hand."""
    try:
        sys.stdout.write(f"{fetch(arguments.to)}\n")
    except NotFetched as error:
        sys.stderr.write(f"{error}\n")
        return daemon.FAILED
    return daemon.OK


def _add(
    commands: Any, name: str, command: Callable[[argparse.Namespace], int], words: str, *, config: bool = False
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words.capitalize() + ".")
    made.set_defaults(command=command)
    if config:
        made.add_argument("--config", type=Path, help=f"the settings (default: {SYSTEM}, then {LOCAL})")
    return made


def _detector_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("--detector", choices=("blobs", "onnx"), help="default: onnx with --model, else blobs")
    command.add_argument("--model", type=Path, help="the detector's model file")
    command.add_argument("--fps", type=_rate, help="take only the frames nearest to this rate")


def _replay_flags(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--scene", type=Path, help="the scene file (JSON) of a camera's recording")
    what.add_argument("--adverts", type=Path, metavar="EVENTS", help="recorded tags: t_s,scanner,tag,rssi_dbm (CSV)")
    command.add_argument("--plan", type=Path, help="with --adverts: the plan with scanners, survey, tags, zones")
    _detector_flags(command)
    command.add_argument("--out", type=Path, help="where the messages go (default: standard output)")
    command.add_argument("--input", choices=("clip", "truth", "positions"), help="default: clip, else truth")
    audit = "write every event of the recording to this file; of tags, the zone of each second"
    command.add_argument("--audit", type=Path, help=audit)
    command.add_argument("--tracks", type=Path, help="write the tracks to this file, in the MOT format")
    command.add_argument("--start", type=_moment, help="time of the first frame, RFC 3339")


def _survey_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument("out", type=Path, help="the survey file to write, for radio.survey")
    command.add_argument("--tag", required=True, help="the tag you carry: its address, uuid[,major,minor] or name")
    command.add_argument("--sensor", help="the scanner or gateway in the plan (default: the only one)")
    command.add_argument("--spots", type=int, default=12, help="how many (default: %(default)s)")
    command.add_argument("--seconds", type=float, default=30.0, help="to stand at each (default: %(default)s)")
    command.add_argument("--walk", type=float, default=20.0, help="seconds to walk to each (default: %(default)s)")
    command.add_argument(
        "--along", default="", help="corners as '18,8 1,8': walk there and back, do not stand at spots"
    )
    command.add_argument("--pace", type=float, default=0.5, help="metres a second along them (default: %(default)s)")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _file(config: Path | None) -> Path:
    found = config or next((path for path in (SYSTEM, LOCAL) if path.exists()), None)
    if found is None:
        raise SettingsError(f"file: neither {SYSTEM} nor ./{LOCAL} is there; see instore-edge config")
    return found


def _plan(config: Path | None) -> Plan:
    try:
        return parse(typed(table(_file(config), PREFIX, os.environ), Plan))
    except PlanError as error:
        raise SettingsError(str(error)) from None


def _recordings() -> Any:
    return importlib.import_module("edge.replay")


@contextmanager
def _lines(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as file:
            yield file


def _rate(given: str) -> float:
    try:
        rate = float(given)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 240:
        raise argparse.ArgumentTypeError("not a rate above 0 and up to 240 pictures a second")
    return rate


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise argparse.ArgumentTypeError("not a time such as 2026-11-22T10:00:00Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("needs a time zone, for example a Z at the end")
    if not 1970 < moment.year < 2200:
        raise argparse.ArgumentTypeError("not a time between the years 1971 and 2199")
    return moment.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
