import doctest

from odoo.tests import BaseCase

from odoo.addons.xb_base import exceptions
from odoo.addons.xb_base.core import retry


class TestRetry(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(retry)
        self.assertGreater(result.attempted, 0)
        self.assertFalse(result.failed)

    def test_every_error_of_the_family_has_its_class(self):
        for error, kind in (
            (exceptions.RateLimited("x", retry_after=3), retry.RATE_LIMITED),
            (exceptions.RetryableVendorError("x"), retry.RETRYABLE),
            (exceptions.NeedsReauthorization("x"), retry.REAUTH),
            (exceptions.SecretKeyMissing("x"), retry.LOCKED),
            (exceptions.SecretUndecryptable("x"), retry.LOCKED),
            (exceptions.VendorRejected("c", "x"), retry.REJECTED),
            (exceptions.MalformedAnswer("x"), retry.MALFORMED),
            (KeyError("x"), retry.UNEXPECTED),
        ):
            self.assertEqual(retry.classify(error), kind, error)

    def test_transient_goes_before_permanent(self):
        kinds = {"permanent": (LookupError,), "transient": (KeyError,)}
        self.assertEqual(retry.classify(KeyError(), **kinds), retry.RETRYABLE)
        self.assertEqual(retry.classify(IndexError(), **kinds), retry.REJECTED)

    def test_what_the_vendor_asks_for_goes_first(self):
        limited = exceptions.RateLimited("x", retry_after=7)
        self.assertEqual(retry.wait_seconds(limited, 9), 7.0)
        silent = exceptions.RateLimited("x")
        self.assertEqual(retry.wait_seconds(silent, 1, base=4, spread=lambda: 0), 4.0)
        absurd = exceptions.RateLimited("x", retry_after=10**9)
        self.assertEqual(retry.wait_seconds(absurd, 1), 3600.0)

    def test_the_jitter_only_shortens(self):
        waits = {retry.backoff(4, base=5, cap=900) for _ in range(100)}
        self.assertGreater(len(waits), 1)
        self.assertLessEqual(max(waits), 40)
        self.assertGreaterEqual(min(waits), 30)
