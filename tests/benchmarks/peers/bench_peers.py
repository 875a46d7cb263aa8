"""This checkout beside other open trackers and line counters: same boxes, same clips, one run, ratios printed.

    .venv/bin/python tests/benchmarks/peers/bench_peers.py [--json] [--dir DIR] [--rounds N]

Prints markdown, with `--json` all figures. By hand only, and no part of the tests: the first run makes an environment
of its own for each package under DIR (default ~/.cache/instore-peers, 2.4 GB) from PyPI; torch is in none of them.
The recordings are those of INSTORE_TEST_DATA, else of `shared/data` beside the checkout.

- Everybody is given the same boxes: those that come with the data, and in the corridor those of this checkout's
  detector. Each package works with its own defaults; those of norfair and mesopic say which boxes are too doubtful.
  A package that takes a frame rate runs twice, with its default (30) and told the clip's own.
- Tracks are scored by TrackEval, ours too, and only boxes that were found in the very frame.
- Milliseconds are thread time of the tracker's one call, one thread, median over looks and rounds. In each round
  everybody runs once, one after the other, so that a ratio compares what ran at the same time.
- Lines: an event is right within 1 s; gross is the sum of |measured - true| over lines and directions, by the true
  number. Each package's own counter runs over its own tracks, and ours over everybody's.
- A package that cannot be installed or fails is named with the reason.
"""

import argparse
import datetime
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crossings
import environments
import sequences
import tables
from crossings import Found
from environments import Missing

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OURS = tables.OURS
TOLD = ", told the rate"
RATED = ("ByteTrack", "BoT-SORT", "OC-SORT", "SORT")
LINE_ZONES = ("LineZone", "LineZone at the foot")
# By package: the names that its runner knows.
TRACKERS = {
    OURS: [OURS],
    "supervision": ["ByteTrack", f"ByteTrack{TOLD}"],
    "trackers": [name + more for name in RATED for more in ("", TOLD)],
    "norfair": ["norfair"],
    "mesopic": ["mesopic"],
}
COUNTERS = {
    "supervision": [(name, counter) for name in TRACKERS["supervision"] for counter in LINE_ZONES],
    "mesopic": [("mesopic", "mesopic's own")],
}
Job = dict[str, Any]


class Bench:
    """One run: the packages that work, the files of this run, and the figures so far."""

    def __init__(self, data: Path, cache: Path, folder: Path) -> None:
        self._folder = folder
        self._scene = crossings.Scene(data)
        self._sequences, self._crowds = sequences.real(data, folder), sequences.crowds(folder)
        self._pythons = {OURS: Path(sys.executable)}
        self.versions: dict[str, dict[str, str]] = {}
        self.missing: dict[str, str] = {}
        for package in environments.NEEDED:
            try:
                self._pythons[package] = environments.built(cache, package)
            except Missing as reason:
                self.missing[package] = str(reason)
        if "trackeval" in self.missing:
            raise Missing(f"trackeval, which scores: {self.missing['trackeval']}")

    def tracks(self) -> dict[str, dict[str, dict[str, float]]]:
        """HOTA, MOTA and IDF1 by tracker and sequence."""
        asked = [(p, t, s) for p, t in self._everybody() for s in self._sequences]
        done = self._answers([(p, self._track(t, s) | {"tracks": self._tracks(p, t, s)}) for p, t, s in asked])
        asked = [one for one, answer in zip(asked, done, strict=True) if answer]
        jobs = [
            {"truth": str(s.truth), "tracks": self._tracks(p, t, s), "frames": s.clip.frames} for p, t, s in asked
        ]
        scores: dict[str, dict[str, dict[str, float]]] = {}
        answers = self._ask("trackeval", "score_trackeval.py", jobs)
        for (p, t, s), score in zip(asked, answers, strict=True):
            scores.setdefault(tables.label(p, t), {})[s.name] = score
        return scores

    def lines(self) -> list[dict[str, Any]]:
        """F1 and gross error by tracker, counter and rate; needs the tracks."""
        found = []
        for sequence in (s for s in self._sequences if s.name.startswith(self._scene.name)):
            told = self._counted_by_theirs(sequence)
            for p, t in self._everybody():
                path = Path(self._tracks(p, t, sequence))
                told.append((p, t, "ours", crossings.by_ours(self._scene, sequence.clip, path)))
            told.append((OURS, OURS, "ours, from the pictures", crossings.from_the_clip(self._scene, sequence.clip)))
            for p, t, c, figures in told:
                row = {"tracker": tables.label(p, t), "counter": c, "rate": sequence.clip.rate}
                found.append(row | figures._asdict())
        return found

    def _counted_by_theirs(self, sequence: sequences.Sequence) -> list[tuple[str, str, str, Found]]:
        asked = [(p, t, c) for p, pairs in COUNTERS.items() if p not in self.missing for t, c in pairs]
        paths = [self._folder / f"{p} {t} {c} {sequence.name}.events.csv" for p, t, c in asked]
        jobs = [
            (p, self._track(t, sequence) | {"counter": c, "events": str(path), "lines": self._scene.lines()})
            for (p, t, c), path in zip(asked, paths, strict=True)
        ]
        answers = self._answers(jobs)
        done = [(*one, path) for one, path, answer in zip(asked, paths, answers, strict=True) if answer]
        return [(p, t, c, crossings.by_theirs(self._scene, path)) for p, t, c, path in done]

    def times(self, rounds: int) -> dict[str, dict[int, list[Job]]]:
        """Milliseconds a look and people followed by tracker and number of people, one a round."""
        spent: dict[tuple[str, str], dict[int, list[Job]]] = {}
        asked = [(p, t, n) for p, t in self._everybody() if not t.endswith(TOLD) for n in self._crowds]
        for _ in range(rounds):
            answers = self._answers([(p, self._timed(t, n)) for p, t, n in asked])
            for (p, t, n), answer in zip(asked, answers, strict=True):
                if answer:
                    spent.setdefault((p, t), {}).setdefault(n, []).append(answer)
        return {tables.label(p, t): told for (p, t), told in spent.items() if p not in self.missing}

    def _everybody(self) -> Iterator[tuple[str, str]]:
        for package, trackers in TRACKERS.items():
            if package not in self.missing:
                yield from ((package, tracker) for tracker in trackers)

    def _tracks(self, package: str, tracker: str, sequence: sequences.Sequence) -> str:
        return str(self._folder / f"{package} {tracker} {sequence.name}.tracks.csv")

    def _track(self, tracker: str, sequence: sequences.Sequence) -> Job:
        return {"tracker": tracker, "clip": sequence.clip, "boxes": str(sequence.boxes)}

    def _timed(self, tracker: str, people: int) -> Job:
        clip, boxes = self._crowds[people]
        return {"tracker": tracker, "clip": clip, "boxes": str(boxes)}

    def _answers(self, jobs: list[tuple[str, Job]]) -> list[Job | None]:
        """The answers in the order of the jobs; None for those of a package that failed, which is missing then."""
        answers: list[Job | None] = [None] * len(jobs)
        for package in dict.fromkeys(package for package, _ in jobs):
            mine = [i for i, (whose, _) in enumerate(jobs) if whose == package]
            try:
                told = self._ask(package, f"peer_{package}.py", [jobs[i][1] for i in mine])
            except Missing as reason:
                if package == OURS:
                    raise
                self.missing[package] = str(reason)
                continue
            for i, answer in zip(mine, told, strict=True):
                answers[i] = answer
        return answers

    def _ask(self, package: str, script: str, jobs: list[Job]) -> list[Job]:
        asked, answered = self._folder / "jobs.json", self._folder / "answers.json"
        asked.write_text(json.dumps(jobs))
        environments.run(self._pythons[package], HERE / script, asked, answered)
        told = json.loads(answered.read_text())
        self.versions[package] = told["versions"]
        answers: list[Job] = told["answers"]
        return answers


def machine() -> dict[str, Any]:
    """What this ran on."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="minutes"),
        "cores": os.cpu_count(),
        "processor": names[0] if names else platform.processor(),
        "load": [round(x, 2) for x in os.getloadavg()],
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dir", type=Path, default=Path.home() / ".cache/instore-peers")
    parser.add_argument("--rounds", type=int, default=5, help="how often everybody is timed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data = Path(os.environ.get("INSTORE_TEST_DATA", ROOT.parent / "shared/data")) / "vision"
    options.dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        try:
            bench = Bench(data, options.dir, Path(folder))
            told = {"machine": machine(), "tracks": bench.tracks(), "lines": bench.lines()}
            told["times"] = bench.times(options.rounds)
        except Missing as reason:
            print(reason, file=sys.stderr)
            return 1
    told |= {"versions": bench.versions, "missing": bench.missing}
    print(json.dumps(told, indent=1) if options.json else tables.markdown(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
