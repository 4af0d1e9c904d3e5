"""Certificates that were fetched once, for all requests of this process."""

import threading
import time

from odoo.addons.xb_base.exceptions import RetryableVendorError

from .. import const

_FAILED_SECONDS = 60
_MOST = 64


class CertificateCache:
    """PEM by address. What could not be had is not tried again for a minute.

    :param Callable clock: seconds that never jump
    """

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._known = {}

    def get(self, url, fetch):
        """Return the certificate at an address that was checked already.

        :param str url: the address
        :param Callable fetch: takes the address, returns bytes, raises ``VendorError``
        :rtype: bytes
        :raise RetryableVendorError: it is not to be had now
        """
        now = self._clock()
        until, pem = self._known.get(url, (0, None))
        if until > now:
            if pem is None:
                raise RetryableVendorError("paypal: the certificate is not to be had")
            return pem
        try:
            pem = fetch(url)
        except RetryableVendorError:
            self._keep(url, now + _FAILED_SECONDS, None)
            raise
        self._keep(url, now + const.CERT_SECONDS, pem)
        return pem

    def _keep(self, url, until, pem):
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[url] = until, pem

    def clear(self):
        """Forget everything."""
        with self._lock:
            self._known.clear()


CACHE = CertificateCache()
