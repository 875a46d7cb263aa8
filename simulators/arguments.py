"""What can be typed after `instore-sim`."""

import argparse
import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from simulators.adverts import SCANNERS
from simulators.facts import Outage
from simulators.shop import CAMERAS

RADIO = ("radio-plan", "fused-plan", "scanners", "tags")
KINDS = ("facts", "answers", "sales", "adverts", "clip", "points", "plan", "truth", *RADIO)
FORMS = ("scanner", "gateway", "averages")
FPS = (1.0, 60.0)  # below one a second no video can be written
DAY_S = 86_400.0

Work = Callable[[argparse.Namespace], int]


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if not 1970 < found.year < 2200:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError("not a time such as 2026-11-22T10:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
        if not 1970 < found.year < 2200:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError("not a day such as 2026-11-22") from None
    return found


def _outage(text: str) -> Outage:
    return Outage(*_spell(text, "SENSOR", [camera.id for camera in CAMERAS]))


def _dead(text: str) -> tuple[str, float, float]:
    return _spell(text, "SCANNER", [scanner for scanner, *_ in SCANNERS])


def _spell(text: str, what: str, known: list[str]) -> tuple[str, float, float]:
    name, *times = text.split(",")
    if name not in known or len(times) != 2:
        raise argparse.ArgumentTypeError(f"not {what},START,END with one of {', '.join(known)}")
    start, end = (_moment(time).timestamp() for time in times)
    if start >= end:
        raise argparse.ArgumentTypeError("END is not after START")
    return name, start, end


def _skew(text: str) -> tuple[str, float]:
    known = [scanner for scanner, *_ in SCANNERS]
    scanner, _, seconds = text.partition(",")
    if scanner not in known:
        raise argparse.ArgumentTypeError(f"not SCANNER,SECONDS with one of {', '.join(known)}")
    return scanner, _number(-DAY_S, DAY_S)(seconds)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def within(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"not a whole number from {low} to {high}")
        return int(text)

    return within


def _number(low: float, high: float) -> Callable[[str], float]:
    def within(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not low <= found <= high:
            raise argparse.ArgumentTypeError(f"not a number from {low:g} to {high:g}")
        return found

    return within


def parser(work: dict[str, Work]) -> argparse.ArgumentParser:
    """The parser of all commands; `work` says what each one calls."""
    top = argparse.ArgumentParser(prog="instore-sim", description="A shop with known truth and no hardware.")
    top.add_argument("--version", action="version", version=f"%(prog)s {version('instore')}")
    commands = top.add_subparsers(dest="command", required=True)
    asked = {
        "shop": "days of the shop as facts, answers, adverts, clip, points, plan or truth",
        "camera": "serve the cameras' pictures in real time on 127.0.0.1",
        "truth": "compare messages with the truth",
        "fleet": "plans, facts and answers of many shops",
        "demo": "the whole system on this machine, until Ctrl-C",
        "check": "try everything once",
        "config": "print a sample of the settings",
    }
    for name, words in asked.items():
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(work=work[name], out=None)
        _common(command)
        _OWN.get(name, lambda _: None)(command)
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, help="TOML file with the shop's settings")
    command.add_argument("--seed", type=int)
    command.add_argument("--site")
    command.add_argument("--timezone")
    command.add_argument("--opens", help="HH:MM")
    command.add_argument("--closes", help="HH:MM, may pass 24:00")
    command.add_argument("--visits", type=float, help="mean number of shoppers a day")
    command.add_argument("--day", type=_day, help="first business day; default today")
    command.add_argument("--days", type=_whole(1, 3660), metavar="N", default=1)


def _for_shop(command: argparse.ArgumentParser) -> None:
    command.add_argument("--as", dest="kind", choices=KINDS, default="facts")
    command.add_argument("--until", type=_moment, help="RFC 3339; nothing later is known")
    command.add_argument("--out", type=Path, help="file, - for stdout (default); a directory for clip and points")
    command.add_argument("--source", default="http://127.0.0.1:8554", help="where the cameras are served (plan)")
    command.add_argument(
        "--level", default="standard", choices=("standard", "strict", "dp"), help="privacy level (plan)"
    )
    command.add_argument("--form", default="scanner", choices=FORMS, help="form of adverts")
    command.add_argument("--dead", type=_dead, action="append", default=[], help="SCANNER,START,END (adverts)")
    command.add_argument("--skew", type=_skew, action="append", default=[], help="SCANNER,SECONDS (adverts)")
    command.add_argument("--missed", type=_number(0.0, 1.0), default=0.0, help="share of adverts lost besides")
    command.add_argument("--outage", type=_outage, action="append", default=[], help="SENSOR,START,END")
    command.add_argument("--camera", default="camera-1", choices=[c.id for c in CAMERAS], help="whose clip")
    command.add_argument("--at", type=_moment, help="RFC 3339; first moment of the clip or points")
    command.add_argument("--seconds", type=_number(1.0, DAY_S), default=600.0, help="length of the clip or points")
    command.add_argument("--fps", type=_number(*FPS), default=5.0)


def _for_camera(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=_whole(0, 65535), metavar="PORT", default=8554, help="0 takes a free one")
    command.add_argument("--fps", type=_number(*FPS), default=5.0)
    command.add_argument("--at", type=_moment, help="RFC 3339; show the shop from this moment on instead of now")


def _for_truth(command: argparse.ArgumentParser) -> None:
    command.add_argument("--messages", type=Path, required=True, help="windows as JSON lines")
    command.add_argument("--json", action="store_true")


def _for_fleet(command: argparse.ArgumentParser) -> None:
    command.add_argument("--count", type=_whole(1, 999), metavar="N", default=3, help="1 to 999")
    command.add_argument("--out", type=Path, required=True, help="directory")
    command.add_argument("--until", type=_moment, help="RFC 3339; nothing later is known")
    command.set_defaults(outage=[])


def _for_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--port", type=_whole(1, 65535), metavar="PORT", default=8501, help="the page's; another where it is taken"
    )
    command.add_argument("--dir", type=Path, default=Path(".demo"), help="folder for its files, made anew")
    command.add_argument("--weeks", type=_whole(1, 52), metavar="N", default=8, help="of history")
    command.add_argument("--scene", type=Path, help="a recorded scene in place of the simulated shop, looped")


_OWN = {"demo": _for_demo, "shop": _for_shop, "camera": _for_camera, "truth": _for_truth, "fleet": _for_fleet}
