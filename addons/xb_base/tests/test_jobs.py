import psycopg2

from odoo.addons.queue_job.exception import FailedJobError, RetryableJobError
from odoo.addons.xb_base import exceptions
from odoo.addons.xb_base.jobs import (
    CHANNEL,
    CHANNEL_IMPORT,
    CHANNEL_INBOX,
    CHANNEL_OUTBOX,
    vendor_job,
)

from .common import XbBaseCase


class TestJobs(XbBaseCase):
    def run_job(self, error, *args):
        """Run a job that fails; return what queue_job gets to see."""

        @vendor_job
        def job(_records, *_args):
            raise error

        # not assertRaises: Odoo's rolls back what the job has left behind
        try:
            job(self.env["xb.shop"], *args)
        except Exception as caught:
            return caught
        return self.fail("the job did not fail")

    def test_rate_limit_comes_back_and_does_not_count(self):
        error = self.run_job(exceptions.RateLimited("slow down", retry_after=12.2))
        self.assertIsInstance(error, RetryableJobError)
        self.assertEqual((error.seconds, error.ignore_retry), (13, True))

    def test_outage_comes_back_by_the_retry_pattern(self):
        error = self.run_job(exceptions.RetryableVendorError("down"))
        self.assertIsInstance(error, RetryableJobError)
        self.assertEqual((error.seconds, error.ignore_retry), (None, False))

    def test_the_rest_fails_with_its_reason(self):
        for cause in (
            exceptions.NeedsReauthorization("sign in"),
            exceptions.VendorRejected("E1", "no such order"),
            exceptions.MalformedAnswer("not JSON"),
            exceptions.SecretKeyMissing("no key"),
        ):
            error = self.run_job(cause)
            self.assertIsInstance(error, FailedJobError)
            self.assertEqual(str(error), str(cause))
            self.assertIs(error.__cause__, cause)

    def test_other_errors_pass_untouched(self):
        for cause in (psycopg2.errors.SerializationFailure(), KeyError("bug")):
            self.assertIs(self.run_job(cause), cause)

    def test_the_connection_learns_of_it(self):
        connection = self.make_connection()
        self.env.flush_all()
        self.run_job(exceptions.NeedsReauthorization("sign in"), "x", connection)
        self.env.invalidate_all()
        self.assertEqual(connection.state, "reauth")

    def test_what_comes_in_is_heard_first(self):
        """A notification waits behind no backlog of polls or imports."""
        connection = self.make_connection()
        for model in ("xb.outbox", "xb.inbox"):
            self.env[model]._wake(connection.ids)
        self.env.cr.execute(
            "SELECT identity_key, priority FROM queue_job WHERE identity_key LIKE %s",
            [f"xb.%box:{connection.id}:%"])
        priorities = {key.split(":")[0]: priority for key, priority in self.env.cr.fetchall()}
        self.assertLess(priorities["xb.inbox"], priorities["xb.outbox"])

    def test_channels_and_functions_are_there(self):
        names = self.env["queue.job.channel"].search([]).mapped("complete_name")
        for channel in (CHANNEL, CHANNEL_INBOX, CHANNEL_OUTBOX, CHANNEL_IMPORT):
            self.assertIn(channel, names)
        function = self.env["queue.job.function"]
        for model, method, channel in (
            ("xb.inbox", "_job_drain", CHANNEL_INBOX),
            ("xb.outbox", "_job_send", CHANNEL_OUTBOX),
        ):
            config = function.job_config(function.job_function_name(model, method))
            self.assertEqual(config.channel, channel)
            self.assertEqual(config.retry_pattern, {1: 5, 3: 60})
            self.assertTrue(callable(getattr(self.env[model], method)))
