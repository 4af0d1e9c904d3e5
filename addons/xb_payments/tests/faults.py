"""Many payments through a bad day: what is left has to equal the provider's books."""

import os
import random
from collections import Counter
from decimal import Decimal

from werkzeug.datastructures import Headers

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import FailedJobError, RetryableJobError
from odoo.addons.xb_base.exceptions import InvalidSignature

ENV_COUNT = "XB_PAYMENT_FAULTS"
SMALL = 40
# Share of the requests, after most of which the provider has acted all the same.
FAULTS = (
    ("reset", 0.08),
    ("error_500", 0.04),
    ("truncate", 0.02),
    ("timeout_after", 0.01),
    ("timeout_before", 0.005),
)
QUIET = (
    "odoo.addons.xb_base.client.transport",
    "odoo.addons.xb_payments.models.payment_transaction",
    "odoo.addons.xb_payments.models.payment_transaction_truth",
    "odoo.addons.xb_payments.models.payment_transaction_poll",
    "odoo.addons.payment.models.payment_transaction",
    "odoo.addons.xb_base.models.xb_inbox_drain",
)


class FaultsMixin:
    """Adds the test to a provider's case. ``share`` is the provider's part of the whole."""

    share = 1.0
    api = r"^POST "

    @mute_logger(*QUIET)
    def test_every_payment_ends_at_the_providers_truth(self):
        count = max(int(int(os.environ.get(ENV_COUNT) or 0) * self.share), SMALL)
        self.luck = random.Random(7)
        self.genuine, self.forged = set(), 0
        self.connection._get_adapter().ping()  # what has to be computed once is computed now
        self.connection.read_timeout = 1
        for kind, rate in FAULTS:
            self.simulator.faults.add(kind=kind, rate=rate, match=self.api, seconds=1.5)
        self.altered = set()
        txs = self.env["payment.transaction"].browse(
            [tx.id for tx in (self.buy(n) for n in range(count)) if tx]
        )
        self.receive(self.other_side.notices())
        self.settle(txs)
        refunds = self.refund_some(txs)
        self.receive(self.other_side.notices())
        self.refund_by_hand(txs)
        # Refunds that are not ours are known from notifications alone: those are not lost for good.
        self.receive(self.other_side.notices(), lost=0)
        self.settle(txs | refunds)
        self.simulator.faults.clear()
        self.settle(txs | refunds)
        self.compare(txs)
        self.compare_refunds(txs, refunds)
        self.assert_no_forgery()

    # === THE DAY === #

    def buy(self, number):
        """A buyer: pays, is declined, tries again, leaves; one in a hundred is charged wrongly."""
        tx = self.begin("30.00")
        values = tx._get_specific_rendering_values({})
        if not values.get("api_url"):
            return tx
        self.go_to_page(values)
        payment = self.find_payment(tx)
        if not payment:
            return tx
        deed = self.luck.random()
        if number % 100 == 33 or (number == 5):
            self.other_side.alter(payment["id"], "3.00")
            self.altered.add(tx.id)
            deed = 0
        if 0.6 <= deed < 0.85:
            self.other_side.decline(payment["id"])
        if deed < 0.75:
            self.other_side.pay(payment["id"])
        return tx

    def go_to_page(self, values):
        """Hook: what the browser does to get to the provider's page."""

    def receive(self, notices, lost=0.2):
        """Bring notices through the door: shuffled, repeated, lost, and forged ones among them."""
        queue = []
        for headers, body in notices:
            if self.luck.random() < lost:
                continue
            queue += [(headers, body, False)] * self.luck.choice((1, 1, 1, 2, 3))
            if self.luck.random() < 0.3:
                queue.append((*self.forge(headers, body), True))
        self.luck.shuffle(queue)
        inbox = self.env["xb.inbox"]
        for headers, body, is_forged in queue:
            try:
                event = self.connection._verify_webhook(body, Headers(headers))
            except InvalidSignature:
                self.assertTrue(is_forged, "a genuine notification was refused")
                self.forged += 1
                continue
            self.assertFalse(is_forged, f"a forgery was let in: {body[:200]}")
            self.genuine.add(event.key)
            inbox._store(self.env.cr, self.connection.id, event, body, headers)
        self.env.flush_all()
        for _turn in range(len(queue) // 100 + 2):
            inbox._job_drain(self.connection)
        self.env.invalidate_all()

    def forge(self, headers, body):
        """Alter a genuine message: its amount, its state, its number."""
        for old, new in ((b"30.00", b"99.00"), (b"3000", b"9900"), (b"FAILED", b"SUCCESS")):
            if old in body and self.luck.random() < 0.7:
                return headers, body.replace(old, new)
        other = b"1" if body[-3:-2] == b"0" else b"0"
        return headers, body[:-3] + other + body[-2:]

    def settle(self, txs):
        """What cron and jobs do until nothing is left to do."""
        for _turn in range(12):
            self.send_again()
            self.take_refunds()
            waiting = txs.filtered("xb_next_poll").filtered(lambda tx: tx.state != "done")
            for tx in waiting:
                try:
                    tx._job_xb_poll()
                except (RetryableJobError, FailedJobError):
                    continue
            if not self.simulator.faults.listed():
                return

    def refund_some(self, txs):
        """A clerk who is nervous: refunds parts, and presses twice."""
        refunds = self.env["payment.transaction"]
        for tx in txs.filtered(lambda tx: tx.state == "done"):
            if self.luck.random() < 0.25:
                for amount in self.luck.choice(((10, 20), (30, 30), (5, 30), (25, 25), (30,))):
                    try:
                        refunds |= tx._refund(amount_to_refund=amount)
                    except UserError:
                        continue
        return refunds

    def refund_by_hand(self, txs):
        """A colleague refunds on the provider's own site."""
        count = 0
        for tx in txs.filtered(lambda tx: tx.state == "done" and not tx.child_transaction_ids):
            if self.luck.random() < 0.1 or not count:
                self.other_side.refund_by_hand(self.find_payment(tx)["id"], "7.00")
                count += 1
        self.by_hand = count

    # === THE EVENING === #

    def compare(self, txs):
        wrong = []
        seen = Counter()
        for tx in txs:
            payment = self.find_payment(tx)
            status = payment["status"] if payment else "none"
            seen[status] += 1
            if tx.id in self.altered and status == "paid":
                good = tx.state == "error" and tx.xb_hold_reason
            elif tx.id in self.altered:
                good = tx.state != "done"
            elif status == "paid":
                good = tx.state == "done" and not tx.xb_hold_reason
            else:
                good = tx.state in ("draft", "pending", "error", "cancel")
            if not good:
                wrong.append((tx.reference, tx.state, tx.xb_hold_reason, status))
        self.assertEqual(wrong, [], "transactions that differ from the provider's books")
        self.assertGreater(seen["paid"], len(txs) / 3, seen)
        self.assertTrue(self.altered)

    def compare_refunds(self, txs, refunds):
        books = Counter()
        for row in self.other_side.changes("refund"):
            books[row["payment"]] += Decimal(row["amount"])
        self.assertTrue(refunds.filtered(lambda tx: tx.state == "done"))
        for tx in txs:
            payment = self.find_payment(tx)
            if not payment:
                continue
            ours = sum(
                (
                    child._xb_amount()
                    for child in tx.child_transaction_ids
                    if child.operation == "refund" and child.state == "done"
                ),
                Decimal(0),
            )
            self.assertEqual(books[payment["id"]], ours, tx.reference)
            self.assertLessEqual(ours, 30)
        self.assertFalse(refunds.filtered(lambda tx: tx.state in ("draft", "pending")))
        strange = (txs.child_transaction_ids - refunds).filtered(lambda tx: tx.state == "done")
        self.assertEqual(len(strange), self.by_hand, "refunds made on the provider's site")

    def assert_no_forgery(self):
        self.assertTrue(self.forged)
        stored = self.env["xb.inbox"].search([("connection_id", "=", self.connection.id)])
        self.assertLessEqual(set(stored.mapped("event_key")), self.genuine)
