"""The report on an imported survey: what counted, what did not and why, and the scores with their intervals."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import combinations
from statistics import StatisticsError, correlation
from typing import Any

import pyarrow as pa

from hub.insight.scores import mean, nps, share, state
from hub.intake.mapping import Scale

_SCORES = ("nps", "csat", "ces")
# Scores of one visit go together. From 30 answers on an r below -0.36 is no chance (p < 0.05).
_ENOUGH, _BACKWARDS = 30, -0.36
_PREVIEW = 20


def summary(answers: pa.Table, *scales: Scale | None) -> dict[str, Any]:
    """First and last answer in UTC and each score of the mapping, over all answers and by site.

    `nps`: n, promoters, passives, detractors, nps, se, wald95, adj_wald_estimate, adj_wald95. `csat` and `ces`: n,
    distribution, mean (mean, sd, t95) and top_box (share, top, wilson95). Each with its `state`.
    """
    columns = answers.select(["site", "at", *_SCORES]).to_pydict()
    times = sorted(at for at in columns["at"] if at is not None)
    used = {key: scale for key, scale in zip(_SCORES, scales, strict=True) if scale}
    sites = columns["site"]
    found: dict[str, Any] = {
        "first_response_utc": f"{times[0]:%Y-%m-%dT%H:%M:%SZ}" if times else None,
        "last_response_utc": f"{times[-1]:%Y-%m-%dT%H:%M:%SZ}" if times else None,
        "without_time": len(sites) - len(times),
        "scores": {key: _score(key, columns[key], scale) for key, scale in used.items()},
        "by_site": {
            site: {
                key: _score(key, [v for v, s in zip(columns[key], sites, strict=True) if s == site], scale)
                for key, scale in used.items()
            }
            for site in sorted(set(sites))
        },
        "warnings": list(_against(columns)),
    }
    return found | _flat(found["scores"], found["by_site"], used)


def _flat(scores: dict[str, Any], by_site: dict[str, Any], used: dict[str, Scale]) -> dict[str, Any]:
    """The same scores under names that say the scale, such as csat_top2_of_5, ces_1to7 and nps_by_store."""
    named: dict[str, Any] = {}
    for key, scale in used.items():
        if key == "nps":
            named |= {"nps": scores["nps"], "nps_by_store": {site: told["nps"] for site, told in by_site.items()}}
            continue
        named[f"{key}_top{scale.top}_of_{scale.scale}"] = scores[key]["top_box"]
        named[f"{key}_{scale.lowest}to{scale.highest}"] = scores[key]["mean"]
    if list(used) == ["csat"]:
        # A file of buttons: there is one score, and it goes without its name.
        scale = used["csat"]
        named[f"top{scale.top}_of_{scale.scale}"] = scores["csat"]["top_box"]
        named["button_counts"] = scores["csat"]["distribution"]
        named["by_store"] = {site: told["csat"]["n"] for site, told in by_site.items()}
    return named


def _against(columns: dict[str, list[Any]]) -> Iterator[str]:
    """A warning for each two scores of which one is high where the other is low: a scale may run backwards."""
    for one, other in combinations(_SCORES, 2):
        pairs = [(a, b) for a, b in zip(columns[one], columns[other], strict=True) if a is not None and b is not None]
        if len(pairs) >= _ENOUGH:
            with suppress(StatisticsError):  # all alike: nothing to compare
                r = correlation(*zip(*pairs, strict=True))
                if r < _BACKWARDS:
                    yield f"{one} and {other} run against each other (r = {r:.2f}): is one of the scales reversed?"


def _score(key: str, values: list[int | None], scale: Scale) -> dict[str, Any]:
    counts = Counter(value for value in values if value is not None)
    n = sum(counts.values())
    steps = range(scale.lowest, scale.highest + 1)
    common = {"state": state(n), "n": n, "distribution": {str(step): counts[step] for step in steps}}
    if key == "nps":
        return common | nps(counts)
    top = sum(count for value, count in counts.items() if value > scale.highest - scale.top)
    return common | {"mean": mean(counts), "top_box": share(top, n)}


def report_text(report: dict[str, Any]) -> str:
    """The report as lines for a person: rows, reasons, times and each score with its interval, in all and by site.

    With `stored` (what hub.storage.answers.add said) also how many of the answers were new.
    """
    lines = [
        f"{report['file']}: {report['rows_in_file']} rows, {report['rows_scored']} scored "
        f"({report['source']}, read as {report['reader']})"
    ]
    lines += [
        f"  excluded {count:6d}  {reason}{_where(report, reason)}" for reason, count in report["excluded"].items()
    ]
    if report["first_response_utc"]:
        lines.append(f"  answers from {report['first_response_utc']} to {report['last_response_utc']}")
    if report["without_time"]:
        lines.append(f"  {report['without_time']} without a time that can be trusted")
    lines += [f"  look again: {warning}" for warning in report["warnings"]]
    lines += stored_line(report)
    for site, scores in [("all", report["scores"]), *report["by_site"].items()]:
        lines += [f"  {site:12s} {key:4s} {_line(score)}" for key, score in scores.items()]
    return "\n".join(lines)


def stored_line(report: Mapping[str, Any]) -> list[str]:
    """What was stored of a file, or would have been, as a line; none where nobody tried."""
    told = {"stored": "stored", "would_store": "would be stored"}
    return [
        f"  {words}: " + ", ".join(f"{count} {what}" for what, count in report[key].items())
        for key, words in told.items()
        if key in report
    ]


def first(rows: pa.Table) -> list[dict[str, Any]]:
    """The first 20 rows with their times as text, without what is empty."""
    return [
        {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in row.items()
            if value is not None
        }
        for row in rows[:_PREVIEW].to_pylist()
    ]


def _where(report: Mapping[str, Any], reason: str) -> str:
    """The column that decided and the first rows, as the end of a line."""
    column = report["excluded_by"].get(reason)
    found = [f"column '{column}'"] if column else []
    for unit, rows in report["excluded_at"].get(reason, {}).items():
        more = ", ..." if report["excluded"][reason] > len(rows) else ""
        found.append(f"{unit} {', '.join(map(str, rows))}{more}")
    return f" ({'; '.join(found)})" if found else ""


def _line(score: dict[str, Any]) -> str:
    n = f"n = {score['n']}"
    if score["state"] == "withheld":
        return f"{n}: too few to say"
    few = ", few" if score["state"] == "few" else ""
    if "nps" in score:
        low, high = score["adj_wald95"]
        return f"{score['nps']:+.0f} ({low:+.0f} to {high:+.0f}, {n}{few})"
    low, high = score["top_box"]["wilson95"]
    top = f"{score['top_box']['share']:.0%} at the top ({low:.0%} to {high:.0%})"
    return f"{top}, mean {score['mean']['mean']:.2f} ({n}{few})"
