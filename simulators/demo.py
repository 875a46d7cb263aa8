"""The whole system on one machine: broker, hub, a simulated shop before a camera, edge agent, dashboard.

It starts the same commands that a shop would run, each as a process of its own, and ends them all when it ends.
"""

import logging
import shutil
import signal
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from edge.measure.days import business_day
from hub.client import Hub, HubAway, Refused, Unanswered
from simulators.broker import Broker, free_port, is_free
from simulators.processes import Processes, ProgramFailed

log = logging.getLogger("instore.demo")

SITE, SEED, DAY_STARTS = "s001", 7, "04:00"
# One zone for every hour of the globe: the demo takes the one where it is early afternoon, so that the shop is open.
# fmt: off
ZONES = (
    "Pacific/Auckland", "Pacific/Guadalcanal", "Australia/Brisbane", "Asia/Tokyo",
    "Asia/Singapore", "Asia/Bangkok", "Asia/Dhaka", "Asia/Karachi",
    "Asia/Dubai", "Africa/Nairobi", "Europe/Athens", "Europe/Berlin",
    "Europe/London", "Atlantic/Azores", "Atlantic/South_Georgia", "America/Sao_Paulo",
    "America/Santiago", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "Pacific/Pago_Pago",
)
# fmt: on
LIVELY_HOUR = 14.0

_RIGHTS = ("--import", "--comments", "--write")
_HUB = """state_dir = "{state}"
[broker]
host = "127.0.0.1"
port = {broker}
[http]
port = {http}
[[sites]]
id = "{site}"
name = "{name}"
timezone = "{zone}"
day_starts = "{day_starts}"
opens = "{opens}"
closes = "{closes}"
notice = "{notice}"
"""
_DASHBOARD = """[hub]
url = "http://127.0.0.1:{http}"
token_file = "{token}"
[http]
port = {port}
"""


class Demo(Struct, frozen=True):
    """What was asked for: the page's port, the folder, weeks of history, a recorded scene in place of the shop."""

    port: int
    folder: Path
    weeks: int
    seed: int
    scene: Path | None


def lively_zone(at: datetime) -> str:
    """The zone in which the wall clock stands nearest to the early afternoon at `at`."""

    def away(name: str) -> float:
        local = at.astimezone(ZoneInfo(name))
        return abs(local.hour + local.minute / 60 - LIVELY_HOUR)

    return min(ZONES, key=away)


def run(demo: Demo) -> int:
    """Run the demo until SIGINT or SIGTERM; 0 when stopped as asked, 1 where a program failed."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if demo.scene and not demo.scene.is_file():
        log.error("--scene: no such file; nothing was touched")
        return 1
    if demo.folder.exists() and not (demo.folder / ".instore-demo").exists() and any(demo.folder.iterdir()):
        log.error("the folder given with --dir is not empty and not a demo's: nothing was touched")
        return 1
    shutil.rmtree(demo.folder, ignore_errors=True)
    demo.folder.mkdir(parents=True)
    (demo.folder / ".instore-demo").touch()
    programs = Processes(demo.folder)
    with Broker() as broker:
        log.info("broker: %s on 127.0.0.1", broker.kind)
        try:
            _Walk(demo, programs, broker.port, stop).walk()
        except ProgramFailed as failed:
            log.error("%s", failed)
            return 1
        finally:
            programs.stop()
    return 0


class _Walk:
    """The order in which things start: the page and the hub, then history onto the device's disk, then cameras."""

    def __init__(self, demo: Demo, programs: Processes, broker_port: int, stop: threading.Event) -> None:
        self.demo, self.programs, self.stop = demo, programs, stop
        self.began = time.monotonic()
        self.now = datetime.now(UTC)
        self.zone = "UTC" if demo.scene else lively_zone(self.now)
        self.site = "replay" if demo.scene else SITE
        self.broker_port, self.http = broker_port, free_port()
        self.port = demo.port if is_free(demo.port) else free_port()

    def file(self, name: str) -> Path:
        return self.demo.folder / name

    def walk(self) -> None:
        self.serve()
        self.watch()
        threading.Thread(target=self.announce, daemon=True).start()
        if not self.demo.scene:
            self.listen()
        while not self.stop.wait(0.2):
            self.programs.check()
        log.info("stopping")

    def serve(self) -> None:
        """Hub and dashboard."""
        if self.demo.scene:
            name, notice, opens, closes = (
                "Recorded scene",
                "Looped recording: the same minutes again and again",
                DAY_STARTS,  # opening and closing at the same time: never closed
                DAY_STARTS,
            )
        else:
            name, notice, opens, closes = "Demo shop", "Simulated shop: nobody here is real", "08:00", "22:00"
        self.file("hub.toml").write_text(
            _HUB.format(
                state=self.file("hub"),
                broker=self.broker_port,
                http=self.http,
                site=self.site,
                name=name,
                zone=self.zone,
                day_starts=DAY_STARTS,
                opens=opens,
                closes=closes,
                notice=notice,
            ),
            encoding="utf-8",
        )
        token = self.file("token")
        self.hub("token", "token", "create", "demo", "--sites", self.site, *_RIGHTS, stdout=token)
        token.chmod(0o600)
        self.file("dashboard.toml").write_text(
            _DASHBOARD.format(http=self.http, token=token, port=self.port), encoding="utf-8"
        )
        self.programs.start("hub", "instore-hub", "run", "--config", str(self.file("hub.toml")))
        self.programs.start("dashboard", "instore-dashboard", "run", "--config", str(self.file("dashboard.toml")))
        log.info("the page will be at http://127.0.0.1:%d", self.port)

    def hub(self, name: str, *command: str, stdout: Path | None = None) -> None:
        config = ["--config", str(self.file("hub.toml"))]
        self.programs.run(name, "instore-hub", *command, *config, stdout=stdout)

    def watch(self) -> None:
        """Cameras and edge agent; what happened until now comes from facts, from now on from pictures."""
        plan, camera = self.file("edge.toml"), free_port()
        if self.demo.scene:
            scene = ("--scene", str(self.demo.scene.resolve()))
            self.programs.run("plan", "instore-edge", "config", *scene, stdout=plan)
        else:
            self.programs.run("plan", *self.shop("plan"), "--source", f"http://127.0.0.1:{camera}", stdout=plan)
        with plan.open("a", encoding="utf-8") as file:
            file.write(f'\n[broker]\nport = {self.broker_port}\n[outbox]\ndir = "{self.file("edge")}"\n')
        if not self.demo.scene:
            self.remember(plan)
            seed = ("--seed", str(self.demo.seed), "--timezone", self.zone)
            self.programs.start("camera", "instore-sim", "camera", *seed, "--port", str(camera))
        self.programs.start("edge", "instore-edge", "run", "--config", str(plan))

    def remember(self, plan: Path) -> None:
        """Weeks of history until now, from facts, through the same windows, door, outbox and wire."""
        log.info("making %d weeks of history", self.demo.weeks)
        backfill = ("instore-edge", "backfill", "--config", str(plan), "-")
        self.programs.pipe("facts", (*self.shop("facts"), *self.weeks()), "backfill", backfill)

    def listen(self) -> None:
        """What the shop's customers answered in those weeks, and what its tills rang up, as files."""
        for name, mapping in (("answers", "instore"), ("sales", "sales")):
            file = self.file(f"{name}.csv")
            self.programs.run(name, *self.shop(name), *self.weeks(), stdout=file)
            self.hub("import", "import", str(file), "--mapping", mapping, "--token-file", str(self.file("token")))

    def shop(self, form: str) -> tuple[str, ...]:
        seed = ("--seed", str(self.demo.seed), "--site", SITE, "--timezone", self.zone)
        return ("instore-sim", "shop", "--as", form, *seed)

    def weeks(self) -> tuple[str, ...]:
        first = self.today() - timedelta(weeks=self.demo.weeks)
        days = 7 * self.demo.weeks + 1
        return ("--day", first.isoformat(), "--days", str(days), "--until", self.now.isoformat())

    def today(self) -> date:
        return business_day(self.now.timestamp(), self.zone, DAY_STARTS)

    def announce(self) -> None:
        """Say when the first living number is there."""
        token = self.file("token").read_text(encoding="utf-8").strip()
        with Hub(f"http://127.0.0.1:{self.http}", token) as hub:
            while not self.stop.wait(0.25):
                try:
                    places = hub.live(self.site)["places"]
                except (HubAway, Refused, Unanswered):
                    continue
                for place in places:
                    number = place["queue"] if place["queue"] is not None else place["occupancy"]
                    if number is not None:
                        seconds = time.monotonic() - self.began
                        log.info("first living number after %.1f s: %s at %s", seconds, number, place["place"])
                        log.info("look at http://127.0.0.1:%d (Ctrl-C ends everything)", self.port)
                        return
