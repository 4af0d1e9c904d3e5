from datetime import datetime, timedelta

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

    def test_exceptions_board(self):
        """Look, take a parcel on, solve another."""
        now = datetime.now()
        held, silent = self.env["xb.parcel"].create(
            [
                {
                    "number": YT % number,
                    "carrier_id": self.swift.id,
                    "partner_id": self.customer.id,
                    "shipped_at": now - timedelta(days=20),
                }
                for number in (91, 92)
            ]
        )
        held._set_status("exception", now, text="Held by customs", reason="customs")
        silent._refresh_issue()
        self.start_tour(
            "/odoo/action-xb_logistics.xb_parcel_action_issue", "xb_exceptions_board", login="admin"
        )
        self.assertEqual(held.issue_user_id, self.env.ref("base.user_admin"))
        self.assertFalse(silent.issue)

    def test_customers_page_in_two_languages(self):
        """Without login: read it, change the language, read it again."""
        self.env["res.lang"]._activate_lang("zh_CN")
        module = self.env["ir.module.module"].search([("name", "=", "xb_logistics")])
        module._update_translations(["zh_CN"])
        order = self.orders[0]
        self.env["xb.parcel"].set_tracking(
            [{"order": order.name, "number": YT % 93, "carrier": "t_swift"}]
        )
        order.xb_parcel_ids._set_status("out_for_delivery", text="With the courier")
        link = order._xb_get_tracking_link()
        path = link[link.index("/xb/track") :]
        self.browser_js(
            path + "?lang=en_US",
            code="""
                const text = document.body.innerText;
                if (!text.includes("Out for Delivery")) throw new Error(text);
                if (!document.querySelector("nav a[href='?lang=zh_CN']")) throw new Error("no nav");
                console.log("test successful");
            """,
            login=None,
        )
        self.browser_js(
            path + "?lang=zh_CN",
            code="""
                const text = document.body.innerText;
                if (!text.includes("派送") && !text.includes("派件")) throw new Error(text);
                if (!text.includes("With the courier")) throw new Error(text);
                console.log("test successful");
            """,
            login=None,
        )
