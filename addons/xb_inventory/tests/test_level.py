from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.xb_inventory import reading

from .common import StockCase


@tagged("post_install", "-at_install")
class TestLevel(StockCase):
    """The truth in every situation that core knows, and levels that follow it."""

    def expect(self, on_hand, reserved, waiting, product=None):
        """Compare what is true of the product in the warehouse, before and after following."""
        product = product or self.product
        for moment in ("marked", "followed"):
            [row] = self.availability.available([product.id], warehouse_id=self.warehouse.id)
            self.assertEqual(
                (row["on_hand"], row["reserved"], row["waiting"]), (on_hand, reserved, waiting),
                moment,
            )
            self.assertEqual(row["available"], on_hand - reserved - waiting)
            self.assertFalse(self.drift())

    def confirm(self, *lines, **values):
        order = self.make_order(*lines, **values)
        order.action_confirm()
        return order

    def test_receipt_and_delivery(self):
        self.expect(10, 0, 0)
        order = self.confirm((self.product, 4))
        self.expect(10, 4, 0)
        picking = order.picking_ids
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.expect(6, 0, 0)
        self.put(self.product, 5)
        self.expect(11, 0, 0)

    def test_confirmed_without_stock_is_sold(self):
        self.confirm((self.product, 12))
        self.expect(10, 10, 2)
        self.assertEqual(self.free(), -2)

    def test_unreserve_and_cancel(self):
        order = self.confirm((self.product, 4))
        order.picking_ids.do_unreserve()
        self.expect(10, 0, 4)
        order._action_cancel()
        self.expect(10, 0, 0)

    def test_partial_delivery_with_backorder(self):
        order = self.confirm((self.product, 4))
        picking = order.picking_ids
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(len(order.picking_ids), 2)
        self.expect(9, 3, 0)

    def test_less_picked_than_wanted_still_waits(self):
        order = self.confirm((self.product, 4))
        order.picking_ids.move_ids.quantity = 1
        self.expect(10, 1, 3)

    def test_return(self):
        order = self.confirm((self.product, 4))
        order.picking_ids.button_validate()
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=order.picking_ids.id, active_ids=order.picking_ids.ids,
                active_model="stock.picking",
            )
        ).save()
        wizard.product_return_moves.quantity = 3
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.expect(6, 0, 0)
        back.button_validate()
        self.expect(9, 0, 0)

    def test_adjustment_and_scrap(self):
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {"product_id": self.product.id, "location_id": self.shelf.id, "inventory_quantity": 7}
        )._apply_inventory()
        self.expect(7, 0, 0)
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.product.id, "scrap_qty": 2, "location_id": self.shelf.id}
        )
        scrap.do_scrap()
        self.expect(5, 0, 0)

    def test_transfer_inside_takes_nothing(self):
        other = self.env["stock.location"].create({"name": "B", "location_id": self.shelf.id})
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id, "product_uom_qty": 12,
                "location_id": self.shelf.id, "location_dest_id": other.id,
            }
        )
        move._action_confirm()
        self.expect(10, 0, 0)
        move._action_assign()
        # reserved is reserved, as in core; what could not be reserved stays on the shelf
        self.expect(10, 10, 0)

    def test_transfer_to_another_warehouse(self):
        other = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id, "product_uom_qty": 12,
                "location_id": self.shelf.id, "location_dest_id": other.lot_stock_id.id,
            }
        )
        move._action_confirm()
        self.expect(10, 0, 12)
        move._action_assign()
        self.expect(10, 10, 2)
        move.quantity = 10
        move.picked = True
        move._action_done(cancel_backorder=True)
        self.expect(0, 0, 0)
        self.assertEqual(self.free(warehouse_id=other.id), 10)
        # over all warehouses of the company
        self.assertEqual(self.free(), 10)

    def test_three_step_delivery_counts_once(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self.confirm((self.product, 12))
        self.expect(10, 10, 2)
        for _step in range(3):
            picking = order.picking_ids.filtered(lambda one: one.state == "assigned")[:1]
            self.assertTrue(picking)
            picking.move_ids.picked = True
            picking.with_context(skip_backorder=True)._action_done()
            self.assertEqual(
                self.free(warehouse_id=self.warehouse.id), -2, f"after {picking.name}"
            )
            self.assertFalse(self.drift())
        self.expect(0, 0, 2)

    def test_unreserved_between_the_steps_still_counts(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self.confirm((self.product, 4))
        picking = order.picking_ids
        picking.move_ids.picked = True
        picking._action_done()
        ship = order.picking_ids - picking
        self.assertEqual(ship.state, "assigned")
        self.expect(10, 4, 0)
        ship.do_unreserve()
        self.expect(10, 0, 4)

    def test_pull_chain_counts_once(self):
        """A delivery made to order from its picking, as in routes with pull rules."""
        output = self.env["stock.location"].create(
            {"name": "Out", "location_id": self.warehouse.view_location_id.id, "usage": "internal"}
        )
        ship = self.env["stock.move"].create(
            {
                "product_id": self.product.id, "product_uom_qty": 12,
                "location_id": output.id, "location_dest_id": self.customers.id,
                "procure_method": "make_to_order",
            }
        )
        pick = self.env["stock.move"].create(
            {
                "product_id": self.product.id, "product_uom_qty": 12,
                "location_id": self.shelf.id, "location_dest_id": output.id,
                "location_final_id": output.id, "move_dest_ids": [Command.link(ship.id)],
            }
        )
        (pick | ship)._action_confirm(merge=False)
        self.expect(10, 0, 12)
        pick._action_assign()
        self.expect(10, 10, 2)
        pick.quantity = 4
        pick.picked = True
        pick._action_done()
        self.assertEqual(ship.quantity, 4)
        # 4 on the dock reserved, the rest wanted by what is left of the picking
        [row] = self.availability.available([self.product.id], warehouse_id=self.warehouse.id)
        self.assertEqual(row["available"], -2)
        self.assertFalse(self.drift())

    def test_made_to_order_takes_nothing_from_the_shelf(self):
        receipt = self.env["stock.move"].create(
            {
                "product_id": self.product.id, "product_uom_qty": 5,
                "location_id": self.suppliers.id, "location_dest_id": self.shelf.id,
            }
        )
        delivery = self.env["stock.move"].create(
            {
                "product_id": self.product.id, "product_uom_qty": 5,
                "location_id": self.shelf.id, "location_dest_id": self.customers.id,
                "procure_method": "make_to_order", "move_orig_ids": [Command.link(receipt.id)],
            }
        )
        (receipt | delivery)._action_confirm(merge=False)
        self.expect(10, 0, 0)
        receipt.quantity = 5
        receipt.picked = True
        receipt._action_done()
        self.expect(15, 5, 0)

    def test_units_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        bulk = self.make_product("Screw", 30)
        self.confirm((bulk, 3, dozen))
        self.expect(30, 30, 6, bulk)

    def test_lots_and_packages(self):
        tracked = self.make_product("Phone", tracking="serial")
        lots = self.env["stock.lot"].create(
            [{"name": f"SN{n}", "product_id": tracked.id} for n in range(3)]
        )
        for lot in lots:
            self.put(tracked, 1, lot_id=lot)
        package = self.env["stock.package"].create({"name": "Box"})
        boxed = self.make_product("Boxed")
        self.put(boxed, 4, package_id=package)
        self.confirm((tracked, 2), (boxed, 5))
        self.expect(3, 2, 0, tracked)
        self.expect(4, 4, 1, boxed)

    def test_place_that_changes_its_usage(self):
        corner = self.env["stock.location"].create(
            {"name": "Corner", "location_id": self.shelf.id, "usage": "internal"}
        )
        self.put(self.product, 5, corner)
        self.expect(15, 0, 0)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_location SET usage = 'transit' WHERE id = %s", [corner.id]
        )
        self.expect(10, 0, 0)

    def test_raw_sql_leaves_a_mark_too(self):
        self.assertFalse(self.drift())
        self.env.cr.execute(
            "UPDATE stock_quant SET quantity = quantity + 3 WHERE product_id = %s",
            [self.product.id],
        )
        self.expect(13, 0, 0)
        # as core does when it merges
        self.env["stock.quant"].create(
            {"product_id": self.product.id, "location_id": self.shelf.id, "quantity": 2}
        )
        self.env["stock.quant"]._merge_quants()
        self.expect(15, 0, 0)

    def test_limit_is_part_of_the_level(self):
        """Whether a product can be refused is known by its level, and changes leave a mark."""
        self.assertFalse(self.drift())
        for beyond in (True, False):
            self.env.cr.execute(
                "UPDATE product_template SET xb_sell_beyond = %s WHERE id = %s",
                [beyond, self.product.product_tmpl_id.id],
            )
            for _moment in ("marked", "followed"):
                [row] = self.availability.available([self.product.id])
                self.assertIs(row["limited"], not beyond)
                self.assertFalse(self.drift())
            level = self.levels.search([("product_id", "=", self.product.id)])
            level.invalidate_recordset()
            self.assertIs(level.limited, not beyond)
        self.env.cr.execute(
            "SELECT COUNT(*) FROM xb_stock_touch WHERE product_id = %s", [self.product.id])
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_one_is_read_as_several(self):
        """One product is read in a way of its own, and the answer is the same."""
        other = self.env["stock.warehouse"].create({"name": "Other", "code": "OTH"})
        away, both, beyond = (self.make_product(name, 5) for name in ("Away", "Both", "Beyond"))
        self.put(away, 7, other.lot_stock_id)
        self.put(both, 9, other.lot_stock_id)
        beyond.product_tmpl_id.xb_sell_beyond = True
        loose = self.env["product.product"].create({"name": "Sand", "type": "consu"})
        never = self.env["product.product"].create(
            {"name": "Never", "type": "consu", "is_storable": True})
        self.confirm((both, 2))
        self.confirm((self.product, 12))
        self.claim(3, both)
        self.claim(1, both, key="used up")
        self.env.cr.execute(
            "INSERT INTO xb_stock_claim_use (claim_id)"
            " SELECT id FROM xb_stock_claim WHERE key = 'used up'"
        )
        ids = (self.product | away | both | beyond | loose | never).ids
        pool = self.startPatcher(patch.object(reading, "get_pool")).return_value
        self.startPatcher(patch.object(reading, "_get_readers", return_value=pool))
        pool.ask.side_effect = self.ask
        self.env.cr.execute(reading._PREPARE)
        self.addCleanup(self.env.cr.execute, "DEALLOCATE ALL")
        for moment in ("marked", "followed"):
            for place in (None, self.warehouse.id, other.id):
                rows = self.availability.available(ids, warehouse_id=place)
                places = (place,) if place else (self.warehouse.id, other.id)
                for product_id, row in zip(ids, rows, strict=True):
                    with self.subTest(moment=moment, place=place, row=row):
                        self.assertEqual(
                            reading.read_one(self.env, product_id, places),
                            (row["limited"], row["on_hand"], row["reserved"], row["waiting"],
                             row["claimed"]))
                if place is None:
                    self.assertEqual(
                        [row["limited"] for row in rows], [True, True, True, False, False, True])
                    self.assertEqual([row["claimed"] for row in rows], [0, 0, 3, 0, 0, 0])
            with self.assertRaisesRegex(ValidationError, "Row 1, product_id"):
                self.availability.available([max(ids) + 1000])
            self.env.cr.execute("DELETE FROM xb_stock_touch")
            self.env.cr.execute(
                "INSERT INTO xb_stock_touch (product_id) SELECT unnest(%s)", [ids])
            self.env.cr.execute(
                "SELECT COUNT(*) FROM xb_stock_follow(1000)")

    def ask(self, query, params=None, durable=False):
        """Ask in the test's own transaction, as the gate does on a connection."""
        self.env.cr.execute(query)
        return self.env.cr.fetchall()

    def test_agrees_with_core(self):
        """Where nothing waits, free is what core calls free."""
        self.confirm((self.product, 4))
        product = self.product.with_context(warehouse_id=self.warehouse.id)
        self.assertEqual(self.free(warehouse_id=self.warehouse.id), product.free_qty)

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Second"})
        place = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        self.put(self.product, 3, place.lot_stock_id)
        self.expect(10, 0, 0)
        mine = self.availability.with_context(allowed_company_ids=[self.company.id])
        self.assertEqual(mine.available([self.product.id])[0]["available"], 10)
        both = self.availability.with_context(allowed_company_ids=[self.company.id, company.id])
        self.assertEqual(both.available([self.product.id])[0]["available"], 13)
        clerk = new_test_user(self.env, "stock_clerk", "xb_base.group_clerk")
        mine = self.levels.with_user(clerk).search([("product_id", "=", self.product.id)])
        self.assertEqual(mine.company_id, self.company)

    def test_history_of_days(self):
        self.drift()
        self.put(self.product, 5)
        self.drift()
        days = self.env["xb.stock.day"].search([("product_id", "=", self.product.id)])
        self.assertEqual(days.mapped("on_hand"), [15])

    def test_velocity(self):
        order = self.confirm((self.product, 4))
        order.picking_ids.button_validate()
        self.drift()
        self.env.flush_all()
        self.levels._cron_velocity()
        level = self.levels.search([("product_id", "=", self.product.id)])
        self.assertEqual((level.sold_7, level.sold_30), (4, 4))

    def test_many_products_in_few_queries(self):
        products = self.env["product.product"].create(
            [{"name": f"P{n}", "type": "consu", "is_storable": True} for n in range(200)]
        )
        for product in products[:50]:
            self.put(product, 3)
        self.drift()
        self.availability.available(products.ids)
        with self.assertQueryCount(3):
            rows = self.availability.available(products.ids)
        self.assertEqual([row["product_id"] for row in rows], products.ids)
        self.assertEqual(sum(row["available"] for row in rows), 150)
