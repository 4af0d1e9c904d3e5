from odoo.tests import tagged

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestImportUpdates(OrdersCommon):
    """A known order follows the platform as long as it can."""

    def update(self, state="updated", codes=(), **changes):
        verdict = self.import_one(self.order_value(**changes))
        self.assertState(verdict, state, *codes)
        return verdict

    def lines(self, *quantities):
        return [{"ref": f"L{index}", "sku": sku, "qty": str(qty), "unit_price": price}
                for index, (sku, price, qty) in enumerate(zip(
                    ("T-MUG", "T-LID"), ("12.50", "4.00"), quantities, strict=False), start=1)]

    # === HEADER === #

    def test_note_tags_and_dates(self):
        order = self.imported()
        self.update(note="Leave at the door", tags=["late"], ship_by="2026-05-09T12:00:00Z",
                    platform_status="AWAITING")
        self.assertRecordValues(order, [{
            "xb_note": "Leave at the door", "xb_platform_status": "AWAITING"}])
        self.assertEqual(order.tag_ids.name, "late")
        self.assertEqual(order.picking_ids.date_deadline, order.xb_ship_by)

    def test_paid_later_is_confirmed_later(self):
        order = self.imported(self.order_value(status="pending"))
        self.update(paid_at="2026-05-04T10:00:00Z")
        self.assertEqual((order.state, order.picking_ids.state), ("sale", "assigned"))

    def test_same_meaning_is_unchanged(self):
        self.imported()
        value = self.order_value(placed_at="2026-05-04T04:15:22Z", total="33.9")
        self.assertState(self.import_one(value), "unchanged")

    def test_older_version_is_stale(self):
        order = self.imported(self.order_value(updated_at="2026-05-05T10:00:00Z"))
        self.update("unchanged", ["stale"], updated_at="2026-05-05T09:00:00Z", note="Old news")
        self.assertFalse(order.xb_note)
        self.update(updated_at="2026-05-05T11:00:00Z", note="New news")
        self.assertEqual(order.xb_note, "New news")

    # === ADDRESS === #

    def test_address_moves_along_to_the_transfer(self):
        order = self.imported()
        self.update(ship_to={"name": "Anna Kern", "street": "Neue Str. 9", "city": "Bonn",
                             "zip": "53111", "country": "DE"})
        self.assertEqual(order.partner_shipping_id.city, "Bonn")
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)

    def test_address_after_delivery_is_too_late(self):
        order = self.imported()
        self.deliver(order)
        old = order.partner_shipping_id
        verdict = self.update("held", ["too_late"], ship_to={
            "name": "Anna Kern", "street": "Neue Str. 9", "city": "Bonn", "country": "DE"},
            note="Not applied either")
        self.assertEqual(verdict["order_id"], order.id)
        self.assertEqual(order.partner_shipping_id, old)
        self.assertFalse(order.xb_note)
        self.assertEqual(order.xb_intake_id.state, "held")

    # === LINES === #

    def test_quantity_up_and_down(self):
        order = self.imported()
        self.update(lines=self.lines(5, 1), total="71.40")
        self.assertEqual(order.order_line[0].product_uom_qty, 5)
        self.assertEqual(sum(order.picking_ids.move_ids.filtered(
            lambda m: m.product_id == self.mug).mapped("product_uom_qty")), 5)
        self.update(lines=self.lines(1, 1), total="21.40")
        moves = order.picking_ids.move_ids.filtered(
            lambda m: m.product_id == self.mug and m.state != "cancel")
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 1)
        self.assertEqual(order.amount_total, 21.40)

    def test_line_removed_and_added(self):
        order = self.imported()
        self.update(lines=self.lines(2), total="29.90")
        self.assertEqual(order.order_line[1].product_uom_qty, 0)
        value = [*self.lines(2), {"ref": "L9", "sku": "T-LID", "qty": "3", "unit_price": "1.00"}]
        self.update(lines=value, total="32.90")
        self.assertEqual(order.amount_total, 32.90)
        self.assertIn("L9", order.order_line.mapped("xb_line_ref"))

    def test_lines_of_a_quotation(self):
        order = self.imported(self.order_value(status="pending"))
        self.update(status="pending", lines=self.lines(7), total="92.40")
        self.assertEqual(order.order_line.mapped("xb_line_ref"), ["L1", "#shipping"])
        self.assertEqual(order.amount_total, 92.40)

    def test_less_than_delivered_is_too_late(self):
        order = self.imported()
        self.deliver(order)
        self.update("held", ["too_late"], lines=self.lines(1, 1), total="21.40")
        self.assertEqual(order.order_line[0].product_uom_qty, 2)

    def test_wrong_total_undoes_the_whole_update(self):
        order = self.imported()
        self.update("held", ["total_mismatch"], lines=self.lines(5, 1), total="70.00")
        self.assertEqual(order.order_line[0].product_uom_qty, 2)
        self.assertEqual(order.amount_total, 33.90)

    def test_unknown_sku_in_an_update(self):
        order = self.imported()
        lines = self.lines(2, 1)
        lines[1]["sku"] = "T-NONE"
        self.update("held", ["unknown_sku"], lines=lines)
        self.assertEqual(order.order_line[1].product_uom_qty, 1)

    def test_price_stays_the_platforms(self):
        self.mug.list_price = 99
        order = self.imported()
        order.order_line[0].product_uom_qty = 3
        self.assertEqual(order.order_line[0].price_unit, 12.50)

    # === CANCELLATION === #

    def test_cancelled_before_delivery(self):
        order = self.imported()
        self.update(status="cancelled")
        self.assertEqual((order.state, order.picking_ids.state), ("cancel", "cancel"))
        self.assertState(self.import_one(self.order_value(status="cancelled")), "unchanged")

    def test_cancelled_after_delivery_is_too_late(self):
        order = self.imported()
        self.deliver(order)
        self.update("held", ["too_late"], status="refunded")
        self.assertEqual(order.state, "sale")
        self.assertTrue(order.xb_intake_id.remedy)

    def test_platform_takes_its_cancellation_back(self):
        order = self.imported()
        self.update(status="cancelled")
        self.update(note="It was a mistake")
        self.assertEqual(order.state, "sale")
        self.assertIn("assigned", order.picking_ids.mapped("state"))

    def test_cancelled_here_goes_on_there(self):
        order = self.imported()
        order._action_cancel()
        self.update("held", ["cancelled_here"], note="When does it come?")
        self.assertEqual(order.state, "cancel")

    def test_too_late_can_be_dismissed(self):
        order = self.imported()
        self.deliver(order)
        self.update("held", ["too_late"], status="refunded")
        order.xb_intake_id._dismiss("credit note made")
        self.assertState(self.import_one(self.order_value(status="refunded")), "unchanged")

    # === SHIPMENTS === #

    def test_shipments_become_parcels(self):
        shipment = {"ref": "S1", "carrier": "no such carrier", "tracking": "00340434161094000001"}
        order = self.imported(self.order_value(status="shipped", shipments=[shipment]))
        self.assertEqual(order.xb_parcel_ids.number, "00340434161094000001")
        self.assertFalse(order.xb_parcel_ids.upload_wanted)
        second = {"ref": "S2", "tracking": "00340434161094000002"}
        self.update("updated", status="shipped", shipments=[shipment, second],
                    note="Two boxes")
        self.assertEqual(set(order.xb_parcel_ids.mapped("number")),
                         {"00340434161094000001", "00340434161094000002"})
