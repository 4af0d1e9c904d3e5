"""What a person can do about a change that came after goods had left."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import OrdersCommon


@tagged("standard", "post_install", "-at_install")
class TestLateChoices(OrdersCommon):

    def setUp(self):
        super().setUp()
        self.clerk = self.user("ann", "xb_base.group_clerk")

    def half_delivered(self):
        """An order of which the mugs have left and the lid has not, cancelled by the platform."""
        order = self.imported()
        picking = order.picking_ids
        for move in picking.move_ids:
            mugs = move.product_id == self.mug
            move.write({"quantity": move.product_uom_qty if mugs else 0, "picked": mugs})
        Form.from_action(self.env, picking.button_validate()).save().process()
        verdict = self.import_one(self.order_value(status="cancelled"))
        self.assertState(verdict, "held", "too_late")
        [problem] = order.xb_problem_ids.filtered(lambda row: row.state == "open")
        return order, problem.with_user(self.clerk)

    def test_choices_are_offered_where_they_can_be_taken(self):
        order, problem = self.half_delivered()
        self.assertTrue(problem.is_late and problem.can_return and problem.can_cut)
        self.assertEqual(order.xb_state, "to_review")
        for picking in order.picking_ids.filtered(lambda row: row.state != "done"):
            picking.action_cancel()
        problem.invalidate_recordset()
        self.assertTrue(problem.can_return and not problem.can_cut)

    def test_cancel_what_has_not_left(self):
        available = self.env["xb.availability"].available(self.lid.ids)
        order, problem = self.half_delivered()
        problem.action_cut()
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done", "cancel"})
        quantities = {line.xb_sku: line.product_uom_qty for line in order.order_line
                      if line.xb_sku}
        self.assertEqual(quantities, {"T-MUG": 2, "T-LID": 0})
        self.assertEqual((problem.state, order.xb_intake_id.state), ("waived", "imported"))
        self.assertIn(self.clerk.name, order.message_ids[0].body)
        # the lid is free again, and the same message changes nothing any more
        self.assertEqual(self.env["xb.availability"].available(self.lid.ids), available)
        self.assertEqual(
            self.import_one(self.order_value(status="cancelled"))["state"], "unchanged")
        self.assertFalse(order.picking_ids.filtered(
            lambda row: row.state not in ("done", "cancel")))

    def test_take_back_what_has_left(self):
        order, problem = self.half_delivered()
        action = problem.action_return()
        wizard = self.env[action["res_model"]].with_user(self.clerk).with_context(
            **action["context"]).create({})
        wizard.product_return_moves.quantity = 2
        wizard.action_create_returns()
        self.assertEqual(order.xb_state, "after_sale")
        [back] = order.picking_ids.filtered(lambda row: row.picking_type_code == "incoming")
        self.assertEqual(back.move_ids.product_id, self.mug)

    def test_leave_it(self):
        order, problem = self.half_delivered()
        states = order.picking_ids.mapped("state")
        problem.action_waive("The buyer wants it after all")
        self.assertEqual((problem.state, problem.reason),
                         ("waived", "The buyer wants it after all"))
        self.assertEqual(order.picking_ids.mapped("state"), states)
        self.assertEqual(order.state, "sale")

    def test_nobody_else_decides(self):
        _order, problem = self.half_delivered()
        stranger = self.user("eve", "base.group_user")
        for name in ("action_cut", "action_return", "action_waive"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(problem.with_user(stranger), name)()
