"""The simulator's certificate authority, a function of the seed on both sides."""

import functools
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from odoo.addons.xb_base.core.simulator import derive_rsa

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)


@functools.lru_cache(maxsize=4)
def derive_authority(seed):
    """Return the root certificate that the simulator's PayPal certificate leads to.

    :param str seed: the shared seed
    :rtype: cryptography.x509.Certificate
    """
    key = derive_rsa(seed, "paypal", "authority")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "XB simulator authority")])
    usage = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
            "key_agreement", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(FIRST)
        .not_valid_after(LAST)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
