from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestBuyer(OrdersCommon):
    """Rules know the buyer; orders that could go in one parcel are shown together."""

    def order(self, ref, hour=8, buyer="B1", **values):
        return self.imported(self.order_value(
            ref, placed_at=f"2026-05-04T{hour:02}:00:00Z",
            buyer={"id": buyer, "name": f"Buyer {buyer}"}, **values))

    def found(self, *domain):
        return self.env["sale.order"].search(
            [("xb_shop_id", "=", self.shop.id), *domain], order="xb_ref").mapped("xb_ref")

    def rule(self, domain, **vals):
        return self.env["xb.order.rule"].create(
            {"name": "Rule", "active": True, "domain": domain, "do_hold": True, **vals})

    # === HISTORY === #

    def test_earlier_orders_count_by_time_not_by_arrival(self):
        late, early = self.order("H2", 9), self.order("H1", 8)
        self.order("H3", 7, buyer="B2")
        self.assertEqual((early.xb_earlier_orders, late.xb_earlier_orders), (0, 1))
        self.assertEqual(self.found(("xb_earlier_orders", ">", 0)), ["H2"])
        self.assertEqual(self.found(("xb_earlier_orders", "=", 0)), ["H1", "H3"])
        self.assertEqual(self.found(("xb_earlier_orders", "!=", 0)), ["H2"])
        self.assertEqual(self.found(("xb_earlier_orders", "in", [1, 2])), ["H2"])

    def test_guests_have_no_history(self):
        guest = {"buyer": {"name": "Somebody"}}
        self.imported(self.order_value("G1", **guest))
        second = self.imported(self.order_value("G2", **guest))
        self.assertEqual((second.xb_earlier_orders, second.xb_twin_count), (0, 0))

    def test_earlier_refunds(self):
        first = self.order("R1", 7)
        first.xb_refunded_amount = 5
        second = self.order("R2", 8)
        self.assertEqual((second.xb_earlier_orders, second.xb_earlier_refunds), (1, 1))
        self.assertEqual(self.found(("xb_earlier_refunds", ">=", 1)), ["R2"])

    def test_rule_by_history(self):
        self.rule("[('xb_earlier_refunds', '>', 0)]")
        first = self.order("R1", 7)
        self.assertFalse(first.xb_on_hold)
        first.xb_refunded_amount = 5
        self.assertTrue(self.order("R2", 8).xb_on_hold)
        self.assertFalse(self.order("R3", 8, buyer="B2").xb_on_hold)

    def test_rule_by_weight(self):
        self.mug.weight = 2.0
        self.rule("[('shipping_weight', '>', 5)]")
        lines = self.order_value("W")["lines"]
        heavy = [{**lines[0], "qty": "3"}, *lines[1:]]
        self.assertFalse(self.order("W1").xb_on_hold)
        self.assertTrue(self.order("W2", buyer="B2", lines=heavy, total=None).xb_on_hold)

    # === ONE PARCEL === #

    def test_twins(self):
        first, second = self.order("T1", 8), self.order("T2", 20)
        elsewhere = self.order("T3", 9, ship_to={
            "name": "Ada", "street": "Other way 1", "city": "Bonn", "country": "DE"})
        self.order("T4", 9, buyer="B2")
        self.assertEqual(first.xb_twin_ids, second)
        self.assertEqual(second.xb_twin_ids, first)
        self.assertFalse(elsewhere.xb_twin_ids)
        self.assertEqual(self.found(("xb_twin_count", ">", 0)), ["T1", "T2"])
        domain = first.action_xb_view_twins()["domain"]
        self.assertEqual(self.env["sale.order"].search(domain), first | second)

    def test_window_and_packed_ones(self):
        first, second = self.order("T1", 8), self.order("T2", 20)
        self.shop.merge_hours = 6
        self.assertFalse(first.xb_twin_ids)
        self.shop.merge_hours = 24
        self.assertEqual(first.xb_twin_ids, second)
        self.deliver(second)
        first.invalidate_recordset()
        self.assertFalse(first.xb_twin_ids)
        self.assertEqual(self.found(("xb_twin_count", ">", 0)), [])

    def test_one_number_for_both(self):
        """What the suggestion leads to: one parcel, the orders stay orders of their own."""
        orders = self.order("T1", 8) | self.order("T2", 9)
        verdicts = self.env["xb.parcel"].set_tracking([
            {"order": order.name, "number": "YT2600000001", "carrier": "yunexpress"}
            for order in orders])
        self.assertEqual({verdict["parcel_id"] for verdict in verdicts},
                         set(orders.xb_parcel_ids.ids))
        self.assertEqual(len(orders.xb_parcel_ids), 1)
        orders.invalidate_recordset()
        self.assertFalse(orders.xb_twin_ids)

    def test_many_orders_are_read_at_once(self):
        orders = self.env["sale.order"].union(*(self.order(f"T{n}", 8) for n in range(4)))
        orders.invalidate_recordset()
        with self.assertQueryCount(12):
            orders.mapped("xb_twin_count")
            orders.mapped("xb_earlier_orders")
        self.assertEqual(orders.mapped("xb_twin_count"), [3] * 4)


@tagged("post_install", "-at_install")
class TestAddressInCompanies(OrdersCommon):
    """A new address says in other companies what its contact says there, as core has it."""

    def test_as_core_does_it(self):
        other = self.env["res.company"].create({"name": "Another company"})
        term = self.env["account.payment.term"].create({"name": "In thirty days"})
        home = {"street": "At home 1", "city": "Berlin", "zip": "10115", "country": "DE"}
        buyer = self.imported(self.order_value("1", ship_to=home)).partner_id
        buyer.with_company(other).property_payment_term_id = term
        values = [self.order_value(
            str(number), ship_to={**home, "street": f"Way {number}", "name": f"Aunt {number}"})
            for number in range(2, 5)]
        orders = self.env["sale.order"].browse(
            [verdict["order_id"] for verdict in self.shop.import_orders(values)])
        ours = orders.partner_shipping_id
        self.assertEqual((ours.parent_id, len(ours)), (buyer, 3))
        by_core = self.env["res.partner"].create(
            {"name": "Aunt 9", "type": "delivery", "parent_id": buyer.id})
        names = self.env["res.partner"]._company_dependent_commercial_fields()
        self.assertEqual(by_core.with_company(other).property_payment_term_id, term)
        for company in self.company | other:
            for address in ours:
                for name in names:
                    self.assertEqual(address.with_company(company)[name],
                                     by_core.with_company(company)[name], (company.name, name))
