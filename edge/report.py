"""The figures of a measured recording as a table to read."""

from typing import Any


def report(measured: dict[str, Any]) -> str:
    """The figures of `measure` as a table to read."""
    rows = [f"{'scene':24}{measured['scene']}"]
    keys = ("detector", "frames", "seconds", "frames_per_s", "hota", "deta", "assa", "idf1", "groups", "with_staff")
    rows += [f"{key:24}{_text(measured[key])}" for key in keys if key in measured]
    groups = {"lines": measured.get("lines")}
    groups |= {f"zone {name}": zone for name, zone in measured.get("zones", {}).items()}
    groups |= {f"queue {name}": queue for name, queue in measured.get("queues", {}).items()}
    for title, figures in groups.items():
        if figures:
            rows += ["", title]
            rows += [f"  {key:26}{_text(value)}" for key, value in figures.items() if key != "counts"]
            rows += [f"  {key:26}{a} true, {b} measured" for key, (a, b) in figures.get("counts", {}).items()]
    return "\n".join(rows) + "\n"


def _text(value: Any) -> str:
    return (
        "-" if value is None else f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    )
