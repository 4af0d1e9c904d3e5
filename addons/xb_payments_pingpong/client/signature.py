"""PingPong's signature: salt and sorted fields, hashed. The same for requests, answers, notices."""

import hashlib
import hmac
import re

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


def is_ambiguous(fields):
    """Tell whether the signed text could have been made of other fields as well.

    ``a=1&b=2`` is the same text for one field as for two, so who has a signed message could
    cut it elsewhere: what a buyer has written as the reason of a dispute would be read as a field.
    In an envelope nothing but ``bizContent`` has such signs, and no part of its JSON is JSON.

    :param dict fields: the received message
    """
    if not all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in fields):
        return True
    return "bizContent" in fields and any(
        "&" in str(value) for name, value in fields.items() if name != "bizContent"
    )


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
    try:
        for salt in filter(None, salts):
            digest = _HASHES[fields.get("signType", "SHA256")]
            expected = digest(string_to_sign(salt, fields).encode()).hexdigest().upper()
            genuine |= hmac.compare_digest(expected.encode(), given.upper().encode())
    except UnicodeEncodeError:  # half of a character, which JSON can write and nobody signs
        return False
    return genuine
