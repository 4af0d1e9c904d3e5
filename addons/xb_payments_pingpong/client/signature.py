"""PingPong's signature: salt and sorted fields, hashed. The same for requests, answers, notices."""

import hashlib
import hmac

_HASHES = {"SHA256": hashlib.sha256, "MD5": hashlib.md5}


def string_to_sign(salt, fields):
    """Return what is hashed: the salt in front, then ``k=v`` sorted by key, joined with ``&``.

    :param str salt: the merchant's secret
    :param dict fields: the envelope as transmitted; ``sign`` and empty fields do not count
    """
    pairs = (
        f"{name}={fields[name]}"
        for name in sorted(fields)
        if name != "sign" and fields[name] not in (None, "")
    )
    return salt + "&".join(pairs)


def sign(salt, fields):
    """Return the signature, upper-case hexadecimal.

    :param dict fields: with ``signType`` ``SHA256`` or ``MD5``
    :raise KeyError: another kind of signature
    """
    digest = _HASHES[fields["signType"]]
    return digest(string_to_sign(salt, fields).encode()).hexdigest().upper()


def is_genuine(salts, fields, kinds=("SHA256", "MD5")):
    """Tell whether one of our salts made the signature. Constant time, fails closed.

    :param Iterable salts: those that are good now; empty ones are left out
    :param dict fields: the received envelope
    :param tuple kinds: signature kinds that are allowed
    """
    given = fields.get("sign")
    if not isinstance(given, str) or fields.get("signType", "SHA256") not in kinds:
        return False
    genuine = False
    for salt in filter(None, salts):
        digest = _HASHES[fields.get("signType", "SHA256")]
        expected = digest(string_to_sign(salt, fields).encode()).hexdigest().upper()
        genuine |= hmac.compare_digest(expected.encode(), given.upper().encode())
    return genuine
