"""How far off a week's forecast is, beside "as last week", on five streets; and how many hours its band holds.

    python tests/benchmarks/bench_forecast.py [--data ../shared/data/footfall] [--origins 20]

MASE: mean absolute error over the mean difference between an hour and the same hour a week before, so far.
"""

import argparse
import csv
from datetime import date, datetime
from pathlib import Path

import holidays
import numpy as np

from hub.insight.forecast import History, forecast

PLACES = {"auckland_hourly_2022_2023.csv": ("NZ", "AUK"), "melbourne_hourly_2016_2017.csv": ("AU", "VIC")}
FIRST_ORIGIN = 120


def series(path: Path) -> dict[str, History]:
    """The counts of each sensor of a file by local day and hour."""
    found: dict[str, dict[datetime, float]] = {}
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            value = float(row["count"]) if row["count"] else float("nan")
            found.setdefault(row["sensor"], {})[datetime.fromisoformat(row["local"])] = value
    return {sensor: history(hours) for sensor, hours in found.items()}


def history(hours: dict[datetime, float]) -> History:
    """Hours as a table of days; what is absent is nan."""
    first = min(hours).date()
    counts = np.full(((max(hours).date() - first).days + 1, 24), np.nan)
    for at, value in hours.items():
        counts[(at.date() - first).days, at.hour] = value
    return History(first, counts)


def public(country: str, subdivision: str) -> frozenset[date]:
    """The public holidays of ten years."""
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=range(2015, 2025)))


def judged(known: History, days_off: frozenset[date], origins: int) -> tuple[list[float], list[float], int, int]:
    """MASE of the forecast and of last week again at each origin; hours inside the band, hours judged."""
    ours, naive, inside, judged_hours = [], [], 0, 0
    counts = known.counts
    for at in np.linspace(FIRST_ORIGIN, len(counts) - 8, origins).astype(int):
        said = forecast(History(known.first, counts[:at]), days_off)
        assert said is not None
        seen, before = counts[at : at + 7], counts[at - 7 : at]
        usual_change = np.nanmean(np.abs(counts[7:at] - counts[: at - 7]))
        both = np.isfinite(seen) & np.isfinite(said.middle) & np.isfinite(before)
        if both.any():
            ours.append(float(np.abs(seen - said.middle)[both].mean() / usual_change))
            naive.append(float(np.abs(seen - before)[both].mean() / usual_change))
        banded = np.isfinite(seen) & np.isfinite(said.low)
        inside += int(((seen >= said.low) & (seen <= said.high))[banded].sum())
        judged_hours += int(banded.sum())
    return ours, naive, inside, judged_hours


def main() -> None:
    """Print a line a sensor and one over all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parents[2].parent / "shared/data/footfall"
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--origins", type=int, default=20)
    args = parser.parse_args()
    every: list[tuple[list[float], list[float], int, int]] = []
    print(f"{'sensor':26s} MASE  last week  ratio  in the 80 % band")
    for file, place in PLACES.items():
        for sensor, known in series(args.data / file).items():
            found = judged(known, public(*place), args.origins)
            every.append(found)
            print(line(sensor, [found]))
    print(line("all", every))


def line(name: str, found: list[tuple[list[float], list[float], int, int]]) -> str:
    """A line of the table over these sensors."""
    ours, naive = (np.median(np.concatenate([f[i] for f in found])) for i in (0, 1))
    share = sum(f[2] for f in found) / sum(f[3] for f in found)
    return f"{name:26s} {ours:.3f} {naive:.3f}      {ours / naive:.2f}   {share:.1%}"


if __name__ == "__main__":
    main()
