"""Which columns of a survey file are about a person, by their headers; and texts that are an address of one."""

import re
from collections.abc import Iterable

_WORDS = (
    r"e-?mail(?:[ _]?address)?|phone(?:[ _]?number)?|telephone|mobile|surname|"
    r"(?:first|last|full|middle|family|customer|recipient|respondent|contact|user|your)[ _]?name|"
    r"recipient(?:first|last)name|recipientemail|externalreference|external[ _]data[ _]reference|"
    r"ip[ _-]?addr(?:ess)?|location(?:latitude|longitude)|latitude|longitude|network id|device id|"
    r"date of birth|birthday|postcode|zip code|street|address|"
    r"vorname|nachname|telefon|telefonnummer|handy|adresse|anschrift|geburtsdatum|postleitzahl|"
    r"prénom|nom de famille|téléphone|correo|apellidos?|teléfono|cognome|indirizzo|telefono|naam|achternaam|telefoon"
)
_HEADER = re.compile(rf"(?:^|.*[^\w])(?:{_WORDS})(?:[^\w].*)?|name|ip|nom|nombre|nome", re.DOTALL)
_LONGEST_HEADER = 40  # a longer one is a question that only mentions such a word
_ADDRESS = re.compile(
    r"[^\s@]@[^\s@]+\.|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}"
)


def is_personal(names: Iterable[str]) -> bool:
    """Whether one of a column's names (in lower case) says that it holds names, addresses, numbers or places of
    people: e-mail, telephone, network address, given and family name, street, coordinates; in some languages.
    """
    return any(len(name) <= _LONGEST_HEADER and _HEADER.fullmatch(name) for name in names)


def is_address(text: str) -> bool:
    """Whether a text holds an e-mail, network or hardware address."""
    return bool(_ADDRESS.search(text.lower()))
