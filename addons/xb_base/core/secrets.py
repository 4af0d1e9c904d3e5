"""Encryption of credentials at rest: AES-256-GCM with named keys.

A stored value reads ``xb1:<key id>:<base64(nonce + ciphertext + tag)>``. The key id stands beside
the value so that several keys can be in use at once, which is what makes rotation possible without
an outage: configure the new key first and the old one after it, rotate, then drop the old one.

The field's name is authenticated along with the value (``aad``), so a value copied into another
column of the database does not decrypt there.
"""

import base64
import binascii
import os
import re
import stat

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..const import ENV_SECRET_KEY_FILE, ENV_SECRET_KEYS
from ..exceptions import SecretError, SecretKeyMissing, SecretUndecryptable

SCHEME = "xb1"
KEY_BYTES = 32
NONCE_BYTES = 12

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def generate_key(kid):
    """Return a new random key as one line for the key file, ``<kid>:<base64>``."""
    return f"{kid}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def key_id(token):
    """Return the id of the key that encrypted ``token``; empty when it is not one of ours."""
    scheme, _sep, rest = (token or "").partition(":")
    kid, sep, _payload = rest.partition(":")
    return kid if scheme == SCHEME and sep else ""


class Keyring:
    """The configured keys; the first one encrypts, all of them decrypt.

    :param dict[str, bytes] keys: 32-byte keys by id, the current one first
    """

    def __init__(self, keys):
        self._ciphers = {kid: AESGCM(key) for kid, key in keys.items()}
        self.current = next(iter(keys), None)

    def __repr__(self):
        return f"<Keyring {', '.join(self._ciphers) or 'empty'}>"

    def __bool__(self):
        return bool(self._ciphers)

    def __contains__(self, kid):
        return kid in self._ciphers

    @property
    def key_ids(self):
        """Ids of the configured keys, the current one first."""
        return tuple(self._ciphers)

    @classmethod
    def from_environment(cls, environ=None):
        """Read the keys from ``XB_SECRET_KEYS`` or the file named by ``XB_SECRET_KEY_FILE``.

        :param Mapping environ: where to look the two variables up; the process's own by default
        :return: the keyring, empty when neither variable is set
        :raise SecretError: malformed key, or a key file that others can read
        """
        environ = os.environ if environ is None else environ
        if text := environ.get(ENV_SECRET_KEYS, "").strip():
            return cls(_parse_keys(text.split(","), ENV_SECRET_KEYS))
        if path := environ.get(ENV_SECRET_KEY_FILE, "").strip():
            return cls(_parse_keys(_read_key_file(path), path))
        return cls({})

    def encrypt(self, plain, aad):
        """Encrypt with the current key.

        :param str plain: the secret
        :param str aad: ``model.field``, needed again to decrypt
        :return: the token to store
        :raise SecretKeyMissing: no key is configured
        """
        if not self:
            raise SecretKeyMissing(
                f"No secret key is configured: set {ENV_SECRET_KEYS} or {ENV_SECRET_KEY_FILE}."
            )
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.current].encrypt(nonce, plain.encode(), aad.encode())
        return f"{SCHEME}:{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, token, aad):
        """Return the secret in ``token``.

        :param str token: what :meth:`encrypt` returned
        :param str aad: the same ``model.field``
        :raise SecretKeyMissing: the key of this token is not configured
        :raise SecretUndecryptable: it is, but does not fit, or the token was altered
        """
        kid = key_id(token)
        if not kid:
            raise SecretUndecryptable("The stored value is not an encrypted secret.")
        if kid not in self:
            raise SecretKeyMissing(f"The secret key “{kid}” is not configured.")
        try:
            blob = base64.b64decode(token.split(":", 2)[2], validate=True)
            opened = self._ciphers[kid].decrypt(
                blob[:NONCE_BYTES], blob[NONCE_BYTES:], aad.encode()
            )
        except (InvalidTag, ValueError) as error:
            # binascii.Error is a ValueError; a cut-off nonce is one as well.
            raise SecretUndecryptable(
                f"The configured secret key “{kid}” is not the one that encrypted this value."
            ) from error
        return opened.decode()

    def rotate(self, token, aad):
        """Return ``token`` under the current key: the same object when it already is."""
        plain = self.decrypt(token, aad)
        return token if key_id(token) == self.current else self.encrypt(plain, aad)


def _parse_keys(lines, source):
    """Return ``{key id: key}`` of lines ``<kid>:<base64>``; blank and ``#`` lines are skipped."""
    keys = {}
    for number, line in enumerate(lines, 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        kid, _sep, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        # The message must never quote the entry: it is, or nearly is, a key.
        if not _KEY_ID.fullmatch(kid) or len(key) != KEY_BYTES:
            raise SecretError(
                f"Entry {number} of {source} is not “<id>:<base64 of {KEY_BYTES} bytes>”."
            )
        if kid in keys:
            raise SecretError(f"The key id of entry {number} of {source} is used twice.")
        keys[kid] = key
    return keys


def _read_key_file(path):
    """Return the lines of the key file, which nobody but its owner may be able to read."""
    try:
        with open(path, encoding="utf-8") as handle:
            mode = stat.S_IMODE(os.fstat(handle.fileno()).st_mode)
            if mode & 0o077:
                raise SecretError(
                    f"The secret key file {path} can be read by others (mode {mode:04o}): "
                    f"run “chmod 600 {path}”."
                )
            return handle.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"The secret key file {path} cannot be read: {error}.") from error
