"""Keys and certificates: one authority of the owner's own, a certificate for each who speaks to the broker.

Everything is PEM bytes; nothing is read or written here. Keys are elliptic (P-256): small, quick on a small computer.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS, MEMBER_DAYS = 7300, 1095
# A device without a clock of its own starts some time ago; its certificate must be valid then too.
BEFORE = timedelta(days=1)


class Pair(NamedTuple):
    """A private key and its certificate, both PEM."""

    key: bytes
    certificate: bytes


def authority(at: float) -> Pair:
    """A new authority, valid from the moment `at` for 20 years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Instore authority")
    builder = _builder(name, name, key.public_key(), at, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Pair(_pem(key), builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def member(issuer: Pair, name: str, at: float) -> Pair:
    """A key and certificate with which somebody called `name` proves itself to the broker; valid for three years."""
    return _issued(issuer, name, at, ExtendedKeyUsageOID.CLIENT_AUTH, ())


def server(issuer: Pair, hosts: Sequence[str], at: float) -> Pair:
    """A key and certificate for a broker that is reached under these names or IP addresses; ValueError for none."""
    if not hosts:
        raise ValueError("a broker needs a name or an address")
    return _issued(issuer, hosts[0], at, ExtendedKeyUsageOID.SERVER_AUTH, hosts)


def revocations(issuer: Pair, revoked: Mapping[int, float], at: float) -> bytes:
    """The list of certificates that no longer count, by serial number and moment, signed; PEM.

    It is given the life of the authority: a list that runs out locks everybody out.
    """
    certificate, key = _open(issuer)
    builder = x509.CertificateRevocationListBuilder().issuer_name(certificate.subject)
    builder = builder.last_update(_moment(at) - BEFORE).next_update(_moment(at) + timedelta(days=AUTHORITY_DAYS))
    for serial, moment in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_moment(moment))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def serial(certificate: bytes) -> int:
    """The number by which a certificate is revoked."""
    return x509.load_pem_x509_certificate(certificate).serial_number


def _issued(issuer: Pair, name: str, at: float, purpose: x509.ObjectIdentifier, hosts: Iterable[str]) -> Pair:
    certificate, signer = _open(issuer)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name), certificate.subject, key.public_key(), at, MEMBER_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    known = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(known, critical=False)
    if names := [_host(host) for host in hosts]:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Pair(_pem(key), builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: float, days: int
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(_moment(at) - BEFORE).not_valid_after(_moment(at) + timedelta(days=days))


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _open(issuer: Pair) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = serialization.load_pem_private_key(issuer.key, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is not an elliptic one")
    return x509.load_pem_x509_certificate(issuer.certificate), key


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
