"""The browser that comes back, over real HTTP."""

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import PingPongCase


@tagged("post_install", "-at_install")
class TestReturn(PingPongCase, HttpCase):
    registry_test_mode = False  # the base class enters it

    def come_back(self, tx, query="", token=None):
        """Open the return address; return the answer."""
        path = tx._xb_get_return_url().split("/", 3)[3]
        if token is not None:
            path = f"{path.rsplit('/', 1)[0]}/{token}"
        answer = self.url_open(f"/{path}{query}", allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def test_the_provider_is_asked(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.assertEqual(self.come_back(tx).status_code, 303)
        self.assertEqual(tx.state, "done")

    def test_what_the_browser_says_is_not_looked_at(self):
        tx = self.begin()
        self.open_page(tx)
        self.come_back(tx, "?status=SUCCESS&amount=30.00&state=done&resultCode=000000")
        self.assertEqual(tx.state, "draft")

    def test_a_guessed_address_does_nothing(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        for token in ("guess", "0" * 64):
            self.assertEqual(self.come_back(tx, token=token).status_code, 303)
        self.assertEqual(tx.state, "draft")

    def test_no_way_out(self):
        """Whatever comes along, the browser goes to the status page of this very server."""
        tx = self.begin()
        self.open_page(tx)
        for query in ("?redirect=https://evil.example", "?next=//evil.example", "?r=/web"):
            answer = self.come_back(tx, query)
            self.assertIn(
                answer.headers["Location"],
                (
                    "/payment/status",
                    f"{self.base_url()}/payment/status",
                ),
            )

    def test_knocking_again_and_again_asks_once(self):
        tx = self.begin()
        self.open_page(tx)

        def asked():
            return len([r for r in self.simulator.app.log if r["path"].endswith("/query")])

        before = asked()
        for _time in range(5):
            self.come_back(tx)
        self.assertEqual(asked() - before, 1)

    @mute_logger(
        "odoo.addons.xb_payments.models.payment_transaction_truth",
        "odoo.addons.xb_base.client.transport",
    )
    def test_the_provider_is_down(self):
        tx = self.begin()
        _values, payment = self.open_page(tx)
        self.other_side.pay(payment["id"])
        self.simulator.faults.add(kind="error_500", match="query", count=1)
        self.assertEqual(self.come_back(tx).status_code, 303)
        self.assertEqual(tx.state, "pending")
        tx._xb_ask()
        self.assertEqual(tx.state, "done")
