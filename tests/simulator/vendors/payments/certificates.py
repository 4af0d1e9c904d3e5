"""The authority and the certificate of the simulated PayPal: functions of the seed."""

import functools
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ...signing import derive_rsa

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
NAME = "messageverificationcerts.paypal.com"


def _usage(**on):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "encipher_only", "decipher_only", "key_cert_sign", "crl_sign")
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


@functools.lru_cache(maxsize=4)
def authority(seed: str):
    """Return ``(certificate, key)`` of the root."""
    key = derive_rsa(seed, "paypal", "authority")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "XB simulator authority")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(FIRST).not_valid_after(LAST)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return certificate, key


@functools.lru_cache(maxsize=16)
def leaf(seed: str, dns_name: str = NAME, first=FIRST, last=LAST) -> bytes:
    """Return the PEM of the certificate that webhooks are signed with."""
    root, root_key = authority(seed)
    key = derive_rsa(seed, "paypal", "webhooks")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, dns_name)])
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(root.subject)
        .public_key(key.public_key()).serial_number(2)
        .not_valid_before(first).not_valid_after(last)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)
