"""Survey files of JSON: arrays of records, one record a line, and the bodies of vendors' webhooks and interfaces."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hub.intake.sheets import Sheet, SurveyError, records

DEEPEST = 8
_BOOK = "survey_details"
_USUAL = ("data", "items", "results", "responses", "records", "feedbacks")
_MOST_PARTS = 20


def read(text: str, reader: str | None) -> Sheet:
    """The sheet in a JSON text: nested fields get dotted names, absent and null ones are empty.

    An array, an object holding one array of records, or one object a line. Webhook bodies and vendors' pages of
    questions are recognised and laid out by question.
    """
    unit, items, book = _items(text)
    kind = _kind(unit, items)
    if reader not in (None, kind) and not (reader in {"json", "ndjson"} and kind not in {"json", "ndjson"}):
        raise SurveyError(f"{unit} {items[0][0] if items else 1}: this is not the shape of {reader}")
    kind = reader or kind
    try:
        details = Details(book)
        lay = {"typeform_webhook": _form_response, "surveymonkey_api": details.pages}.get(kind)
        laid = [(at, dict(lay(item)) if lay else _flat(item)) for at, item in items]
        return records(kind, unit, laid, details.titles)
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise SurveyError(f"the records are not of the shape of {kind}") from None


def with_details(data: bytes, details: bytes) -> bytes:
    """The bytes of a file of answers and of the survey's own description as one file, which `read` takes.

    The description is SurveyMonkey's `surveys/ID/details`; with it a choice reads as its text and a question answers
    to its heading. SurveyError where one of the two is no JSON.
    """
    try:
        book, answers = msgspec.json.decode(details), msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise SurveyError("with a description, both files must be JSON (half a file?)") from None
    rows = answers.get("data") if isinstance(answers, dict) else answers
    return msgspec.json.encode({_BOOK: book, "data": rows if isinstance(rows, list) else [answers]})


def _items(text: str) -> tuple[str, list[tuple[int, Any]], Any]:
    stripped = text.strip()
    try:
        whole = msgspec.json.decode(stripped)
    except (msgspec.DecodeError, RecursionError):
        if stripped.startswith("["):
            raise SurveyError("the JSON array is broken or never ends (half a file?)") from None
        return "line", list(_lines(text)), None
    book = whole.get(_BOOK) if isinstance(whole, dict) else None
    if isinstance(whole, dict):
        found = None if "form_response" in whole else _pages_list(whole)
        if found is None:
            return "line", [(1, whole)], book
        whole = found
    if not isinstance(whole, list) or not all(isinstance(item, dict) for item in whole):
        raise SurveyError("record 1: not a list of records")
    return "record", list(enumerate(whole, start=1)), book


def _pages_list(whole: dict[str, Any]) -> list[Any] | None:
    """The one list of records in an object, or of several the one under a usual name."""
    lists = {
        key: part for key, part in whole.items() if isinstance(part, list) and part and isinstance(part[0], dict)
    }
    if len(lists) == 1:
        return next(iter(lists.values()))
    return next((lists[key] for key in _USUAL if key in lists), None)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            raise SurveyError(f"line {number}: not a JSON object (half a file?)") from None
        if not isinstance(item, dict):
            raise SurveyError(f"line {number}: not a JSON object")
        yield number, item


def _kind(unit: str, items: list[tuple[int, Any]]) -> str:
    first = items[0][1] if items else {}
    if "form_response" in first or _is_form(first):
        return "typeform_webhook"
    if isinstance(first.get("pages"), list):
        return "surveymonkey_api"
    return "ndjson" if unit == "line" else "json"


def _is_form(item: Any) -> bool:
    """Whether a record is what stands in the form_response of a webhook, as Typeform's own interface gives it."""
    answers = item.get("answers")
    return "token" in item and isinstance(answers, list) and all("field" in a for a in answers if isinstance(a, dict))


def _flat(item: Any, prefix: str = "", depth: int = 0) -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in item.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < DEEPEST:
            out |= _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, list) and depth < DEEPEST and any(isinstance(part, dict) for part in value):
            parts = {f"{i}": part for i, part in enumerate(value[:_MOST_PARTS])}
            out |= _flat(parts, f"{name}.", depth + 1)
        elif key == "payload" and isinstance(value, str) and (inner := _object(value)) is not None:
            out |= _flat(inner, f"{name}.", depth + 1)  # a broker's log writes a message as text
        elif isinstance(value, list):
            out[name] = "; ".join(_written(part) for part in value if not isinstance(part, dict | list))
        else:
            out[name] = _written(value)
    return out


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _written(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _form_response(item: Any) -> Iterator[tuple[str, str]]:
    """Token, times and hidden fields under their names, answers under their question's ref.

    An answer that carries only the question's id finds the ref through the form's definition; failing that, its id.
    """
    form = item.get("form_response", item)
    refs = {field["id"]: field.get("ref") for field in form.get("definition", {}).get("fields", [])}
    yield from ((name, _written(form.get(name))) for name in ("token", "landed_at", "submitted_at"))
    for name, value in (form.get("hidden") or {}).items():
        yield f"hidden.{name}", _written(value)
    for answer in form.get("answers") or []:
        field = answer["field"]
        yield field.get("ref") or refs.get(field.get("id")) or field["id"], _answered(answer)


def _answered(answer: Any) -> str:
    value = answer.get(answer.get("type"))
    if isinstance(value, dict):
        value = value.get("label") or value.get("other") or value.get("labels")
    return "; ".join(map(_written, value)) if isinstance(value, list) else _written(value)


class Details:
    """What a survey's own description says of its questions: `titles` by column, and the text of each choice.

    Without a description a choice is told by its id, and a question by its id alone.
    """

    def __init__(self, book: Any) -> None:
        self.titles: dict[str, str] = {}
        self._choices: dict[str, str] = {}
        self._rows: dict[str, int] = {}
        for question in _questions(book or {}):
            name, asked = str(question["id"]), question.get("answers") or {}
            heading = " ".join(_written(part.get("heading")) for part in question.get("headings") or [])
            rows = asked.get("rows") or []
            self._rows[name] = len(rows)
            self.titles[name] = heading or name
            self.titles |= {f"{name}.{row['id']}": f"{heading} | {_written(row.get('text'))}" for row in rows}
            self._choices |= {str(c["id"]): _written(c.get("text")) for c in asked.get("choices") or []}

    def pages(self, item: Any) -> Iterator[tuple[str, str]]:
        """The response's own fields under their names, answers under their question's id: a text, or the choice.

        A question of several rows has a column for each, `question.row`.
        """
        yield from _flat({key: value for key, value in item.items() if key != "pages"}).items()
        for question in _questions(item):
            told: dict[str, list[str]] = {}
            for part in question.get("answers") or []:
                name = str(question["id"])
                if self._rows.get(name, 0) > 1 and "row_id" in part:
                    name = f"{name}.{part['row_id']}"
                choice = _written(part.get("choice_id"))
                told.setdefault(name, []).append(_written(part.get("text")) or self._choices.get(choice) or choice)
            yield from ((name, "; ".join(filter(None, texts))) for name, texts in told.items())


def _questions(item: Any) -> Iterator[Any]:
    for page in item.get("pages") or []:
        yield from page.get("questions") or []
