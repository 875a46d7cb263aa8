"""Certificates: what they say, how long, and who signed them."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.enroll import authority

AT = datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def issuer() -> authority.Pair:
    return authority.authority(AT)


def loaded(pair: authority.Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate)


def test_a_member_is_signed_and_may_only_be_a_client(issuer: authority.Pair) -> None:
    made = loaded(authority.member(issuer, "s001.cam-1", AT))
    made.verify_directly_issued_by(loaded(issuer))
    assert made.subject.rfc4514_string() == "CN=s001.cam-1"
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_member_is_valid_a_day_back_and_three_years_on(issuer: authority.Pair) -> None:
    made = loaded(authority.member(issuer, "s001.cam-1", AT))
    moment = datetime.fromtimestamp(AT, UTC)
    assert (made.not_valid_before_utc, made.not_valid_after_utc) == (
        moment - timedelta(days=1),
        moment + timedelta(days=1095),
    )


def test_a_server_names_its_hosts_and_addresses(issuer: authority.Pair) -> None:
    made = loaded(authority.server(issuer, ["broker.example", "10.0.0.5"], AT))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.5"]


def test_a_server_without_a_name_is_refused(issuer: authority.Pair) -> None:
    with pytest.raises(ValueError, match="a name or an address"):
        authority.server(issuer, [], AT)


def test_two_members_of_one_name_have_their_own_keys_and_numbers(issuer: authority.Pair) -> None:
    one, two = (authority.member(issuer, "s001.cam-1", AT) for _ in range(2))
    assert one.key != two.key
    assert authority.serial(one.certificate) != authority.serial(two.certificate)


def test_the_list_of_the_revoked_is_signed_and_outlives_every_member(issuer: authority.Pair) -> None:
    made = authority.member(issuer, "s001.cam-1", AT)
    text = authority.revocations(issuer, {authority.serial(made.certificate): AT}, AT)
    found = x509.load_pem_x509_crl(text)
    key = loaded(issuer).public_key()
    assert found.is_signature_valid(key)  # type: ignore[arg-type]
    assert [row.serial_number for row in found] == [authority.serial(made.certificate)]
    assert found.next_update_utc is not None
    assert found.next_update_utc > loaded(made).not_valid_after_utc + timedelta(days=1095)


def test_openssl_takes_the_pair(issuer: authority.Pair, tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = authority.member(issuer, "s001.cam-1", AT)
    (tmp_path / "pair.pem").write_bytes(made.key + made.certificate)
    ssl.create_default_context().load_cert_chain(tmp_path / "pair.pem")
