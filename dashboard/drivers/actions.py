"""Documents of kind action -> the list of what somebody does about a finding, and a changed one to write."""

import json
from datetime import date
from typing import Any, NamedTuple

from dashboard.times import MISSING
from dashboard.upkeep import Cell
from dashboard.words import Words

_Rows = list[dict[str, Any]]
STATES = ("open", "doing", "done", "dropped")
ACTION_COLUMNS = ("what", "why", "owner", "due", "state", "verdict")
_TONES = {"open": "watch", "doing": "watch", "done": "good", "dropped": "grey"}
_MOST = 100


class Action(NamedTuple):
    """An action as it stands: the id and version of its document, and what it says."""

    id: str
    version: int
    body: dict[str, Any]

    @property
    def due(self) -> str:
        """Until when, as text that sorts; empty where nobody said."""
        return str(self.body.get("due") or "")


def actions(rows: _Rows) -> list[Action]:
    """The actions: open ones first, then by their date, those without one last."""
    found = [Action(row["id"], row["version"], body) for row in rows if (body := _body(row["body"]))]
    return sorted(found, key=lambda one: (_state(one) not in ("open", "doing"), one.due or "9999", one.id))[:_MOST]


def _body(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _state(action: Action) -> str:
    return str(action.body.get("state", "open"))


def action_lines(found: list[Action], today: date, words: Words) -> list[list[Cell]]:
    """A line an action; one that is past its date and not done says so."""
    return [
        [
            str(one.body.get("what", "")),
            str(one.body.get("why") or MISSING),
            str(one.body.get("owner") or MISSING),
            _due(one, today, words),
            (_TONES.get(_state(one), "grey"), words.named("drivers.state", _state(one))),
            str(one.body.get("verdict") or MISSING),
        ]
        for one in found
    ]


def _due(action: Action, today: date, words: Words) -> Cell:
    late = action.due and action.due < today.isoformat() and _state(action) in ("open", "doing")
    return ("act", words("drivers.late", day=action.due)) if late else action.due or MISSING


def written(
    what: str, why: str, owner: str, due: date | None, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The body of an action with these texts; what an older version says besides is kept."""
    body = dict(before or {"state": "open"})
    return (
        body
        | {"what": what.strip(), "why": why.strip(), "owner": owner.strip()}
        | {"due": due.isoformat() if due else None}
    )


def day_of(text: object) -> date | None:
    """A date of a document; None where there is none or it cannot be read."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
