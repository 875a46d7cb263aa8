"""The figures of a run as markdown."""

import statistics
from collections.abc import Iterable
from typing import Any

OURS = "instore"
KINDS = ("HOTA", "MOTA", "IDF1")
SETTINGS = (
    "supervision: all defaults (activation 0.25, match 0.8, 30 frames kept)",
    "trackers: all defaults (ByteTrack and BoT-SORT start tracks at 0.7, OC-SORT at 0.6, SORT at 0.25), BoT-SORT"
    " without camera motion compensation",
    "norfair: distance IoU, at most 0.7, boxes from 0.25 as in its own YOLO demo, all else defaults",
    "mesopic: thresholds of its settings file (boxes from 0.35, tracks from 0.5), its records read for the boxes",
    "instore: no settings",
)
Told = dict[str, Any]


def label(package: str, tracker: str) -> str:
    """How a tracker is named in the tables."""
    return package if tracker == package else f"{package} {tracker}"


def markdown(told: Told) -> str:
    """All tables; ratios are given against this checkout in the same run."""
    machine = told["machine"]
    load = " ".join(map(str, machine["load"]))
    parts = [
        f"Measured {machine['date']}, {machine['cores']} cores {machine['processor']}, load {load}.",
        _list([*_versions(told["versions"]), *SETTINGS, *_left_out(told["missing"])]),
        "HOTA / MOTA / IDF1 by TrackEval, same boxes:",
        _tracks(told["tracks"]),
        "Milliseconds a look, one thread, and how many times ours:",
        _times(told["times"]),
        "Line crossings on pets_a, by our counter or the package's own: F1, gross error (events found)",
        _lines(told["lines"]),
    ]
    return "\n\n".join(parts)


def _versions(versions: dict[str, dict[str, str]]) -> Iterable[str]:
    for package, told in versions.items():
        yield ", ".join([f"{package} {told[package]}", *(f"{k} {v}" for k, v in told.items() if k != package)])


def _left_out(missing: dict[str, str]) -> Iterable[str]:
    return [f"{name} is left out: {reason}" for name, reason in missing.items()]


def _tracks(scores: dict[str, dict[str, dict[str, float]]]) -> str:
    names = list(scores[OURS])
    means = {who: [statistics.fmean(one[k] for one in mine.values()) for k in KINDS] for who, mine in scores.items()}
    head = ["tracker", *names, "mean", "HOTA : ours", "IDF1 : ours"]
    rows = [
        [
            who,
            *(_three(list(mine[name].values())) for name in names),
            _three(means[who]),
            f"{means[who][0] / means[OURS][0]:.2f}",
            f"{means[who][2] / means[OURS][2]:.2f}",
        ]
        for who, mine in sorted(scores.items(), key=lambda one: -means[one[0]][0])
    ]
    return _table(head, rows)


def _three(values: list[float]) -> str:
    return "/".join(f"{value:.1f}" for value in values)


def _times(times: dict[str, dict[int, list[Told]]]) -> str:
    sizes = list(times[OURS])
    head = ["tracker", *(f"{n} people" for n in sizes), f"followed of {sizes[-1]}"]
    rows = []
    for who, told in times.items():
        spent = {n: [one["ms"] for one in told[n]] for n in sizes}
        ours = {n: [one["ms"] for one in times[OURS][n]] for n in sizes}
        ratios = {n: statistics.median(a / b for a, b in zip(spent[n], ours[n], strict=True)) for n in sizes}
        cells = [f"{statistics.median(spent[n]):.2f} ms ({ratios[n]:.1f}x)" for n in sizes]
        rows.append([who, *cells, f"{told[sizes[-1]][-1]['followed']:.1f}"])
    return _table(head, rows)


def _lines(rows: list[Told]) -> str:
    rates = list(dict.fromkeys(row["rate"] for row in rows))
    cells = {(r["tracker"], r["counter"], r["rate"]): r for r in rows}
    whole = {key[:2] for key in cells if all((*key[:2], rate) in cells for rate in rates)}
    pairs = sorted(whole, key=lambda pair: -cells[*pair, rates[0]]["f1"])
    told = [[*pair, *(_found(cells[*pair, rate]) for rate in rates)] for pair in pairs]
    return _table(["tracks of", "counter", *(f"{rate:g} fps" for rate in rates)], told)


def _found(row: Told) -> str:
    return f"{row['f1']:.3f}, {100 * row['gross']:.1f} % ({row['measured']})"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
