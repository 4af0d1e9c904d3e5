"""Whether PayPal has sent a webhook: its signature, its certificate, and that one's chain."""

import base64
import binascii
import zlib
from urllib.parse import urlsplit

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature as BadSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from odoo.addons.xb_base.exceptions import InvalidSignature

from .. import const


def message(transmission_id, transmission_time, webhook_id, body):
    """Return what PayPal signs.

    :param bytes body: the raw body; its CRC-32 stands in decimal
    """
    checksum = zlib.crc32(body) & 0xFFFFFFFF
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{checksum}"


def is_signed(key, text, signature):
    """Tell whether a public key's owner has signed a text: RSA, PKCS #1 v1.5, SHA-256.

    :param key: public key
    :param str text: what was signed
    :param str signature: base64
    """
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        return False
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, text.encode(), padding.PKCS1v15(), SHA256())
    # A ValueError is text that cannot be encoded, too.
    except (BadSignature, binascii.Error, ValueError):
        return False
    return True


def check_address(url, hosts, origin=None):
    """Check that a certificate's address is PayPal's own, before anything is fetched from it.

    The address comes with the message, from whoever sent that.

    :param str url: from the header
    :param tuple hosts: the hosts that are good
    :param str origin: of the simulator; then only its addresses are good
    :raise InvalidSignature: it is somebody else's
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidSignature("the certificate's address is none") from None
    if origin:
        good = f"{parts.scheme}://{parts.netloc}" == origin and CERT_IN_SIMULATOR in parts.path
    else:
        good = (
            parts.scheme == "https"
            and parts.hostname in hosts
            and port in (None, 443)
            and parts.path.startswith(const.CERT_PATH)
        )
    if not good or parts.username or parts.query or parts.fragment or ".." in parts.path:
        raise InvalidSignature("the certificate's address is not PayPal's")


CERT_IN_SIMULATOR = f"/{const.CODE}{const.CERT_PATH}"


def check_chain(pem, now, roots=None):
    """Return the public key of a certificate that leads to a root we trust and names PayPal.

    :param bytes pem: the certificate, followed by the intermediate ones
    :param datetime now: the time it has to be valid at
    :param list roots: trusted roots; those of the machine's list when not given
    :raise InvalidSignature: expired, not PayPal's, or not from a root we trust
    """
    try:
        leaf, *others = x509.load_pem_x509_certificates(pem)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        raise InvalidSignature("the certificate cannot be read") from None
    ours = [
        name
        for name in names.get_values_for_type(x509.DNSName)
        if name.endswith(const.CERT_DOMAIN) and "*" not in name
    ]
    if not ours:
        raise InvalidSignature("the certificate does not name PayPal")
    policy = PolicyBuilder().store(Store(roots or _machine_roots())).time(now)
    try:
        policy.build_server_verifier(x509.DNSName(ours[0])).verify(leaf, others)
    except (VerificationError, ValueError) as error:
        raise InvalidSignature(f"the certificate is not to be trusted: {error}") from None
    return leaf.public_key()


_roots = []


def _machine_roots():
    if not _roots:
        with open(certifi.where(), "rb") as file:
            _roots.extend(x509.load_pem_x509_certificates(file.read()))
    return _roots
