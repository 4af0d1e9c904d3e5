"""Confirming at a crowded shelf: nobody fails, nothing is counted twice or not at all."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.xb_inventory.models.xb_stock_due import XbStockDue

from .common import UNITS, CommittedCase, StockCase


@tagged("post_install", "-at_install")
class TestShelf(CommittedCase):
    def setUp(self):
        super().setUp()
        # a job runner may be at work in the background: jobs are tests' own affair below
        self.waking = self.startPatcher(patch.object(XbStockDue, "_wake", autospec=True))
        self.put(UNITS)
        with self.environment() as env:
            env["res.company"].browse(self.company_id).xb_guard_sales = True
            self.order_ids = [self.make_order(env, qty).id for qty in (5, 7, 9)]

    def confirm(self, env, index):
        order = env["sale.order"].browse(self.order_ids[index])
        order.action_confirm()
        env.flush_all()
        return order

    def states(self):
        """States of the orders' moves, and how many of them are due."""
        with self.environment() as env:
            orders = env["sale.order"].browse(self.order_ids)
            due = env["xb.stock.due"].search([("product_id", "in", self.product_ids)])
            return [order.picking_ids.move_ids.state for order in orders], len(due)

    def reserve(self):
        with self.environment() as env:
            env["xb.stock.due"]._job_reserve()

    def test_alone_it_is_reserved_at_once(self):
        for index in range(3):
            with self.environment() as env:
                order = self.confirm(env, index)
                self.assertEqual(order.picking_ids.move_ids.state, "assigned")
        self.assertEqual(self.states(), (["assigned"] * 3, 0))
        self.waking.assert_not_called()
        self.assertEqual(self.free(), UNITS - 21)

    def test_shelf_taken_by_somebody_else(self):
        with self.environment() as env:
            self.confirm(env, 0)
            with self.environment() as other:
                order = self.confirm(other, 1)
                self.assertEqual(order.picking_ids.move_ids.state, "confirmed")
            # one by its claim, the other by his demand
            self.assertEqual(self.free(), UNITS - 12)
            with self.environment() as other:
                self.confirm(other, 2)
            self.assertEqual(self.free(), UNITS - 21)
        self.assertEqual(self.states(), (["assigned", "confirmed", "confirmed"], 2))
        self.assertEqual(self.free(), UNITS - 21)
        self.assertEqual(self.waking.call_count, 2)
        self.reserve()
        self.assertEqual(self.states(), (["assigned"] * 3, 0))
        self.assertEqual(self.free(), UNITS - 21)
        with self.environment() as env:
            quants = env["stock.quant"].search(
                [("product_id", "=", self.product_ids[0]), ("location_id", "=", self.shelf_id)])
            self.assertEqual(quants.mapped("reserved_quantity"), [21])
            # as if each had been confirmed alone: the histories of their transfers say the same
            pickings = env["sale.order"].browse(self.order_ids).picking_ids
            told = [(len(picking.message_ids), picking.message_ids.tracking_value_ids.ids)
                    for picking in pickings]
            self.assertEqual(told, [told[0]] * 3)

    def test_shelf_changed_since_the_snapshot(self):
        """No serialization failure, which the quant's update would raise."""
        with self.environment() as env:
            env.cr.execute("SELECT COUNT(*) FROM stock_quant")
            with self.environment() as other:
                self.confirm(other, 0)
            order = self.confirm(env, 1)
            self.assertEqual(order.picking_ids.move_ids.state, "confirmed")
        self.assertEqual(self.free(), UNITS - 12)
        self.reserve()
        self.assertEqual(self.states()[0][:2], ["assigned", "assigned"])

    def test_goods_that_came_after_the_snapshot(self):
        """The gate counts them; the order's own snapshot does not know them."""
        with self.environment() as env:
            big = self.make_order(env, UNITS + 10).id
        with self.environment() as env:
            env.cr.execute("SELECT COUNT(*) FROM stock_quant")
            self.put(10)
            env["sale.order"].browse(big).action_confirm()
        self.reserve()
        with self.environment() as env:
            self.assertEqual(
                env["sale.order"].browse(big).picking_ids.move_ids.state, "assigned")
        self.assertEqual(self.free(), 0)

    def test_own_changes_are_no_strangers(self):
        """A second order in the same transaction, after the first one wrote the quants."""
        with self.environment() as env:
            for index in range(3):
                self.confirm(env, index)
        self.assertEqual(self.states(), (["assigned"] * 3, 0))

    def test_many_at_once(self):
        """All of them get through at the first try; the sum is exact."""
        with self.environment() as env:
            ids = [self.make_order(env, 1).id for _ in range(24)]

        def confirm(index):
            for order_id in ids[index::6]:
                with self.environment() as env:
                    env["sale.order"].browse(order_id).action_confirm()

        self.in_threads(6, confirm)
        self.assertEqual(self.free(), UNITS - 24)
        self.reserve()
        self.assertEqual(self.states()[1], 0)
        with self.environment() as env:
            moves = env["sale.order"].browse(ids).picking_ids.move_ids
            self.assertEqual(set(moves.mapped("state")), {"assigned"})

    def test_many_products_in_one_go(self):
        """One round reserves for all of them but those whose shelf somebody is at."""
        self.put(UNITS, 1)
        with self.environment() as env:
            ids = [self.make_order(env, 3, index).id for index in (0, 1, 0, 1)]

        def confirm(chosen):
            with self.environment() as env:
                env["xb.stock.due"]._approach(self.product_ids[:2])
                with self.environment() as other:
                    other["sale.order"].browse(chosen).action_confirm()

        def round_of_reserving():
            with self.environment() as env:
                return env["xb.stock.due"]._reserve_some()

        confirm(ids[:2])
        self.assertEqual(round_of_reserving(), 2)
        confirm(ids[2:])
        with self.environment() as env:
            env.cr.execute(
                "SELECT pg_advisory_xact_lock(884254, %s)", [self.product_ids[1]])
            self.assertEqual(round_of_reserving(), 1)
        self.assertEqual(round_of_reserving(), 1)
        self.assertEqual(round_of_reserving(), 0)
        with self.environment() as env:
            moves = env["sale.order"].browse(ids).picking_ids.move_ids
            self.assertEqual(moves.mapped("state"), ["assigned"] * 4)

    def test_cancelled_before_it_was_reserved(self):
        with self.environment() as env:
            self.confirm(env, 0)
            with self.environment() as other:
                self.confirm(other, 1)
        with self.environment() as env:
            env["sale.order"].browse(self.order_ids[1])._action_cancel()
        self.reserve()
        self.assertEqual(self.states(), (["assigned", "cancel", False], 0))
        self.assertEqual(self.free(), UNITS - 5)

    def test_without_the_gate_core_is_core(self):
        with self.environment() as env:
            env["res.company"].browse(self.company_id).xb_guard_sales = False
        with self.environment() as env:
            self.confirm(env, 0)
            self.assertFalse(env["xb.stock.due"]._get_later())
            env.cr.execute(
                "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 884254"
                " AND pid = pg_backend_pid()")
            self.assertEqual(env.cr.fetchone()[0], 0)


@tagged("post_install", "-at_install")
class TestDue(StockCase):
    def test_scheduled_action_finds_what_no_job_takes_care_of(self):
        """The process died between its commit and the job: the note is there."""
        self.env.cr.execute(
            "INSERT INTO xb_stock_due (move_id, product_id) VALUES (0, %s)", [self.product.id])
        self.levels._cron_follow()
        self.levels._cron_follow()
        job = self.env["queue.job"].search([("identity_key", "=", "xb.stock.due")])
        self.assertEqual((len(job), job.method_name), (1, "_job_reserve"))
        self.env["xb.stock.due"]._job_reserve()
        self.assertFalse(self.env["xb.stock.due"].search([]))
