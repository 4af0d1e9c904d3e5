"""Random stock operations; after each, levels must say what core's own figures say."""

import contextlib
import os
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.xb_inventory.exceptions import NotEnoughStock

from .common import StockCase

# 10,000 operations: XB_DRIFT_RUNS=200 and --timeout=0. The default keeps the suite quick.
RUNS = int(os.environ.get("XB_DRIFT_RUNS", "6"))
# A failure is told as it was found; making it short takes a while (XB_DRIFT_SHRINK=1).
PHASES = (Phase.generate, *([Phase.shrink] if os.environ.get("XB_DRIFT_SHRINK") else []))
STEPS = 50
PRODUCTS = 4
quantities = st.integers(1, 12)
picks = st.integers(0, 10**6)


class StockMachine(RuleBasedStateMachine):
    """:cvar case: the test case whose database this works on"""

    case = None

    @initialize()
    def start(self):
        case = self.case
        self.env = case.env
        self.savepoint = case.env.cr.savepoint()
        second = case.env["stock.warehouse"].create({"name": "Second", "code": "S2"})
        company = case.env["res.company"].create({"name": "Hypothesis"})
        third = case.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        second.delivery_steps = "pick_ship"
        self.places = case.warehouse | second | third
        self.dozen = case.env.ref("uom.product_uom_dozen")
        self.products = case.env["product.product"]
        for number in range(PRODUCTS):
            self.products |= case.make_product(
                f"H{number}", tracking="lot" if number == 1 else "none"
            )
        self.lots = case.env["stock.lot"].create(
            [{"name": f"L{n}", "product_id": self.products[1].id} for n in range(2)]
        )
        self.packages = case.env["stock.package"].create([{"name": f"P{n}"} for n in range(6)])
        self.tokens = []

    def teardown(self):
        if hasattr(self, "savepoint"):
            self.savepoint.close(rollback=True)
            self.case.env.invalidate_all()

    # -- choosing

    def product(self, pick):
        return self.products[pick % PRODUCTS]

    def place(self, pick):
        return self.places[pick % len(self.places)]

    def pickings(self, *states):
        return self.env["stock.picking"].search(
            [("state", "in", states), ("move_ids.product_id", "in", self.products.ids)], order="id"
        )

    # -- operations

    @rule(pick=picks, where=picks, qty=quantities)
    def receive(self, pick, where, qty):
        product, place = self.product(pick), self.place(where)
        move = self.env["stock.move"].create(
            {
                "product_id": product.id, "product_uom_qty": qty,
                "company_id": place.company_id.id,
                "location_id": self.case.suppliers.id, "location_dest_id": place.lot_stock_id.id,
            }
        )
        move._action_confirm()
        move.quantity = qty
        if product.tracking == "lot":
            move.move_line_ids.lot_id = self.lots[pick % 2]
        move.picked = True
        move._action_done()

    @rule(pick=picks, where=picks, qty=quantities, dozens=st.booleans())
    def sell(self, pick, where, qty, dozens):
        place = self.place(where)
        unit = [self.dozen] if dozens and qty < 3 else []
        order = self.case.make_order(
            (self.product(pick), qty, *unit), warehouse_id=place.id, company_id=place.company_id.id
        )
        order.with_company(place.company_id).action_confirm()

    @rule(pick=picks, where=picks, qty=quantities, later=st.booleans())
    def sell_guarded(self, pick, where, qty, later):
        """Through the gate; at a crowded shelf, so that it is reserved later."""
        product, place = self.product(pick), self.place(where)
        order = self.case.make_order(
            (product, qty), warehouse_id=place.id, company_id=place.company_id.id)
        due = type(self.env["xb.stock.due"])
        stale = {product.id} if later else set()
        with contextlib.suppress(NotEnoughStock), self.env.cr.savepoint(), \
                patch.object(due, "_find_stale", lambda self, ids: stale):
            order.with_company(place.company_id).with_context(xb_stock_guard=True).action_confirm()

    @rule(pick=picks)
    def reserve_later(self, pick):
        self.env["xb.stock.due"]._job_reserve()
        self.env.invalidate_all()  # it works in environments of its own

    @rule(pick=picks, where=picks, qty=quantities)
    def receive_package(self, pick, where, qty):
        product, place = self.products[0], self.place(where)
        # two to a warehouse: a package is in one place
        package = self.packages[where % len(self.places) * 2 + pick % 2]
        self.case.put(product, qty, place.lot_stock_id, package_id=package)

    @rule(pick=picks)
    def unpack(self, pick):
        self.packages[pick % len(self.packages)].unpack()

    @rule(pick=picks, part=st.booleans())
    def deliver(self, pick, part):
        ready = self.pickings("assigned")
        if ready:
            # core refuses a part of a package, and then nothing has happened
            with self.refused("same package"):
                self.hand_over(ready[pick % len(ready)], part)

    def hand_over(self, picking, part):
        for move in picking.move_ids:
            if part and move.quantity > 1:
                move.quantity -= 1
            move.picked = True
        picking._action_done()

    @contextlib.contextmanager
    def refused(self, reason):
        """Take back what core refuses for this reason."""
        try:
            with self.env.cr.savepoint():
                yield
        except UserError as error:
            if reason not in str(error):
                raise

    @rule(pick=picks)
    def unreserve(self, pick):
        ready = self.pickings("assigned", "confirmed", "waiting")
        if ready:
            ready[pick % len(ready)].do_unreserve()

    @rule(pick=picks)
    def assign(self, pick):
        ready = self.pickings("confirmed", "waiting", "assigned")
        if ready:
            ready[pick % len(ready)].move_ids._action_assign()

    @rule(pick=picks)
    def cancel(self, pick):
        orders = self.env["sale.order"].search(
            [("state", "=", "sale"), ("order_line.product_id", "in", self.products.ids)]
        )
        if orders:
            orders[pick % len(orders)]._action_cancel()

    @rule(pick=picks, qty=quantities)
    def change_order(self, pick, qty):
        lines = self.env["sale.order.line"].search(
            [("state", "=", "sale"), ("product_id", "in", self.products.ids)]
        )
        if lines:
            line = lines[pick % len(lines)]
            if qty >= line.qty_delivered:
                line.product_uom_qty = qty

    @rule(pick=picks, where=picks, qty=st.integers(0, 20))
    def count(self, pick, where, qty):
        product, place = self.product(pick), self.place(where)
        lot = self.lots[pick % 2] if product.tracking == "lot" else self.env["stock.lot"]
        self.env["stock.quant"].with_context(inventory_mode=True).with_company(
            place.company_id
        ).create(
            {
                "product_id": product.id, "location_id": place.lot_stock_id.id,
                "lot_id": lot.id, "inventory_quantity": qty,
            }
        )._apply_inventory()

    @rule(pick=picks, where=picks)
    def scrap(self, pick, where):
        product, place = self.product(pick), self.place(where)
        if product.tracking == "none":
            self.env["stock.scrap"].with_company(place.company_id).create(
                {
                    "product_id": product.id, "scrap_qty": 1,
                    "company_id": place.company_id.id, "location_id": place.lot_stock_id.id,
                }
            ).do_scrap()

    @rule(pick=picks, qty=quantities)
    def transfer(self, pick, qty):
        move = self.env["stock.move"].create(
            {
                "product_id": self.product(pick).id, "product_uom_qty": qty,
                "location_id": self.places[0].lot_stock_id.id,
                "location_dest_id": self.places[1].lot_stock_id.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        if move.state == "assigned" and pick % 2:
            move.picked = True
            move._action_done()

    @rule(pick=picks)
    def give_back(self, pick):
        done = self.env["stock.picking"].search(
            [("state", "=", "done"), ("picking_type_code", "=", "outgoing"),
             ("move_ids.product_id", "in", self.products.ids)], order="id"
        )
        if not done:
            return
        picking = done[pick % len(done)]
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
            )
        ).save()
        lines = wizard.product_return_moves
        lines.filtered(lambda line: line.move_quantity).quantity = 1
        # core refuses what was returned in full already
        with contextlib.suppress(UserError), self.env.cr.savepoint():
            back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
            back.move_ids.picked = True
            back._action_done()

    @rule()
    def merge(self):
        self.env["stock.quant"]._quant_tasks()

    @rule(pick=picks, where=picks, qty=quantities)
    def claim(self, pick, where, qty):
        answer = self.case.availability.claim(
            [{"product_id": self.product(pick).id, "qty": qty}],
            f"h-{self.env['xb.stock.claim'].search_count([])}-{pick}-{qty}",
            warehouse_id=self.place(where).id, partial=bool(pick % 2),
        )
        if answer["token"]:
            self.tokens.append(answer["token"])

    @rule(pick=picks)
    def release(self, pick):
        if self.tokens:
            self.case.availability.release(self.tokens.pop(pick % len(self.tokens)))

    # -- what must hold

    @invariant()
    def levels_agree_with_core(self):
        if not hasattr(self, "products"):
            return
        case = self.case
        case.assertFalse(case.drift())
        for place in self.places:
            rows = case.availability.available(self.products.ids, warehouse_id=place.id)
            for product, row in zip(self.products, rows, strict=True):
                case.assertEqual(self.core(product, place), (
                    row["on_hand"], row["reserved"], row["waiting"], row["claimed"]
                ), f"{product.name} in {place.name}")

    def core(self, product, place):
        """The same figures by core's own fields."""
        here = product.with_context(warehouse_id=place.id)
        here.invalidate_recordset()
        moves = self.env["stock.move"].search(
            [
                ("product_id", "=", product.id),
                ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                ("location_id.warehouse_id", "=", place.id),
                ("location_id.usage", "=", "internal"),
            ]
        )
        waiting = 0.0
        for move in moves:
            goal = move.location_final_id or move.location_dest_id
            if goal.usage == "internal" and goal.warehouse_id == place:
                continue
            missing = move.product_qty - move.product_uom._compute_quantity(
                move.quantity, product.uom_id, round=False
            )
            coming = sum(
                origin.product_qty for origin in move.move_orig_ids
                if origin.state not in ("done", "cancel")
            )
            waiting += max(0.0, missing - coming)
        lines = self.env["xb.stock.claim.line"].search(
            [("product_id", "=", product.id), ("warehouse_id", "=", place.id),
             ("claim_id.state", "=", "open")]
        )
        claimed = sum(lines.mapped("quantity"))
        # core's free quantity knows reservations as its quants do
        on_hand = here.qty_available
        return on_hand, round(on_hand - here.free_qty, 6), round(waiting, 6), claimed


@tagged("post_install", "-at_install")
class TestDrift(StockCase):
    def test_no_drift_after_random_operations(self):
        StockMachine.case = self
        run_state_machine_as_test(
            StockMachine,
            settings=settings(
                phases=PHASES, max_examples=RUNS, stateful_step_count=STEPS, deadline=None,
                database=None, suppress_health_check=list(HealthCheck), print_blob=True,
            ),
        )

    def test_check_finds_and_repairs(self):
        self.assertFalse(self.drift())
        check = self.env["xb.stock.check"]._job_reconcile()
        self.assertEqual((check.state, check.drift), ("clean", 0))
        self.env.cr.execute(
            "UPDATE xb_stock_level SET on_hand = 99 WHERE product_id = %s", [self.product.id]
        )
        self.claim(2)
        self.env.cr.execute(
            "UPDATE xb_stock_claim_line SET is_open = FALSE WHERE product_id = %s",
            [self.product.id],
        )
        check = self.env["xb.stock.check"]._job_reconcile()
        self.assertEqual((check.state, check.drift, check.claims_wrong), ("repaired", 1, 1))
        self.assertIn("99", check.details_text)
        self.assertEqual(self.free(), 8)
        level = self.levels.search([("product_id", "=", self.product.id)])
        self.assertEqual((level.on_hand, level.condition), (10, "drift"))
        self.env.cr.execute(
            "UPDATE xb_stock_level SET limited = FALSE WHERE product_id = %s", [self.product.id]
        )
        check = self.env["xb.stock.check"]._job_reconcile()
        self.assertEqual((check.state, check.drift), ("repaired", 1))
        self.assertTrue(self.availability.available([self.product.id])[0]["limited"])
        # right again: no longer under suspicion
        check = self.env["xb.stock.check"]._job_reconcile()
        self.assertEqual((check.state, check.drift), ("clean", 0))
        level.invalidate_recordset()
        self.assertEqual(level.condition, "ok")

    def test_metrics(self):
        text = self.env["xb.metrics"]._render().decode()
        for name in ("xb_stock_drift", "xb_stock_claims", "xb_stock_oversold_levels",
                     "xb_stock_oldest_mark_seconds"):
            self.assertIn(name, text)
