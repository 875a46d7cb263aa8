"""Planted faults found and false episodes a sensor and week, on real street counts with 30 labelled faults.

    python tests/benchmarks/bench_anomalies.py [--data ../shared/data/footfall]

A fault counts as found when an episode begins before 6 h after its end and ends after its start. Every other
episode is false, though real events (weather, festivals, holidays moved) are among them: nobody listed those.
"""

import argparse
import json
from collections import Counter
from datetime import datetime, time
from pathlib import Path

from bench_forecast import public, series

from hub.insight.anomalies import Episode, episodes
from hub.insight.forecast import History

FOUND_WITHIN_H = 6


def planted(listed: list[dict[str, object]], sensor: str, known: History) -> list[tuple[str, int, int]]:
    """Kind, first hour and end of each fault of the sensor, in hours from the history's first midnight."""
    midnight = datetime.combine(known.first, time())
    found = []
    for fault in listed:
        if fault["sensor"] == sensor:
            start = int((datetime.fromisoformat(str(fault["start_local"])) - midnight).total_seconds() / 3600)
            found.append((str(fault["kind"]), start, start + int(str(fault["hours"]))))
    return found


def judged(said: list[Episode], faults: list[tuple[str, int, int]]) -> tuple[Counter[str], int]:
    """Faults found by kind, and episodes that meet no fault."""
    found: Counter[str] = Counter()
    met = set()
    for kind, start, end in faults:
        near = {e for e in said if e.start < end + FOUND_WITHIN_H and e.end > start}
        found[kind] += bool(near)
        met |= near
    return found, len(said) - len(met)


def main() -> None:
    """Print what was found by kind and the false episodes, with and without planted faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parents[2].parent / "shared/data/footfall"
    parser.add_argument("--data", type=Path, default=default)
    data = parser.parse_args().data
    listed = json.loads((data / "auckland_2023_faults.json").read_text(encoding="utf-8"))
    found, total, false, weeks, strange, hours = Counter[str](), Counter[str](), 0, 0.0, 0, 0
    for sensor, known in series(data / "auckland_2023_with_faults.csv").items():
        faults, said = planted(listed, sensor, known), episodes(known, public("NZ", "AUK"))
        right, wrong = judged(said, faults)
        found, total, false = found + right, total + Counter(f[0] for f in faults), false + wrong
        weeks += len(known.counts) / 7
        strange, hours = strange + sum(e.end - e.start for e in said), hours + known.counts.size
    for kind in total:
        print(f"{kind:14s} {found[kind]} of {total[kind]}")
    print(f"found {found.total()} of {total.total()}; {false / weeks:.2f} false episodes a sensor-week")
    print(f"hours inside of episodes: {strange / hours:.1%}")
    for file, place in (("auckland_hourly_2022_2023", ("NZ", "AUK")), ("melbourne_hourly_2016_2017", ("AU", "VIC"))):
        for sensor, known in series(data / f"{file}.csv").items():
            said = episodes(known, public(*place))
            print(f"{sensor:26s} nothing planted: {len(said) / (len(known.counts) / 7):.2f} a week")


if __name__ == "__main__":
    main()
