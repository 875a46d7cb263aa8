"""HTML -> PDF with WeasyPrint; loaded by name once somebody wants a PDF, since it takes a second and needs Pango."""

from typing import NoReturn

from weasyprint import HTML


def pdf(document: str) -> bytes:
    """The document as PDF, tagged for screen readers; nothing is fetched for it."""
    made = HTML(string=document, url_fetcher=_nothing).write_pdf(pdf_variant="pdf/ua-1")
    return bytes(made or b"")


def _nothing(url: str, *_: object, **__: object) -> NoReturn:
    raise ValueError("a report fetches nothing")
