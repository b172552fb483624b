"""Making keys, certificates and the first, empty revocation list: X.509 v3 as in RFC 5280, ECDSA P-256."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from schemas.pki import Kind

AUTHORITY_NAME = "Vedette local authority"
AUTHORITY_DAYS = 3650
LEAF_DAYS = 365
CRL_DAYS = 7
# Clocks of devices run late; a certificate must not start in their future.
BACKDATE = timedelta(hours=1)

Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    """A fresh P-256 key from the system's random source."""
    return ec.generate_private_key(ec.SECP256R1())


def pem(key: Key) -> bytes:
    """A private key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def authority(key: Key, now: datetime) -> x509.Certificate:
    """A self-signed authority that may sign certificates and revocation lists but no further authority."""
    name = _name(AUTHORITY_NAME)
    builder = _builder(name, name, key, now, AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def leaf(
    common_name: str, kind: Kind, key: Key, issuer: x509.Certificate, signer: Key, now: datetime
) -> x509.Certificate:
    """A certificate for a device or service (TLS client) or for our servers (TLS server on this machine), random 159-bit serial."""
    builder = _builder(_name(common_name), issuer.subject, key, now, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    use = ExtendedKeyUsageOID.SERVER_AUTH if kind == "server" else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    builder = builder.add_extension(_issued_by(signer), critical=False)
    if kind == "server":
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256())


def empty_crl(issuer: x509.Certificate, signer: Key, now: datetime) -> x509.CertificateRevocationList:
    """A revocation list with nothing on it, number 1."""
    builder = x509.CertificateRevocationListBuilder(
        issuer.subject, last_update=now - BACKDATE, next_update=now + timedelta(days=CRL_DAYS)
    )
    builder = builder.add_extension(x509.CRLNumber(1), critical=False)
    return builder.add_extension(_issued_by(signer), critical=False).sign(signer, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, days: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - BACKDATE,
        not_valid_after=now + timedelta(days=days),
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _issued_by(signer: Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
