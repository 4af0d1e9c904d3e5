from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import YT, LogisticsCase


@tagged("post_install", "-at_install")
class TestSecurity(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.users = {
            role: new_test_user(cls.env, f"xb_log_{role}", groups=f"xb_base.group_{role}")
            for role in ("clerk", "warehouse", "buyer", "finance", "manager")
        }

    def test_clerk_and_warehouse_do_the_whole_job(self):
        for role, number in (("clerk", 1), ("warehouse", 2)):
            with self.subTest(role=role):
                order = self.make_order()
                env = self.env(user=self.users[role])
                order.with_env(env).action_xb_deliver()
                self.assertEqual(order.delivery_status, "full")
                row = {"order": order.name, "number": YT % number, "carrier": "t_swift"}
                verdicts = env["xb.parcel"].set_tracking([row])
                self.assertVerdicts(verdicts, ["created"])
                parcel = env["xb.parcel"].browse(verdicts[0]["parcel_id"])
                parcel.number = YT % (number + 10)
                self.assertEqual(order.picking_ids.carrier_tracking_ref, YT % (number + 10))
                parcel.action_mark_delivered()
                with self.assertRaises(AccessError):
                    parcel.unlink()

    def test_others_read(self):
        self.track((self.order, YT % 1, "t_swift"))
        parcel = self.order.xb_parcel_ids
        for role in ("buyer", "finance"):
            seen = parcel.with_user(self.users[role])
            self.assertEqual(seen.number, YT % 1)
            with self.assertRaises(AccessError):
                seen.number = YT % 2
            with self.assertRaises(AccessError):
                seen.action_mark_delivered()

    def test_orders_and_transfers_stay_readable_for_people_without_a_role(self):
        self.track((self.order, YT % 1, "t_swift"))
        seller = new_test_user(
            self.env, "xb_log_seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        stocker = new_test_user(self.env, "xb_log_stocker", groups="stock.group_stock_user")
        self.assertEqual(self.order.with_user(seller).read()[0]["xb_parcel_count"], 1)
        self.assertEqual(
            self.order.picking_ids.with_user(stocker).read(["xb_parcel_ids", "xb_parcel_count"])[0][
                "xb_parcel_count"
            ],
            1,
        )
        for user in (seller, stocker):
            with self.assertRaises(AccessError):
                self.order.xb_parcel_ids.with_user(user).write({"number": "X12345"})

    def test_other_companies_parcels_are_invisible(self):
        self.track((self.order, YT % 1, "t_swift"))
        parcel = self.order.xb_parcel_ids
        company = self.env["res.company"].create({"name": "Other Ltd"})
        stranger = new_test_user(
            self.env,
            "xb_log_stranger",
            groups="xb_base.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": company.ids})
        self.assertFalse(env["xb.parcel"].search([("id", "=", parcel.id)]))
        with self.assertRaises(AccessError):
            parcel.with_env(env).read(["number"])
        verdict = env["xb.parcel"].set_tracking(
            [{"order": self.order.name, "number": YT % 5, "carrier": "t_swift"}]
        )
        self.assertEqual(verdict[0]["problems"][0]["code"], "unknown_order")
