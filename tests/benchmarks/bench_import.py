"""How long a file of survey answers takes from the command to the score that a page reads; run by hand:

    python tests/benchmarks/bench_import.py [ROWS] [ROUNDS]

The programs as they are: a hub that runs, `instore-hub import` with a token, and a reader that asks for the scores.
The comments are sentences of 14 words, some with an address, a telephone and an account number.
"""

import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.client import Hub, HubAway

ROWS, ROUNDS = (int(text) for text in (*sys.argv[1:3], *("10000", "3")[len(sys.argv[1:3]) :]))
COMMENTS = (
    "I waited 15 minutes at the till and the assistant could not find it",
    "Write to jo.bloggs@example.com or call +44 7700 900123 when my order 20260417123 is there",
    "Everything was lovely and the staff were kind, thank you very much indeed for that",
    "My account is DE89 3704 0044 0532 0130 00 and I want the money back now please",
)


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def survey(turn: int) -> str:
    """A file of ROWS answers over four weeks; another turn is of other people."""
    begun = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    rows = [
        f"t{turn}-{i},{(begun + timedelta(minutes=4 * i % 40_000)).isoformat()},s001,till,{i % 11},{i % 5 + 1},"
        f'{i % 7 + 1},"{COMMENTS[i % len(COMMENTS)]}"'
        for i in range(ROWS)
    ]
    return "\n".join(["id,submitted_at,site,touchpoint,recommend,satisfaction,ease,comment", *rows])


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "hub", *words, "--config", str(folder / "hub.toml")]


def until_ready(hub: Hub) -> None:
    for _ in range(600):
        try:
            hub.version()
            return
        except HubAway:
            time.sleep(0.1)
    raise SystemExit("the hub does not start")


def measured(hub: Hub, folder: Path, turn: int) -> tuple[float, float]:
    """(seconds from the command to the score, seconds of them until the file was taken)."""
    file = folder / f"survey{turn}.csv"
    file.write_text(survey(turn), encoding="utf-8")
    span = {"start": datetime(2026, 3, 1, tzinfo=UTC), "end": datetime(2026, 5, 1, tzinfo=UTC)}
    begun = time.perf_counter()
    words = ("import", str(file), "--mapping", "instore", "--token-file", str(folder / "token"))
    subprocess.run(command(folder, *words), check=True, stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - begun
    score = hub.ask("scores", site="s001", **span).to_pylist()[0]
    assert score["n"] == ROWS * (turn + 1), score["n"]
    return time.perf_counter() - begun, taken


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        (folder / "hub.toml").write_text(
            f'state_dir = "{folder}"\n[broker]\nport = {free_port()}\n[http]\nport = {port}\n'
            '[[sites]]\nid = "s001"\nname = "x"\ntimezone = "Europe/Berlin"\n'
        )
        made = command(folder, "token", "create", "bench", "--sites", "s001", "--import")
        token = subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()
        (folder / "token").write_text(token)
        running = subprocess.Popen(command(folder, "run"), stderr=subprocess.DEVNULL)
        try:
            with Hub(f"http://127.0.0.1:{port}", token, timeout=120) as hub:
                until_ready(hub)
                found = [measured(hub, folder, turn) for turn in range(ROUNDS)]
        finally:
            running.terminate()
            running.wait(timeout=60)
    whole, taken = (statistics.median(part) for part in zip(*found, strict=True))
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    load = os.getloadavg()[0]
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}Z, {os.cpu_count()} cores {platform.machine()}, load {load:.1f}")
    print(f"{ROWS} rows: {whole:.1f} s from the command to the score ({taken:.1f} s until taken), median of {ROUNDS}")
    print(f"CPU of all programs together: {(cpu.ru_utime + cpu.ru_stime) / ROUNDS:.1f} s a round, starts included")


main()
