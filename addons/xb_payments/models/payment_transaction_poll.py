import logging

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.xb_base.db import own_cursor
from odoo.addons.xb_base.exceptions import (
    MalformedAnswer,
    RateLimited,
    RetryableVendorError,
    VendorRejected,
)
from odoo.addons.xb_base.jobs import vendor_job

from ..const import POLL_BATCH
from ..core.poll import next_poll

_logger = logging.getLogger(__name__)

FINAL = ("done",)
# So many lost answers in a row are no chance any more.
TROUBLE_LIMIT = 5
BUSY = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)


class PaymentTransaction(models.Model):
    """Asking by itself: notifications get lost, buyers close their browsers, payments expire."""

    _inherit = "payment.transaction"

    @api.model
    def _cron_xb_poll(self):
        """Enqueue what is due to be asked about, a job per account and batch."""
        due = self.search([("xb_next_poll", "<=", fields.Datetime.now())], order="xb_next_poll")
        for provider, txs in due.grouped("provider_id").items():
            if provider.state == "disabled":
                txs.write({"xb_next_poll": False})
                continue
            for start in range(0, len(txs), POLL_BATCH):
                batch = txs[start : start + POLL_BATCH]
                batch.with_delay(
                    identity_key=f"xb.payment.poll:{provider.id}:{batch[0].id}",
                    description=f"Ask about {len(batch)} payments",
                )._job_xb_poll(only_due=True)

    @vendor_job
    def _job_xb_poll(self, only_due=False):
        """Ask the provider about these transactions, one after the other.

        What one of them meets says nothing about its neighbours, and what was learned of them is
        kept: were the whole batch to come back for one lost answer, on a bad day none would ever
        get through. What got no answer stays due. Several of those in a row are trouble of the
        account: they end the batch, and the next poll goes on.

        Each is asked about in a transaction of its own: notifications come at the same time, and
        one that meets a poll would otherwise have all the others of the batch asked again.

        :param bool only_due: leave out whom another job has asked about since this one was
            enqueued: on a bad day the next round is enqueued before this one has had its turn
        :return: how many were asked about
        :raise RetryableVendorError: not one of them got an answer
        """
        self.env.flush_all()
        try:
            return self._xb_ask_each(only_due)
        finally:
            self.env.invalidate_all(flush=False)

    def _xb_ask_each(self, only_due):
        count, in_a_row, trouble = 0, 0, None
        txs = self.exists().filtered("xb_attempt")
        if only_due:
            now = fields.Datetime.now()
            txs = txs.filtered(lambda tx: tx.xb_next_poll and tx.xb_next_poll <= now)
        for tx in txs:
            try:
                tx._xb_ask_apart()
            except BUSY:
                _logger.info("Transaction %s is being worked on: it stays due", tx.reference)
                continue
            except (RetryableVendorError, MalformedAnswer) as error:
                _logger.info("Transaction %s is asked about again: %s", tx.reference, error)
                trouble, in_a_row = error, in_a_row + 1
                if in_a_row == TROUBLE_LIMIT or isinstance(error, RateLimited):
                    break
                continue
            count, in_a_row = count + 1, 0
        if trouble and not count:
            # Cut off on the way is chance as well: a failed job would want a person.
            is_chance = isinstance(trouble, RetryableVendorError)
            raise trouble if is_chance else RetryableVendorError(str(trouble)) from trouble
        return f"{count} asked"

    def _xb_ask_apart(self):
        """Ask about one transaction and commit what follows; as :meth:`_xb_ask`."""
        with own_cursor(self.env, isolation="REPEATABLE READ") as cr:
            # Jobs speak no language; what they find is read by the company's people.
            lang = self.env.lang or self.company_id.partner_id.lang
            tx = self.with_env(self.env(cr=cr)).with_context(lang=lang)
            try:
                tx._xb_ask()
            except VendorRejected as error:
                _logger.info("Transaction %s: %s", tx.reference, error)
                tx._xb_schedule_poll()
                if tx._xb_is_overdue():
                    tx._xb_expire()
            tx.env.flush_all()

    def _xb_ask_soon(self):
        """Have the provider asked right after this transaction, apart from it."""
        for tx in self:
            tx.write({"xb_next_poll": fields.Datetime.now()})
            tx.with_delay(
                identity_key=f"xb.payment.ask:{tx.id}", description=f"Ask about {tx.reference}"
            )._job_xb_poll(only_due=True)

    def _xb_schedule_poll(self):
        """Set when to ask next, by age; never again when it is final."""
        now = fields.Datetime.now()
        for tx in self:
            moment = False
            if tx.state not in FINAL and tx.xb_expires_at:
                moment = tx._xb_get_next_poll(now, tx.xb_expires_at)
            if tx.state == "authorized":
                # The provider tells when it is captured, and we do the capturing.
                moment = False
            if tx.xb_next_poll != moment:
                tx.write({"xb_next_poll": moment})

    def _xb_get_next_poll(self, now, expires):
        begun = self.create_date or now
        return next_poll(begun, now, expires) or False
