"""One row of a survey file to one answer, or to the reason why it does not count."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.intake.columns import Source, When
from hub.intake.mapping import LAGS, Exclude, Mapping, Scale
from hub.intake.masking import mask
from hub.intake.moments import NEVER, Moment, moment
from hub.intake.naming import LONGEST, name_in
from hub.intake.personal import is_address, is_personal
from hub.intake.sheets import Sheet, SurveyError, plain
from hub.intake.steps import step

LONGEST_ID = 200


@dataclass(frozen=True)
class Answer:
    """One answer as it is stored: no personal column, the comment masked."""

    source: str
    id: str
    site: str
    at: datetime | None
    day: date | None
    channel: str
    lag_from_s: int | None
    lag_to_s: int | None
    touchpoint: str | None
    nps: int | None
    csat: int | None
    csat_top: bool | None
    csat_scale: str | None
    ces: int | None
    ces_scale: str | None
    comment: str | None


class Row:
    """Reads one row after the other by the places the mapping's columns have in this sheet.

    `why` is the column, as the mapping writes it, that decides on each reason for which a row does not count.
    """

    def __init__(self, sheet: Sheet, mapping: Mapping) -> None:
        self.unit, self.mapping = sheet.unit, mapping
        self.ids = [sheet.locate("id", column) for column in mapping.ids]
        self.rules = [(sheet.locate(f"exclude[{i}].column", r.column), r) for i, r in enumerate(mapping.exclude)]
        personal = [sheet.locate("personal", column) for column in mapping.personal]
        self.comment = sheet.locate("comment", mapping.comment) if mapping.comment else None
        self.time = sheet.locate("time.column", mapping.time.column) if mapping.time else None
        self.zone = _zone(mapping.time, sheet)
        named = (("site", mapping.site), ("channel", mapping.channel), ("touchpoint", mapping.touchpoint))
        self.names = {key: (_column(sheet, key, source), source) for key, source in named if source}
        scales = (("nps", mapping.nps), ("csat", mapping.csat), ("ces", mapping.ces))
        self.scales = {key: (sheet.locate(f"{key}.column", s.column), s) for key, s in scales if s}
        self.why = {"time_in_clock_gap": mapping.time.column if mapping.time else None}
        self.why |= {"unknown_site": mapping.site.column, "duplicate_id": ", ".join(mapping.ids) or None}
        self.why |= {rule.reason: rule.column for rule in mapping.exclude}
        # A column that is about people is kept out of the comments also where the mapping does not list it.
        used = {self.comment, self.time, *(column for column, _ in (*self.names.values(), *self.scales.values()))}
        named_so = [i for i, names in enumerate(sheet.columns) if i not in used and is_personal(names)]
        self.personal = sorted({*personal, *named_so})

    def answer(self, place: int, cells: Sequence[str]) -> tuple[Answer, str | None] | str:
        """The answer in a row with the doubt about its time, or the reason why it does not count."""
        texts = [plain(cell) for cell in cells]
        for column, rule in self.rules:
            if _hits(rule, texts[column]):
                return rule.reason
        site = self._name("site", texts)
        if site is None:
            return "unknown_site"
        when = self._moment(place, texts)
        if when.doubt == "gap":
            return "time_in_clock_gap"
        scores = {key: self._score(place, texts, column, scale) for key, (column, scale) in self.scales.items()}
        comment = None
        if self.comment is not None:
            kept_out = [*(texts[column] for column in self.personal), *self.mapping.withheld]
            comment = mask(texts[self.comment], kept_out)
        if comment is None and all(score is None for score in scores.values()):
            return "empty"
        return self._built(place, texts, site, when, scores, comment), when.doubt

    def _built(
        self,
        place: int,
        texts: list[str],
        site: str,
        when: Moment,
        scores: dict[str, int | None],
        comment: str | None,
    ) -> Answer:
        channel = self._name("channel", texts)
        if channel not in LAGS:
            raise SurveyError(f"{self.unit} {place}: channel: not one that the mapping knows")
        lag = self.mapping.lag_s or LAGS[channel]
        csat, ces, top = scores.get("csat"), scores.get("ces"), self.mapping.csat
        bare = Answer(
            source=self.mapping.source,
            id="",
            site=site,
            at=when.at,
            day=when.day,
            channel=channel,
            lag_from_s=lag[0] if lag else None,
            lag_to_s=lag[1] if lag else None,
            touchpoint=self._name("touchpoint", texts),
            nps=scores.get("nps"),
            csat=csat,
            csat_top=None if csat is None or not top else csat > top.highest - top.top,
            csat_scale=top.span if top and csat is not None else None,
            ces=ces,
            ces_scale=self.mapping.ces.span if self.mapping.ces and ces is not None else None,
            comment=comment,
        )
        return replace(bare, id=self._id(place, texts) if self.ids else _hash(bare))

    def _id(self, place: int, texts: list[str]) -> str:
        parts = [texts[column] for column in self.ids]
        if not any(parts):
            raise SurveyError(f"{self.unit} {place}: id: empty")
        whole = "|".join(parts)
        if len(whole) > LONGEST_ID:
            raise SurveyError(f"{self.unit} {place}: id: longer than {LONGEST_ID} letters")
        if is_address(whole):
            raise SurveyError(
                f"{self.unit} {place}: id: an address of a person is no id; name another column or none"
            )
        return whole

    def _name(self, key: str, texts: list[str]) -> str | None:
        if key not in self.names:
            return None
        column, source = self.names[key]
        if column is None:
            return source.constant
        return name_in(source, texts[column])

    def _moment(self, place: int, texts: list[str]) -> Moment:
        if self.time is None or self.mapping.time is None:
            return NEVER
        try:
            found = moment(texts[self.time], self.mapping.time, self.zone)
        except ValueError:
            raise SurveyError("time.zone: needed, the file's times have no offset") from None
        if found is None:
            column = self.mapping.time.column
            raise SurveyError(f"{self.unit} {place}, column '{column}': no time in the mapping's format")
        return found

    def _score(self, place: int, texts: list[str], column: int, scale: Scale) -> int | None:
        text = texts[column]
        if not text or text.casefold() in map(str.casefold, scale.missing):
            return None
        number = _number(text, scale)
        if number is None or not scale.lowest <= number <= scale.highest:
            raise SurveyError(
                f"{self.unit} {place}, column '{scale.column}': not on the scale {scale.span} (columns shifted?)"
            )
        return scale.lowest + scale.highest - number if scale.reversed else number


def _zone(when: When | None, sheet: Sheet) -> ZoneInfo | None:
    name = sheet.zone if when and when.zone == "file" else when.zone if when else None
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        raise SurveyError("time.zone: the file names a zone that does not exist") from None


def _column(sheet: Sheet, key: str, source: Source) -> int | None:
    return None if source.column is None else sheet.locate(f"{key}.column", source.column)


def _hits(rule: Exclude, text: str) -> bool:
    low = text.casefold()
    if rule.unless and low not in {value.casefold() for value in rule.unless}:
        return True
    if low in {value.strip().casefold() for value in rule.values} or (rule.empty and not low):
        return True
    return any(low.startswith(start.casefold()) for start in rule.starts)


def _number(text: str, scale: Scale) -> int | None:
    if text in scale.labels:
        return scale.labels[text]
    if scale.pattern:
        found = re.search(scale.pattern, text[:LONGEST])
        text = found[1] or "" if found else ""
    return step(text, scale.highest)


def _hash(answer: Answer) -> str:
    """An id from what is stored of the answer, and from nothing that is not: a hash is no hiding place."""
    text = "\x1f".join("" if value is None else str(value) for value in vars(answer).values())
    return "c-" + hashlib.sha256(text.encode()).hexdigest()[:24]
