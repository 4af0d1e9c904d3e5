"""Everything that is really sent in a payment's life, against the tables of the documentation."""

from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .. import const
from ..client.api import PingPongClient
from .common import PingPongCase
from .test_spec import FIELDS, problems

TABLES = {
    const.PREPAY: ("prePay.bizContent.request", "prePay.bizContent.risk"),
    const.QUERY: ("payment.query.bizContent.request",),
    const.REFUND: ("payment.refund.bizContent.request",),
    const.CAPTURE: ("payment.capture.bizContent.request",),
    const.VOID: ("payment.void.bizContent.request",),
    const.LOGISTICS: ("logistics.upload.bizContent.request",),
}
# The documentation has no table of these two; their fields stand in its prose.
PROSE = {
    const.REFUND_QUERY: {"refundId", "merchantRefundId", "merchantTransactionId"},
    const.STATEMENT_PATH: {"billDate", "billType"},
}


@tagged("post_install", "-at_install")
class TestSent(PingPongCase):
    def test_everything_follows_the_tables(self):
        sent = []
        call, envelope = PingPongClient.call, PingPongClient.make_envelope

        def spy(client, path, content):
            sent.append((path, {k: v for k, v in content.items() if v not in (None, "", [], {})}))
            return call(client, path, content)

        def seal(client, content):
            made = envelope(client, content)
            self.assertEqual(list(problems(made, FIELDS["envelope.request"])), [])
            if "billDate" in content:
                sent.append((const.STATEMENT_PATH, content))
            return made

        with (
            patch.object(PingPongClient, "call", spy),
            patch.object(PingPongClient, "make_envelope", seal),
        ):
            self.live()
        for path, content in sent:
            with self.subTest(path=path):
                if path in PROSE:
                    self.assertLessEqual(set(content), PROSE[path])
                    continue
                rows = [row for name in TABLES[path] for row in FIELDS[name]]
                self.assertEqual(list(problems(content, rows)), [])
        self.assertEqual({path for path, _content in sent}, {*TABLES, *PROSE})

    def live(self):
        """Everything that we ever send."""
        paid = self.pay(order=self.make_order())
        paid._xb_ask()
        refund = paid._refund(amount_to_refund=10)
        self.make_parcel(paid)._upload_tracking()
        self.send_outbox()
        refund._xb_ask()
        self.provider.capture_manually = True
        captured, voided = self.begin(), self.begin()
        for tx in captured + voided:
            _values, payment = self.open_page(tx)
            self.other_side.pay(payment["id"])
        self.deliver()
        captured._capture()
        voided._void()
        self.send_outbox()
        self.provider._xb_get_adapter().get_statement(fields.Date.today())
