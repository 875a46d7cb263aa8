"""The brief as an e-mail to hand to any mailer: plain text, and the same as HTML with its drawing beside it."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from dashboard.brief import sheet
from dashboard.brief.paper import Paper
from dashboard.words import Words

DRAWING = "visitors"


def mail(paper: Paper, image: bytes | None, at: float, words: Words) -> bytes:
    """A message without sender and receiver, which the mailer adds; `image` is the chart as PNG.

    Mail programs show no drawing that stands in the text itself, so it goes along as a part of its own.
    """
    message = EmailMessage(policy=SMTP)
    # A line break in a store's name must not begin another header.
    message["Subject"] = " ".join(f"{paper.store}: {paper.title}".split())
    message["Date"] = formatdate(at)
    message.set_content(sheet.text(paper, words))
    shown = f'<img src="cid:{DRAWING}" alt="">' if image else ""
    message.add_alternative(sheet.html(paper, shown, words), subtype="html")
    if image:
        html = message.get_body(("html",))
        assert html is not None
        html.add_related(image, "image", "png", cid=f"<{DRAWING}>")
    return message.as_bytes()
