from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestRule(OrdersCommon):
    """What is always the same is decided by rules, before an order is confirmed."""

    def rule(self, domain, **vals):
        return self.env["xb.order.rule"].create(
            {"name": "Rule under test", "active": True, "domain": domain, **vals})

    def test_hold_before_confirmation(self):
        self.rule("[('amount_total', '>', 30)]", do_hold=True, hold_reason="expensive")
        dear = self.imported(self.order_value("R1"))
        cheap = self.imported(self.order_value("R2", shipping=None, total="29.00"))
        self.assertEqual((dear.state, dear.xb_state), ("draft", "to_review"))
        self.assertEqual(dear.xb_hold_reason, "expensive")
        self.assertEqual((cheap.state, cheap.xb_on_hold), ("sale", False))
        dear.action_xb_release()
        self.assertEqual(dear.state, "sale")

    def test_tag_priority_and_order_of_rules(self):
        tag = self.env["crm.tag"].create({"name": "Germany"})
        self.rule("[('xb_country_id.code', '=', 'DE')]", tag_ids=tag.ids, priority="1",
                  sequence=1, stop=True)
        self.rule("[]", do_hold=True, sequence=2)
        german = self.imported(self.order_value("R1"))
        italian = self.imported(self.order_value("R2", ship_to={"street": "Via 1", "city": "Roma",
                                                                "country": "IT"}))
        self.assertEqual((german.tag_ids, german.xb_priority, german.state), (tag, "1", "sale"))
        self.assertTrue(italian.xb_on_hold)

    def test_sku_and_other_shops(self):
        other = self.shop.copy({"name": "Another"})
        self.rule("[('order_line.xb_sku', '=', 'T-LID')]", do_hold=True, shop_ids=other.ids)
        self.assertFalse(self.imported(self.order_value("R1")).xb_on_hold)

    def test_switched_off_until_tested(self):
        rule = self.env["xb.order.rule"].create({
            "name": "New", "domain": "[('amount_total', '>', 30)]", "do_hold": True,
            "test_days": 36500})
        self.assertFalse(rule.active)
        order = self.imported(self.order_value("R1"))
        self.assertFalse(order.xb_on_hold)
        found = self.env["sale.order"].search(rule.action_test()["domain"])
        self.assertIn(order, found)
        rule.domain = "[('amount_total', '>', 3000)]"
        self.assertNotIn(order, self.env["sale.order"].search(rule.action_test()["domain"]))

    def test_nonsense_is_refused(self):
        with self.assertRaises(ValidationError):
            self.rule("[('no_such_field', '=', 1)]")
