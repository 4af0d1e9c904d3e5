"""Conventions for background jobs that talk to an outside account.

``_job_*`` methods carry :func:`vendor_job`; it translates our error family into what ``queue_job``
understands, so that *which* error was raised decides alone whether and when the job runs again:

=========================  ==========================================================
raised                     the job
=========================  ==========================================================
``RateLimited``            comes back after ``retry_after``; does not count as a failure
``RetryableVendorError``   comes back after ``retry_after``, else by its retry pattern
``NeedsReauthorization``   fails; the connection asks for a sign-in
other ``VendorError``      fails, with the vendor's words as its reason
``SecretError``            fails; the encryption key is missing or wrong
database errors            untouched: queue_job and Odoo retry serialization failures
=========================  ==========================================================

The reason survives the rollback that queue_job makes: it stores a failed job's reason with a cursor
of its own, and the connection's health is written with a cursor of its own as well.
"""

import functools
import math

from odoo.addons.queue_job.exception import FailedJobError, RetryableJobError

from .exceptions import RateLimited, RetryableVendorError, SecretError, VendorError

CHANNEL = "root.xb"
CHANNEL_INBOX = "root.xb.inbox"
CHANNEL_OUTBOX = "root.xb.outbox"
CHANNEL_IMPORT = "root.xb.import"


def vendor_job(method):
    """Decorate a ``_job_*`` method: the vendor's errors decide how ``queue_job`` goes on.

    When the job's recordset is a connection or the first ``xb.connection`` among its arguments can
    be told, the failure is recorded in that connection's health.

    :param method: method of a model, called by queue_job
    :return: the method, raising ``RetryableJobError`` or ``FailedJobError`` for vendor errors
    """

    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except (VendorError, SecretError) as error:
            connection = _find_connection(self, args, kwargs)
            if connection:
                connection._record_failure(error)
            raise as_job_error(error) from error

    return wrapper


def as_job_error(error):
    """Translate an error of our family into the ``queue_job`` error to raise instead of it.

    :param error: a ``VendorError`` or a ``SecretError``
    :return: a ``RetryableJobError`` or a ``FailedJobError``
    """
    message = str(error) or type(error).__name__
    if isinstance(error, RetryableVendorError):
        asked = error.retry_after
        return RetryableJobError(
            message,
            seconds=math.ceil(asked) if asked else None,
            # a vendor that asks us to wait has not failed, however often it asks
            ignore_retry=isinstance(error, RateLimited),
        )
    return FailedJobError(message)


def _find_connection(records, args, kwargs):
    for candidate in (records, *args, *kwargs.values()):
        if getattr(candidate, "_name", None) == "xb.connection" and len(candidate) == 1:
            return candidate
    return None
