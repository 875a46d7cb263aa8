"""`instore-sim`: a shop with known truth, as facts, pictures, advertisements and survey answers."""

import argparse
import csv
import json
import logging
import os
import signal
import sys
import threading
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TextIO

import msgspec

from edge.measure.days import business_day
from edge.measure.facts import Fact, to_line
from edge.messages import BadMessage, Window, decode
from edge.plan import PlanError, parse
from edge.settings import SettingsError, load
from edge.toml import text
from simulators import sales
from simulators.adverts import (
    adverts,
    averaged_message,
    fused_table,
    gateway_message,
    radio_table,
    scanner_lines,
    tag_lines,
)
from simulators.answers import COLUMNS, answers, rows
from simulators.arguments import Work, parser
from simulators.clerk import clerk, seen_too
from simulators.demo import SEED, Demo
from simulators.demo import run as run_demo
from simulators.facts import days, facts
from simulators.fleet import shops
from simulators.frames import Picture
from simulators.hearing import Hearing, passed_on
from simulators.scenes import floor_scene, is_staff, point_rows
from simulators.shop import CAMERAS, Shop, camera, plan_table
from simulators.shoppers import Day, Life, opening, simulate
from simulators.stream import ClipError, serving, write_clip
from simulators.truth import compare, report

log = logging.getLogger("instore.sim")

BAD_CONFIG = 78


def main() -> int:
    """The command line; 0, 1 (failed), 2 (usage) or 78 (bad settings)."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    args = parser(_WORK).parse_args()
    try:
        return int(args.work(args))
    except (SettingsError, PlanError) as error:
        log.error("configuration: %s", error)
        return BAD_CONFIG
    except (ClipError, BadMessage) as error:
        log.error("%s", error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        log.error("failed: %s", error.strerror)
    return 1


def _shop(args: argparse.Namespace) -> Shop:
    flags = {name: getattr(args, name) for name in ("seed", "site", "timezone", "opens", "closes", "visits")}
    return load(Shop, path=args.config, prefix="INSTORE_SIM", environ=os.environ, flags=flags)


def _first_day(args: argparse.Namespace, shop: Shop) -> date:
    return args.day or business_day(time.time(), shop.timezone, shop.day_starts)


@contextmanager
def _out(args: argparse.Namespace) -> Iterator[TextIO]:
    if args.out in (None, Path("-")):
        yield sys.stdout
        sys.stdout.flush()
    else:
        with args.out.open("w", encoding="utf-8", newline="") as file:
            yield file


def _write(args: argparse.Namespace, lines: Iterable[str]) -> int:
    with _out(args) as file:
        file.writelines(f"{line}\n" for line in lines)
    return 0


def shop_command(args: argparse.Namespace) -> int:
    """`shop --as KIND`: what the shop's days look like in one of the forms."""
    shop = _shop(args)
    if args.kind == "plan":
        return _write(args, [text(plan_table(shop, args.source.removesuffix("/camera-1.mjpg"), args.level)).rstrip()])
    if args.kind in ("radio-plan", "fused-plan"):
        table = radio_table(shop) if args.kind == "radio-plan" else fused_table(shop)
        return _write(args, [text(table).rstrip()])
    if args.kind in ("scanners", "tags"):
        return _write(args, scanner_lines() if args.kind == "scanners" else tag_lines())
    if args.kind in ("clip", "points"):
        return _scene(args, shop)
    found = days(shop, _first_day(args, shop), args.days)
    until = args.until.timestamp() if args.until else None
    if args.kind == "answers":
        told = ([a for a in answers(shop, day) if until is None or a.at <= until] for day in found)
        return _table(args, COLUMNS, (row for some in told for row in rows(shop, some)))
    if args.kind == "sales":
        return _table(args, sales.COLUMNS, (row for day in found for row in sales.rows(shop, day, until)))
    if args.kind == "facts":
        return _write(args, (to_line(f)[:-1].decode() for day in found for f in _facts(args, shop, day)))
    if args.kind == "truth":
        return _write(args, (msgspec.json.encode(day).decode() for day in found))
    return _write(args, _adverts(args, shop, found, until))


def _facts(args: argparse.Namespace, shop: Shop, day: Day) -> list[Fact]:
    stated = facts(shop, day, args.until.timestamp() if args.until else None, args.outage)
    return seen_too(stated, clerk(shop, day)) if shop.clerk else stated


def _adverts(args: argparse.Namespace, shop: Shop, found: Iterable[Day], until: float | None) -> Iterator[str]:
    if args.form == "scanner":
        yield "t_s,scanner,advert,rssi_dbm"
    averages = args.form == "averages"
    hearing = Hearing(dead=tuple(args.dead), skew=tuple(args.skew), missed=args.missed, averages=averages)
    everything = (a for day in found for a in adverts(shop, day) if until is None or a.at <= until)
    for heard in passed_on(everything, hearing, shop.seed):
        if args.form == "scanner":
            yield f"{heard.at},{heard.scanner},{heard.data.hex()},{heard.rssi}"
        else:
            topic, payload = averaged_message(heard) if averages else gateway_message(heard)
            yield json.dumps({"at": heard.at, "topic": topic, "payload": json.loads(payload)})


def _table(args: argparse.Namespace, columns: Iterable[str], found: Iterable[tuple[str, ...]]) -> int:
    with _out(args) as file:
        csv.writer(file).writerows([columns])
        csv.writer(file).writerows(found)
    return 0


def _scene(args: argparse.Namespace, shop: Shop) -> int:
    if args.out in (None, Path("-")):
        log.error("--as %s needs --out DIRECTORY", args.kind)
        return 2
    day = _first_day(args, shop)
    start = args.at.timestamp() if args.at else opening(shop, day)[0] + 4 * 3600.0
    if args.kind == "points":
        _write_line(str(_points(args.out, f"{shop.site}-floor", shop, start, args.seconds, args.fps)))
        return 0
    name = f"{shop.site}-{args.camera}"
    log.info("drawing %g s", args.seconds)
    _write_line(str(write_clip(args.out, name, shop, camera(args.camera), start, args.seconds, args.fps)))
    return 0


def _points(folder: Path, name: str, shop: Shop, start: float, seconds: float, fps: float) -> Path:
    """Writes truth/NAME.csv and scenes/NAME.json into the folder, and returns the scene's path."""
    for part in ("truth", "scenes"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    life, staff = Life(shop), set[int]()
    with (folder / f"truth/{name}.csv").open("w", encoding="utf-8") as truth:
        truth.write("t,id,x,y\n")
        for frame in range(round(seconds * fps)):
            figures = life.figures(start + frame / fps)
            truth.writelines(f"{row}\n" for row in point_rows(frame / fps, figures))
            staff |= {f.id for f in figures if is_staff(f.id)}
    path = folder / f"scenes/{name}.json"
    path.write_text(json.dumps(floor_scene(name, staff), indent=1) + "\n", encoding="utf-8")
    return path


def _write_line(line: str) -> None:
    print(line, flush=True)


def camera_command(args: argparse.Namespace) -> int:
    """`camera`: serve both cameras until SIGINT or SIGTERM."""
    shop, stop = _shop(args), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    shift = args.at.timestamp() - time.time() if args.at else 0.0
    if args.day and not args.at:
        shift = (args.day - business_day(time.time(), shop.timezone, shop.day_starts)) / timedelta(seconds=1)
    with serving(shop, args.port, args.fps, shift) as port:
        log.info("serving %s on 127.0.0.1:%d", ", ".join(f"/{c.id}.mjpg" for c in CAMERAS), port)
        while not stop.wait(0.5):
            pass
    return 0


def truth_command(args: argparse.Namespace) -> int:
    """`truth`: the error of messages (JSON lines of windows) against the truth."""
    shop = _shop(args)
    with args.messages.open("rb") as lines:
        messages = list(_windows(lines))
    known = [fact for day in days(shop, _first_day(args, shop), args.days) for fact in facts(shop, day)]
    found = compare(shop, known, messages)
    return _write(args, [json.dumps(found) if args.json else report(found)])


def _windows(lines: Iterable[bytes]) -> Iterator[Window]:
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip() and isinstance(message := decode("w", line), Window):
                yield message
        except BadMessage as bad:
            raise BadMessage(f"line {number}: {bad.reason}") from None


def fleet_command(args: argparse.Namespace) -> int:
    """`fleet`: DIR/<site>/plan.toml, facts.jsonl, answers.csv and shop.toml for many shops."""
    for shop in shops(_shop(args), args.count):
        folder = args.out / shop.site
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.toml").write_text(text(plan_table(shop)), encoding="utf-8")
        (folder / "shop.toml").write_text(text(msgspec.to_builtins(shop)), encoding="utf-8")
        for kind, name in (("facts", "facts.jsonl"), ("answers", "answers.csv"), ("sales", "sales.csv")):
            own = {"out": folder / name, "config": folder / "shop.toml", "kind": kind}
            flags = dict.fromkeys(("seed", "site", "opens", "closes", "visits"))
            shop_command(argparse.Namespace(**{**vars(args), **own, **flags}))
        log.info("%s is there", shop.site)
    return 0


def demo_command(args: argparse.Namespace) -> int:
    """`demo`: broker, hub, a simulated shop before cameras, edge agent, dashboard."""
    seed = SEED if args.seed is None else args.seed
    return run_demo(Demo(port=args.port, folder=args.dir, weeks=args.weeks, seed=seed, scene=args.scene))


def check_command(args: argparse.Namespace) -> int:
    """`check`: settings, plan, one simulated day, one picture of each camera; 0 if all of it works."""
    shop = _shop(args)
    day = simulate(shop, _first_day(args, shop))
    parse(tomllib.loads(text(plan_table(shop))))
    _write_line(f"shop      ok   {len(day.shoppers)} shoppers, {len(day.passers)} passers-by")
    _write_line("plan      ok")
    noon = (day.opens + day.closes) / 2
    for seen in CAMERAS:
        _, boxes = Picture(seen).draw(noon, Life(shop).figures(noon))
        _write_line(f"{seen.id}  ok   {len(boxes)} people in the picture at half time")
    return 0


def config_command(args: argparse.Namespace) -> int:
    """`config`: a commented sample of the settings."""
    return _write(args, [files("simulators").joinpath("sim.sample.toml").read_text(encoding="utf-8").rstrip()])


_WORK: dict[str, Work] = {
    "shop": shop_command,
    "camera": camera_command,
    "truth": truth_command,
    "fleet": fleet_command,
    "demo": demo_command,
    "check": check_command,
    "config": config_command,
}


if __name__ == "__main__":
    sys.exit(main())
