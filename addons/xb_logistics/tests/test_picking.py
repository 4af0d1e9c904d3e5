from odoo.tests import tagged

from .common import YT, LogisticsCase


@tagged("post_install", "-at_install")
class TestPicking(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order()
        cls.picking = cls.order.picking_ids
        cls.method = cls.env["delivery.carrier"].create(
            {"name": "Fast", "product_id": cls.help.id, "xb_carrier_id": cls.swift.id}
        )

    def validate(self, picking=None):
        (picking or self.picking).with_context(skip_sms=True).button_validate()

    def test_as_many_numbers_as_packages(self):
        """Each package is a parcel with its own goods, weight and size."""
        order = self.make_order((self.mug, 5), (self.lid, 2))
        [picking] = order.picking_ids
        mugs, lids = picking.move_ids.sorted(lambda m: m.product_id != self.mug)
        kind = self.env["stock.package.type"].create(
            {"name": "Box", "packaging_length": 300, "width": 200, "height": 150}
        )
        first, second = self.env["stock.package"].create(
            [{"package_type_id": kind.id, "shipping_weight": weight} for weight in (2.5, 4)]
        )
        mugs.move_line_ids.unlink()
        mugs.move_line_ids = [
            (0, 0, {**mugs._prepare_move_line_vals(), "quantity": n, "result_package_id": p.id})
            for n, p in ((3, first), (2, second))
        ]
        lids.quantity = 2
        lids.move_line_ids.result_package_id = second
        picking.move_ids.picked = True
        picking.carrier_tracking_ref = f"{YT % 61},{YT % 62}"
        picking.button_validate()
        one, two = order.xb_parcel_ids.sorted("number")
        self.assertEqual(one.item_ids.mapped(lambda i: (i.product_id, i.quantity)), [(self.mug, 3)])
        self.assertEqual(
            sorted((i.product_id.name, i.quantity) for i in two.item_ids), [("Lid", 2), ("Mug", 2)]
        )
        self.assertEqual((one.weight, two.weight), (2.5, 4))
        self.assertEqual((one.length, one.width, one.height), (30, 20, 15))
        self.assertFalse(any(order.order_line._xb_get_qty_to_pack().values()))

    def test_validation_makes_the_parcel(self):
        self.picking.carrier_id = self.method
        self.picking.carrier_tracking_ref = YT % 1
        self.assertFalse(self.order.xb_parcel_ids)
        self.validate()
        parcel = self.order.xb_parcel_ids
        self.assertEqual((parcel.number, parcel.carrier_id), (YT % 1, self.swift))
        self.assertEqual(parcel.picking_id, self.picking)
        self.assertEqual(parcel.shipped_at, self.picking.date_done)
        quantities = {item.product_id: item.quantity for item in parcel.item_ids}
        self.assertEqual(quantities, {self.mug: 2, self.lid: 1})
        self.assertEqual(self.picking.xb_parcel_count, 1)

    def test_no_reference_no_parcel(self):
        self.validate()
        self.assertFalse(self.order.xb_parcel_ids)

    def test_several_numbers(self):
        self.picking.carrier_tracking_ref = f"{YT % 1},{YT % 2}"
        self.validate()
        parcels = self.order.xb_parcel_ids.sorted("number")
        self.assertEqual(parcels.mapped("number"), [YT % 1, YT % 2])
        self.assertEqual(parcels[1].item_ids.mapped("quantity"), [0, 0])

    def test_odd_reference_does_not_stop_the_delivery(self):
        self.picking.carrier_tracking_ref = "see label #1!"
        self.validate()
        self.assertEqual(self.picking.state, "done")
        self.assertEqual(self.order.xb_parcel_ids.number, "seelabel#1!")

    def test_number_entered_before_delivery(self):
        self.track((self.order, YT % 1, "t_swift"))
        parcel = self.order.xb_parcel_ids
        self.assertFalse(parcel.shipped_at)
        self.validate()
        self.assertEqual(self.order.xb_parcel_ids, parcel)
        self.assertEqual(parcel.shipped_at, self.picking.date_done)

    def test_part_stays_behind(self):
        order = self.make_order((self.mug, 5), (self.lid, 1))
        picking = order.picking_ids
        self.track((order, YT % 1, "t_swift"))
        picking.move_ids[0].quantity = 3
        picking.move_ids[1].quantity = 0
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        parcel = order.xb_parcel_ids
        self.assertEqual([(i.product_id, i.quantity) for i in parcel.item_ids], [(self.mug, 3)])
        rest = order.picking_ids - picking
        self.assertFalse(rest.carrier_tracking_ref)
        self.assertVerdicts(self.track((order, YT % 2, "t_swift")), ["created"])
        second = order.xb_parcel_ids - parcel
        self.assertEqual(second.picking_ids, rest)
        self.assertEqual(second.item_ids.mapped("quantity"), [2, 1])

    def test_reference_corrected_on_the_transfer(self):
        self.picking.carrier_tracking_ref = YT % 1
        self.validate()
        parcel = self.order.xb_parcel_ids
        self.picking.carrier_tracking_ref = YT % 2
        self.assertEqual(self.order.xb_parcel_ids, parcel)
        self.assertEqual(parcel.number, YT % 2)

    def test_reference_gets_one_more_and_one_less(self):
        self.picking.carrier_tracking_ref = YT % 1
        self.validate()
        first = self.order.xb_parcel_ids
        self.picking.carrier_tracking_ref = f"{YT % 1},{YT % 2}"
        self.assertEqual(len(self.order.xb_parcel_ids), 2)
        self.picking.carrier_tracking_ref = YT % 2
        self.assertFalse(first.active)
        self.assertEqual(self.picking.carrier_tracking_ref, YT % 2)
        self.assertEqual(self.order.xb_parcel_ids.number, YT % 2)

    def test_number_corrected_on_the_parcel(self):
        self.picking.carrier_tracking_ref = f"{YT % 1},{YT % 2}"
        self.validate()
        parcel = self.order.xb_parcel_ids.filtered(lambda p: p.number == YT % 1)
        parcel.number = YT % 3
        self.assertEqual(set(self.picking.carrier_tracking_ref.split(",")), {YT % 2, YT % 3})
        parcel.active = False
        self.assertEqual(self.picking.carrier_tracking_ref, YT % 2)

    def test_shared_parcel_on_two_transfers(self):
        other = self.make_order()
        both = self.picking | other.picking_ids
        both.carrier_tracking_ref = YT % 1
        both.with_context(skip_sms=True).button_validate()
        parcel = self.order.xb_parcel_ids
        self.assertEqual(parcel.order_ids, self.order | other)
        self.picking.carrier_tracking_ref = YT % 2
        self.assertEqual(parcel.number, YT % 2)
        self.assertEqual(other.picking_ids.carrier_tracking_ref, YT % 2)

    def test_transfer_without_order(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "partner_id": self.customer.id,
                "carrier_tracking_ref": YT % 1,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.mug.id,
                            "product_uom_qty": 4,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        self.validate(picking)
        parcel = picking.xb_parcel_ids
        self.assertEqual([(i.product_id, i.quantity) for i in parcel.item_ids], [(self.mug, 4)])
        self.assertEqual(parcel.partner_id, self.customer)
        self.assertFalse(parcel.order_ids)

    def test_receipt_makes_no_parcel(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "carrier_tracking_ref": YT % 1,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.mug.id,
                            "product_uom_qty": 4,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        self.validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(picking.xb_parcel_ids)

    def test_plain_stock_user_validates(self):
        user = self.env["res.users"].create(
            {
                "name": "Stock only",
                "login": "stock_only",
                "group_ids": [(6, 0, [self.env.ref("stock.group_stock_user").id])],
            }
        )
        self.picking.carrier_tracking_ref = YT % 1
        self.validate(self.picking.with_user(user))
        self.assertEqual(self.order.xb_parcel_ids.number, YT % 1)
        self.picking.with_user(user).carrier_tracking_ref = YT % 2
        self.assertEqual(self.order.xb_parcel_ids.number, YT % 2)
