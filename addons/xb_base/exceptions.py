"""The error families of the house.

Whether work is tried again is decided by the class of the error and by nothing else, so clients
raise these and never ``UserError``. This module imports nothing of the framework: it is shared by
the pure rooms (``client/``, ``core/``, ``adapters/``) and the models.
"""


class VendorError(Exception):
    """The other side, or the way to it, failed.

    :param str message: what went wrong, free of credentials, for a person to read
    :param int status: HTTP status of the answer, None when there was none
    """

    def __init__(self, message, *, status=None):
        super().__init__(message)
        self.message = message
        self.status = status


class RetryableVendorError(VendorError):
    """The same request may well succeed later: time-out, reset, 5xx.

    :param float retry_after: seconds the other side asks us to wait, None when it does not say
    """

    def __init__(self, message, *, status=None, retry_after=None):
        super().__init__(message, status=status)
        self.retry_after = retry_after


class RateLimited(RetryableVendorError):
    """Too many requests, said by the vendor (429) or by our own limiter before it came to that."""


class NeedsReauthorization(VendorError):
    """The credentials are wrong, expired or revoked: a person has to act, a retry cannot help."""


class VendorRejected(VendorError):
    """The other side understood the request and refused it for good.

    :param str code: the vendor's own code, or ``http_<status>`` when the answer names none
    :param str message: the vendor's explanation
    """

    def __init__(self, code, message, *, status=None):
        super().__init__(message, status=status)
        self.code = code

    def __str__(self):
        return f"{self.code}: {self.message}"


class MalformedAnswer(VendorError):
    """The answer is not what the protocol promises: not JSON, cut off, or too large.

    Not retryable: whether the request took effect is unknown, and asking again tends to give the
    same answer. The outbox keeps it for a person.
    """


class SecretError(Exception):
    """A secret cannot be stored or read. The stored value is always left as it is."""


class SecretKeyMissing(SecretError):
    """The key is not configured: none at all, or not the one a value was encrypted with."""


class SecretUndecryptable(SecretError):
    """A key of that name is configured, but it is not the key that encrypted the value."""


class InvalidSignature(Exception):
    """A webhook that its sender cannot have signed: nothing of it may be stored or trusted."""


class StaleMessage(InvalidSignature):
    """A webhook with a good signature whose time lies outside the replay window."""
