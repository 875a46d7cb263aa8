"""The sign for the door: what is measured here, in words for everybody, in English and German."""

from typing import NamedTuple

from edge.plan import Plan
from edge.values import K


class Sign(NamedTuple):
    """A sign in one language; the last lines are for the shop to fill in."""

    language: str
    title: str
    sentences: tuple[str, ...]
    blanks: tuple[str, ...]


def signs(plan: Plan) -> tuple[Sign, Sign]:
    """The sign of this device in English and German: it names cameras and tags only where there are some."""
    kinds = {sensor.kind for sensor in plan.sensors}
    there = (
        "camera" in kinds,
        bool(kinds & {"scanner", "gateway"}),
        True,
        plan.level != "dp",
        plan.level == "dp",
        True,
    )
    english, german = (
        tuple(sentence for sentence, is_true in zip(sentences, there, strict=True) if is_true)
        for sentences in (_ENGLISH, _GERMAN)
    )
    return (
        Sign("en", "People are counted here. Nobody is recognised.", english, _BLANKS_EN),
        Sign("de", "Hier wird gezählt. Niemand wird erkannt.", german, _BLANKS_DE),
    )


def as_text(sign: Sign) -> str:
    """The sign as lines of text."""
    lines = (*sign.sentences, "", *(f"{blank}: ____________________" for blank in sign.blanks))
    return "\n".join((sign.title, "", *lines)) + "\n"


# About cameras, tags, numbers, stays, noise, and how long it is all kept.
_ENGLISH = (
    "Cameras show a small computer in this shop where people stand and walk. It counts them at once; no picture is"
    " stored, none leaves it. No faces, no age, no gender, no feelings, no recognising you when you come back.",
    "Radio tags on trolleys and baskets, staff badges and tags you have agreed to carry tell in which area they are."
    " Your phone is not counted.",
    "What we keep are numbers: how many came in, how full it was, how long the queue was.",
    f"How long people stayed we only learn for {K} or more together.",
    "Every number is blurred by chance, so that it does not show whether you were here.",
    "The numbers are kept for 25 months at most.",
)
_GERMAN = (
    "Kameras zeigen einem kleinen Rechner in diesem Geschäft, wo Menschen stehen und gehen. Er zählt sie sofort; kein"
    " Bild wird gespeichert, keines verlässt ihn. Keine Gesichter, kein Alter, kein Geschlecht, keine Gefühle, kein"
    " Wiedererkennen.",
    "Funkmarken an Wagen und Körben, an Ausweisen des Personals und solche, die Sie mit Ihrer Zustimmung tragen,"
    " verraten, in welchem Bereich sie sind. Ihr Telefon wird nicht gezählt.",
    "Was wir behalten, sind Zahlen: wie viele hereinkamen, wie voll es war, wie lang die Schlange war.",
    f"Wie lange Menschen blieben, erfahren wir nur für {K} oder mehr zusammen.",
    "Jede Zahl wird zufällig verwischt, so dass sie nicht zeigt, ob Sie hier waren.",
    "Die Zahlen werden höchstens 25 Monate aufbewahrt.",
)
_BLANKS_EN = ("Who is responsible", "Questions and objections", "Data protection officer")
_BLANKS_DE = ("Verantwortlich", "Fragen und Widerspruch", "Datenschutzbeauftragte(r)")
