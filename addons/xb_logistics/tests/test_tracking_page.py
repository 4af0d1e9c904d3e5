from datetime import datetime, timedelta

from odoo.tests import HttpCase, tagged

from .common import YT, LogisticsMixin

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestTrackingPage(LogisticsMixin, HttpCase):
    """Acceptance 4: what the customer is shown, by a link without login."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_logistics()
        cls.env["res.lang"]._activate_lang("zh_CN")
        # The language came after the addon: its terms are loaded now.
        module = cls.env["ir.module.module"].search([("name", "=", "xb_logistics")])
        module._update_translations(["zh_CN"])
        cls.customer.write({"lang": "en_US", "tz": "Europe/Berlin"})

    def page(self, order, lang=None, status=200):
        self.env.flush_all()
        link = order._xb_get_tracking_link()
        path = link[link.index("/xb/track") :]
        answer = self.url_open(path + (f"?lang={lang}" if lang else ""))
        self.assertEqual(answer.status_code, status)
        return answer.text

    def parcel(self, number, items, **values):
        return self.env["xb.parcel"].create(
            {
                "carrier_id": self.swift.id,
                "number": YT % number,
                "item_ids": [
                    (0, 0, {"sale_line_id": line.id, "quantity": quantity})
                    for line, quantity in items
                ],
                **values,
            }
        )

    def test_two_orders_in_one_parcel_show_their_own_goods_only(self):
        one = self.make_order((self.mug, 2))
        two = self.make_order((self.lid, 3))
        self.parcel(1, [(one.order_line, 2), (two.order_line, 3)])
        first, second = self.page(one), self.page(two)
        for text in (first, second):
            self.assertIn(YT % 1, text)
        self.assertIn("2 × Mug", first)
        self.assertNotIn("Lid", first)
        self.assertIn("3 × Lid", second)
        self.assertNotIn("Mug", second)
        self.assertEqual((one.xb_parcel_count, two.xb_parcel_count), (1, 1))

    def test_one_order_in_three_parcels_and_a_rest(self):
        order = self.make_order((self.mug, 5))
        line = order.order_line
        for n in range(3):
            self.parcel(10 + n, [(line, 1)])
        text = self.page(order)
        self.assertIn("in 3 parcels", " ".join(text.split()))
        for n in range(3):
            self.assertIn(YT % (10 + n), text)
        self.assertIn("Not sent yet", text)
        self.assertIn("2 × Mug", " ".join(text.split()))

    def test_a_return_is_shown_as_one(self):
        order = self.make_order((self.mug, 1))
        self.parcel(20, [(order.order_line, 1)])._set_status("delivered")
        self.parcel(21, [(order.order_line, 1)], direction="return")
        text = self.page(order)
        self.assertLess(text.index(YT % 20), text.index("Coming back"))
        self.assertLess(text.index("Coming back"), text.index(YT % 21))
        self.assertNotIn("Not sent yet", text)

    def test_language_and_zone_are_the_customers(self):
        order = self.make_order((self.mug, 1))
        parcel = self.parcel(30, [(order.order_line, 1)])
        parcel._set_status("in_transit", datetime(2026, 3, 2, 23, 30), text="Left Shenzhen")
        text = self.page(order)
        self.assertIn('lang="en-US"', text)
        self.assertIn("03/03/2026 12:30:00 AM", text)
        self.assertIn("Europe/Berlin", text)
        self.assertNotIn("<script", text)
        chinese = self.page(order, "zh_CN")
        self.assertIn('lang="zh-CN"', chinese)
        self.assertIn("运输", chinese)
        self.assertIn("Left Shenzhen", chinese)
        self.customer.lang = "zh_CN"
        self.assertIn('lang="zh-CN"', self.page(order))
        self.assertIn('lang="zh-CN"', self.page(order, "xx_XX"))

    def test_the_portal_leads_there(self):
        order = self.make_order((self.mug, 1))
        self.env.flush_all()
        self.assertNotIn("/xb/track/", self.url_open(order.get_portal_url()).text)
        self.parcel(35, [(order.order_line, 1)])
        self.env.flush_all()
        text = self.url_open(order.get_portal_url()).text
        link = order._xb_get_tracking_link()
        self.assertIn(link[link.index("/xb/track/") :], text)

    def test_text_of_carriers_is_text(self):
        order = self.make_order((self.mug, 1))
        self.parcel(40, [(order.order_line, 1)])._set_status(
            "in_transit", text="<script>alert(1)</script>"
        )
        self.assertIn("&lt;script&gt;", self.page(order))

    def test_guessed_links_show_nothing(self):
        order = self.make_order((self.mug, 1))
        other = self.make_order((self.mug, 1))
        self.env.flush_all()
        signature = order._xb_get_tracking_signature()
        for path in (
            f"/xb/track/{signature}/{other.id}",
            f"/xb/track/{'0' * 40}/{order.id}",
            f"/xb/track/{signature}/999999999",
        ):
            with self.subTest(path):
                self.assertEqual(self.url_open(path).status_code, 404)

    def test_nothing_sent_yet(self):
        self.assertIn("Nothing has been sent yet", self.page(self.make_order((self.mug, 1))))
