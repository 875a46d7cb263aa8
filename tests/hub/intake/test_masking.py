"""What is masked in a comment and what stays: numbers with check digits, dates, streets, links with tokens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.intake.digits import is_account, is_card
from hub.intake.mapping import load
from hub.intake.masking import mask
from hub.intake.personal import is_address, is_personal
from hub.intake.surveys import read

UNHURRIED = settings(deadline=None)


@pytest.mark.parametrize(
    "text",
    [
        "on 02.03.2026 at 12:30 it was fine",
        "2026-03-02T12:30:15 ok",
        "open 10:00-18:30, since 2019-2024",
        "I came on 3/2/26 and 02.03.2026 2 tills were open",
        "from 10.30 to 13.45 on 1.2.2025",
        "4.5/5 stars, 10/10, 15-20 minutes, 3-4 times",
        "waited 5 minutes in the row, 2 tills way too slow",
        "I waited at Lidl. It was long",
        "only 1 of 12 tills, 100 people, 20 of 30 baskets",
    ],
)
def test_dates_times_and_small_numbers_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("card 4111_1111_1111_1111 x", "card [number] x"),
        ("IBAN D.E.8.9.3704.0044.0532.0130.00 ok", "IBAN [account] ok"),
        ("GB82-WEST-1234-5698-7654-32.", "[account]."),
        ("GB00 WEST 1234 5698 7654 32 mistyped", "[account] mistyped"),
        ("06.12.34.56.78", "[number]"),
        ("call 0 7 7 0 0 9 0 0 1 2 3", "call [number]"),
        ("07700\u2011900\u2011123", "[number]"),
        ("my phone is 07700900123please", "my phone is [number]please"),
        ("order 20260302", "order [number]"),
        ("٠٧٧٠٠ ٩٠٠١٢٣", "[number]"),
        ("born 99.99.2026 11 22", "born [number]"),
        ("example.com/reset?token=abc", "[link]"),
        ("shop.example.org?key=abc&x=1 now", "[link] now"),
        ("jo at example dot com", "[e-mail]"),
        ("aa:bb:cc:dd:ee:ff and fe80::1:2:3", "[number] and [number]"),
        ("10 Downing Street, London SW1A 2AA", "[address], London [address]"),
        ("Hauptstraße 5 und Am Sandweg 12a", "[address] und Am [address]"),
        ("5 rue de la Paix", "[address]"),
        ("Via Roma 12, Milano", "[address], Milano"),
        ("jo\u200b@ex\u200bample.com", "[e-mail]"),
    ],
)
def test_numbers_and_addresses_go(text: str, clean: str) -> None:
    assert mask(text) == clean


def test_check_digits() -> None:
    assert is_card("4111 1111 1111 1111")
    assert not is_card("4111 1111 1111 1112")
    assert not is_card("0000 0000 0000 0000")
    assert is_account("DE89 3704 0044 0532 0130 00")
    assert not is_account("DE88 3704 0044 0532 0130 00")
    assert not is_account("DE89 3704 0044 0532 0130 0")
    assert not is_account("XX89 3704 0044 0532 0130 00")


def card(body: str) -> str:
    digits = [int(letter) for letter in body + "0"]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return body + str(-total % 10)


@UNHURRIED
@given(st.from_regex(r"[1-9][0-9]{14}", fullmatch=True), st.sampled_from(["", " ", "-", ".", "_", "*", " / "]))
def test_no_card_number_survives_however_it_is_written(body: str, between: str) -> None:
    number = card(body)
    spaced = between.join(number[i : i + 4] for i in range(0, 16, 4))
    clean = mask(f"paid with {spaced} yesterday") or ""
    assert "[number]" in clean
    assert not any(letter.isdigit() for letter in clean)


@UNHURRIED
@given(st.from_regex(r"[0-9]{18}", fullmatch=True), st.sampled_from(["", " ", "-", ".", "_"]))
def test_no_account_survives_however_it_is_written(body: str, between: str) -> None:
    plain = f"DE{98 - int(body + '131400') % 97:02d}{body}"
    assert is_account(plain)
    spaced = between.join(plain[i : i + 4] for i in range(0, 22, 4))
    assert mask(f"pay {spaced} please") == "pay [account] please"


@pytest.mark.parametrize(
    ("header", "personal"),
    [
        ("email", True),
        ("e-mail address", True),
        ("recipientlastname", True),
        ("customer name", True),
        ("name", True),
        ("your name", True),
        ("ip address", True),
        ("ipaddress", True),
        ("network id", True),
        ("telefonnummer", True),
        ("status", False),
        ("q1", False),
        ("store", False),
        ("touchpoint", False),
        ("how likely are you to recommend our e-mail newsletter to a friend?", False),
    ],
)
def test_headers_that_are_about_people(header: str, personal: bool) -> None:
    assert is_personal([header]) == personal


def test_an_id_that_is_an_address_is_known() -> None:
    assert is_address("u-jo@example.com-1")
    assert is_address("visitor 192.0.2.1")
    assert is_address("AA:BB:CC:DD:EE:FF")
    assert not is_address("R_2YPOQ602ER1jkf1")
    assert not is_address("3292879998")


def test_words_the_shop_withholds_and_columns_nobody_listed() -> None:
    mapping = (
        'source = "x"\nid = "id"\nsite = { constant = "s01" }\nchannel = { constant = "qr" }\ncomment = "said"\n'
        'nps = { column = "n" }\nwithheld = ["Emma Stone", "Bob"]\ntouchpoint = { column = "where" }\n'
    )
    text = (
        "id,n,said,First name,where\n1,9,emma stone and bob and Änne were kind,Änne,till\n2,9,bobbin,Jo,07700900123\n"
    )
    first, second = read("f", text.encode(), load(mapping)).answers.to_pylist()
    assert first["comment"] == "[withheld] and [withheld] and [withheld] were kind"
    assert (second["comment"], second["touchpoint"]) == ("bobbin", None)
