from odoo.tests import HttpCase, tagged

from .common import YT, LogisticsMixin


@tagged("post_install", "-at_install")
class TestTours(LogisticsMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_logistics()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env.ref("base.user_admin").lang = "en_US"
        cls.orders = cls.env["sale.order"].union(
            *(cls.make_order(client_order_ref=f"TOUR-{i}") for i in range(1, 7))
        )

    def test_enter_tracking(self):
        """Paste six rows, three of them wrong; repair them in place; write; upload is offered."""
        self.start_tour(
            "/odoo/action-xb_logistics.xb_parcel_action", "xb_enter_tracking", login="admin"
        )
        numbers = self.orders.mapped("xb_parcel_ids.number")
        self.assertEqual(sorted(numbers), [YT % i for i in range(1, 7)])
        carriers = self.orders.xb_parcel_ids.carrier_id
        self.assertEqual(carriers, self.swift)
