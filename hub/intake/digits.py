"""Long numbers in what people write: which are an account, a card or a telephone, and which are only a date."""

import re

_MANY = 6  # the shortest telephone numbers and receipt numbers; sums as long are rare in a comment
# A run of digits with what people put between them; and the same with anything between, which only a card number
# proves to be one number.
_RUN = re.compile(r"(?<!\w)[+(]{0,2}\d(?:[\s().:/–-]{0,3}\d){5,}")
_GLUED = re.compile(r"\d(?:[^\w\s]?\d){5,}")
_LOOSE = re.compile(r"\d(?:[\W_]{0,3}\d){11,18}(?!\d)")
_NUMBER = "[number]"
_COUNTRY = re.compile(r"(?<![^\W_])[a-z][\W_]{0,2}[a-z][\W_]{0,2}\d[\W_]{0,2}\d", re.IGNORECASE | re.ASCII)
# From the registry of ISO 13616; an account of another country is still known by its look.
_IBAN_LENGTHS = (
    {"NO": 15}
    | {"BE": 16}
    | dict.fromkeys(("DK", "FI", "NL", "FO", "GL"), 18)
    | dict.fromkeys(("SI", "MK"), 19)
    | dict.fromkeys(("AT", "BA", "EE", "LT", "LU", "XK"), 20)
    | dict.fromkeys(("CH", "HR", "LI", "LV"), 21)
    | dict.fromkeys(("BG", "DE", "GB", "IE", "ME", "RS"), 22)
    | dict.fromkeys(("GI", "IL", "AE"), 23)
    | dict.fromkeys(("CZ", "ES", "SE", "SK", "MD", "SA", "PK", "RO", "AD"), 24)
    | {"PT": 25}
    | dict.fromkeys(("IS", "TR"), 26)
    | dict.fromkeys(("FR", "GR", "IT", "SM", "MC"), 27)
    | dict.fromkeys(("AL", "AZ", "CY", "HU", "LB", "PL"), 28)
    | dict.fromkeys(("BR", "PS", "QA", "UA"), 29)
    | dict.fromkeys(("JO", "KW", "MU"), 30)
    | dict.fromkeys(("MT", "SC"), 31)
)

_TIME = r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?::[0-5]\d)?"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATES = re.compile(
    rf"(?<!\d)(?:(?:19|20)\d\d([-./]){_MONTH}\1{_DAY}|{_DAY}([-./]){_MONTH}\2(?:19|20)\d\d|"
    rf"{_MONTH}([-./]){_DAY}\3(?:19|20)\d\d)(?!\d|[-./]\d)"
)
_TIMES = re.compile(rf"(?<![\d.:/]){_TIME}(?![\d/]|[.:]\d)")
_YEARS = re.compile(r"(?<![\d./])(?:19|20)\d\d\s?[-–/]\s?(?:19|20)\d\d(?![\d./])")
_SHORT_DATE = re.compile(rf"{_DAY}([-./]){_MONTH}\1\d\d|{_MONTH}([-./]){_DAY}\2\d\d")


def masked_numbers(text: str) -> str:
    """The text with each number of six digits or more replaced, however it is spaced; dates, times and years stay.

    Twelve to nineteen digits whose check digit is right (Luhn, ISO/IEC 7812-1) are a card's, whatever stands between
    them and however much like dates they look.
    """
    text = _LOOSE.sub(lambda found: _NUMBER if is_card(found[0]) else found[0], text)
    text = _RUN.sub(lambda found: found[0] if _harmless(found[0]) else _NUMBER, text)
    return _GLUED.sub(lambda found: found[0] if _harmless(found[0]) else _NUMBER, text)


def is_card(text: str) -> bool:
    """Whether the digits in a text are 12 to 19 with a check digit by Luhn's rule."""
    digits = [int(letter) for letter in text if letter in "0123456789"]
    if not 12 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def masked_accounts(text: str) -> str:
    """The text with each IBAN replaced whose check digits are right (ISO 13616), however it is spaced or dotted."""
    for begin in reversed([found.start() for found in _COUNTRY.finditer(text)]):
        places = [at for at in range(begin, len(text)) if text[at].isalnum()]
        country = (text[places[0]] + text[places[1]]).upper()
        length = _IBAN_LENGTHS.get(country, 0)
        if 0 < length <= len(places) and places[length - 1] - begin < 3 * length:
            end = places[length - 1] + 1
            if is_account(text[begin:end]):
                text = f"{text[:begin]}[account]{text[end:]}"
    return text


def is_account(text: str) -> bool:
    """Whether the letters and digits of a text are an IBAN of a known country with check digits that are right."""
    plain = re.sub(r"[\W_]", "", text).upper()
    if len(plain) != _IBAN_LENGTHS.get(plain[:2]) or not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]+", plain, re.ASCII):
        return False
    # A text of letters alone would be one by chance in 97.
    few = sum(letter.isdigit() for letter in plain) < 8
    return not few and int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def _harmless(run: str) -> bool:
    """Whether a run of digits is made of dates, times and years, and at most a few digits besides."""
    if _SHORT_DATE.fullmatch(run):
        return True
    rest = run
    for pattern in (_DATES, _YEARS, _TIMES):
        rest = pattern.sub(" ", rest)
    return rest != run and sum(letter.isdigit() for letter in rest) < _MANY
