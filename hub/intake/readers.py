"""Survey files of every dialect: bytes to one table of texts."""

from hub.intake import delimited, dialects, nested, workbook
from hub.intake.sheets import Sheet, SurveyError

LARGEST = 64_000_000
_JSON = {"json", "ndjson", "typeform_webhook", "surveymonkey_api"}


def read(data: bytes, reader: str | None = None, encoding: str | None = None) -> Sheet:
    """The table in a survey file. The dialect is found by the content; one that is named must fit.

    SurveyError names the line (or record, or row) at fault; nothing is returned of a file that is broken anywhere.
    """
    if len(data) > LARGEST:
        raise SurveyError(f"the file is larger than {LARGEST // 1_000_000} MB")
    if not data.strip():
        raise SurveyError("the file is empty")
    if data.startswith(b"PK\x03\x04"):
        if reader not in (None, "xlsx", *dialects.VENDORS):
            raise SurveyError(f"this is a workbook, not {reader}")
        return workbook.read(data, reader)
    if reader == "xlsx":
        raise SurveyError("this is not a workbook")
    text = delimited.text_of(data, encoding)
    if reader in _JSON or (reader is None and text.lstrip()[:1] in {"{", "["}):
        return nested.read(text, reader)
    return delimited.read(text, reader)
