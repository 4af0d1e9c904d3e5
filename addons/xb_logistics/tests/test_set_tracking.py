from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import YT, LogisticsCase


@tagged("post_install", "-at_install")
class TestSetTracking(LogisticsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.three = (cls.make_order() for _i in range(3))

    # === WHAT A ROW DOES === #

    def test_weight_and_cost_change_nothing_about_the_numbers(self):
        order = self.make_order()
        row = {"order": order.name, "number": YT % 1, "carrier": "t_swift"}
        self.assertVerdicts(self.Parcel.set_tracking([row]), ["created"])
        row.update(weight="0.8 kg", cost="3.5")
        self.assertVerdicts(self.Parcel.set_tracking([row], dry_run=True), ["changed"])
        self.assertVerdicts(self.Parcel.set_tracking([row]), ["changed"])
        parcel = order.xb_parcel_ids
        self.assertEqual((parcel.number, parcel.weight, parcel.cost), (YT % 1, 0.8, 3.5))
        self.assertVerdicts(self.Parcel.set_tracking([row]), ["unchanged"])
        self.env.invalidate_all()
        self.assertEqual(parcel.number, YT % 1)
        verdicts = self.Parcel.set_tracking([{**row, "cost": "3 XYZ"}, {**row, "cost": "free"}])
        self.assertVerdicts(verdicts, ["refused", "refused"], [["unknown_currency"], ["bad_cost"]])

    def test_two_rows_of_one_parcel_that_differ(self):
        one, two = self.make_order(), self.make_order()
        rows = [
            {"order": o.name, "number": YT % 7, "carrier": "t_swift", "weight": w}
            for o, w in ((one, "1"), (two, "2"))
        ]
        verdicts = self.Parcel.set_tracking(rows)
        self.assertEqual([v["state"] for v in verdicts], ["created", "created"])
        self.assertIn("details_differ", [p["code"] for p in verdicts[1]["problems"]])
        self.assertEqual(one.xb_parcel_ids.weight, 1)

    def test_created(self):
        verdicts = self.track((self.one, "yt26 7770 0000 0000 01", "swift post"))
        self.assertVerdicts(verdicts, ["created"], [[]])
        parcel = self.one.xb_parcel_ids
        self.assertEqual(verdicts[0]["parcel_id"], parcel.id)
        self.assertEqual(parcel.number, "YT2677700000000001")
        self.assertEqual(parcel.carrier_id, self.swift)
        self.assertEqual(parcel.direction, "outbound")
        self.assertEqual(parcel.status, "pending")
        self.assertEqual(parcel.partner_id, self.customer)
        self.assertEqual(parcel.country_id.code, "DE")
        quantities = {item.product_id: item.quantity for item in parcel.item_ids}
        self.assertEqual(quantities, {self.mug: 2, self.lid: 1})
        self.assertEqual(parcel.picking_ids, self.one.picking_ids)
        self.assertEqual(self.one.picking_ids.carrier_tracking_ref, "YT2677700000000001")

    def test_twice_is_unchanged(self):
        rows = [(self.one, YT % 1, "t_swift"), (self.two, YT % 2, "t_swift")]
        first = self.track(*rows)
        count = self.Parcel.search_count([])
        again = self.track(*rows)
        self.assertVerdicts(again, ["unchanged", "unchanged"])
        self.assertEqual([v["parcel_id"] for v in again], [v["parcel_id"] for v in first])
        self.assertEqual(self.Parcel.search_count([]), count)

    def test_same_row_twice_in_one_list(self):
        row = (self.one, YT % 1, "t_swift")
        self.assertVerdicts(self.track(row, row), ["created", "unchanged"])
        self.assertEqual(len(self.one.xb_parcel_ids), 1)

    def test_correction_keeps_the_parcel(self):
        created = self.track((self.one, YT % 1, "t_swift"))
        parcel = self.one.xb_parcel_ids
        key = parcel.key
        changed = self.track((self.one, YT % 2, ""))
        self.assertVerdicts(changed, ["changed"])
        self.assertEqual(changed[0]["parcel_id"], created[0]["parcel_id"])
        self.assertEqual((parcel.number, parcel.carrier_id), (YT % 2, self.swift))
        self.assertEqual(parcel.key, key)
        self.assertEqual(self.one.picking_ids.carrier_tracking_ref, YT % 2)
        self.assertVerdicts(self.track((self.one, YT % 2, "t_slow")), ["changed"])
        self.assertEqual(parcel.carrier_id, self.slow)

    def test_correction_starts_the_journey_anew(self):
        self.track((self.one, YT % 1, "t_swift"))
        parcel = self.one.xb_parcel_ids
        parcel._set_status("delivered")
        self.track((self.one, YT % 2, "t_swift"))
        self.assertEqual(parcel.status, "pending")
        self.assertFalse(parcel.delivered_at)

    def test_two_numbers_are_two_parcels(self):
        verdicts = self.track((self.one, YT % 1, "t_swift"), (self.one, YT % 2, "t_swift"))
        self.assertVerdicts(verdicts, ["created", "created"])
        parcels = self.one.xb_parcel_ids.sorted("number")
        self.assertEqual(parcels.mapped("number"), [YT % 1, YT % 2])
        # Nobody said what is in the second: its content is named, but not counted twice.
        self.assertEqual(parcels[0].item_ids.mapped("quantity"), [2, 1])
        self.assertEqual(parcels[1].item_ids.mapped("quantity"), [0, 0])
        self.assertEqual(self.one.picking_ids.carrier_tracking_ref, ",".join((YT % 1, YT % 2)))

    def test_second_parcel_for_the_rest_of_an_order(self):
        order = self.make_order((self.mug, 5))
        picking = order.picking_ids
        picking.move_ids.quantity = 3
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self.track((order, YT % 1, "t_swift"))
        first = order.xb_parcel_ids
        first.item_ids.quantity = 3
        self.assertVerdicts(self.track((order, YT % 2, "t_swift")), ["created"])
        second = order.xb_parcel_ids - first
        self.assertEqual((first.number, second.number), (YT % 1, YT % 2))
        self.assertEqual(second.item_ids.quantity, 2)

    def test_one_number_for_several_orders(self):
        verdicts = self.track((self.one, YT % 1, "t_swift"), (self.two, YT % 1, "t_swift"))
        self.assertVerdicts(verdicts, ["created", "created"], [[], ["shared_number"]])
        parcel = self.one.xb_parcel_ids
        self.assertEqual(parcel, self.two.xb_parcel_ids)
        self.assertEqual(parcel.order_ids, self.one | self.two)
        self.assertEqual(parcel.picking_ids, self.one.picking_ids | self.two.picking_ids)
        # A third order joins later.
        verdicts = self.track((self.three, YT % 1, "t_swift"))
        self.assertVerdicts(verdicts, ["created"], [["shared_number"]])
        self.assertIn(self.one.name, verdicts[0]["problems"][0]["message"])
        self.assertEqual(self.three.xb_parcel_ids, parcel)
        self.assertEqual(len(parcel.item_ids), 6)

    def test_numbers_change_places(self):
        self.track(*((o, YT % i, "t_swift") for i, o in enumerate(self.orders())))
        parcels = [order.xb_parcel_ids for order in self.orders()]
        verdicts = self.track(
            *((o, YT % ((i + 1) % 3), "t_swift") for i, o in enumerate(self.orders()))
        )
        self.assertVerdicts(verdicts, ["changed"] * 3)
        self.assertEqual([p.number for p in parcels], [YT % 1, YT % 2, YT % 0])
        self.assertEqual(
            [o.picking_ids.carrier_tracking_ref for o in self.orders()], [YT % 1, YT % 2, YT % 0]
        )

    def orders(self):
        return self.one, self.two, self.three

    def test_carrier_of_the_delivery_method(self):
        method = self.env["delivery.carrier"].create(
            {
                "name": "Fast",
                "product_id": self.help.id,
                "xb_carrier_id": self.slow.id,
            }
        )
        self.one.carrier_id = method
        self.assertVerdicts(self.track((self.one, YT % 1)), ["created"])
        self.assertEqual(self.one.xb_parcel_ids.carrier_id, self.slow)

    def test_returned_goods_are_packed_again(self):
        self.track((self.one, YT % 1, "t_swift"))
        back = self.one.xb_parcel_ids
        back._set_status("returned")
        self.assertVerdicts(self.track((self.one, YT % 2, "t_swift")), ["created"])
        again = self.one.xb_parcel_ids - back
        self.assertEqual(again.item_ids.mapped("quantity"), [2, 1])
        self.assertEqual(back.number, YT % 1)

    def test_shipped_at_of_a_delivered_order(self):
        self.deliver(self.one)
        self.track((self.one, YT % 1, "t_swift"))
        self.assertEqual(self.one.xb_parcel_ids.shipped_at, self.one.picking_ids.date_done)

    # === WHAT IS REFUSED === #

    def test_refusals_name_code_field_and_remedy(self):
        quotation = self.make_order(confirm=False)
        cancelled = self.make_order()
        cancelled._action_cancel()
        advice = self.make_order((self.help, 1))
        twins = self.make_order(client_order_ref="T-77") | self.make_order(client_order_ref="T-77")
        self.track((self.three, YT % 9, "t_slow"))
        cases = [
            (("", YT % 1, "t_swift"), "missing_order", "order"),
            (("no such", YT % 1, "t_swift"), "unknown_order", "order"),
            (("T-77", YT % 1, "t_swift"), "ambiguous_order", "order"),
            ((cancelled, YT % 1, "t_swift"), "cancelled_order", "order"),
            ((quotation, YT % 1, "t_swift"), "unconfirmed_order", "order"),
            ((advice, YT % 1, "t_swift"), "nothing_to_ship", "order"),
            ((self.one, "", "t_swift"), "missing_number", "number"),
            ((self.one, "9.40011E+21", "t_swift"), "rounded_number", "number"),
            ((self.one, "YT26,YT27", "t_swift"), "bad_characters", "number"),
            ((self.one, "1", "t_swift"), "bad_length", "number"),
            ((self.one, YT % 1, ""), "missing_carrier", "carrier"),
            ((self.one, YT % 1, "Swift Pst"), "unknown_carrier", "carrier"),
            ((self.one, YT % 1, "qqqqqqqqqq"), "unknown_carrier", "carrier"),
            ((self.one, YT % 9, "t_swift"), "number_taken", "number"),
        ]
        before = self.Parcel.search_count([])
        for row, code, field in cases:
            with self.subTest(code=code, row=row):
                verdict = self.track(row)[0]
                self.assertEqual((verdict["state"], verdict["parcel_id"]), ("refused", False))
                problem = verdict["problems"][0]
                self.assertEqual((problem["code"], problem["field"]), (code, field))
                self.assertNotIn("%(", problem["message"])
        self.assertEqual(self.Parcel.search_count([]), before)
        messages = {code: self.track(row)[0]["problems"][0]["message"] for row, code, _f in cases}
        self.assertIn(twins[0].name, messages["ambiguous_order"])
        self.assertIn(self.three.name, messages["number_taken"])
        self.assertIn("Slow Boat", messages["number_taken"])
        near = self.track((self.one, YT % 1, "Swift Pst"))[0]["problems"][0]["message"]
        self.assertIn("Did you mean Swift Post", near)

    def test_not_a_row(self):
        verdicts = self.Parcel.set_tracking(["nonsense", None, {}, {"order": 7, "number": 1.5}])
        self.assertEqual({v["state"] for v in verdicts}, {"refused"})
        self.assertEqual(verdicts[0]["problems"][0]["code"], "bad_row")

    def test_nothing(self):
        self.assertEqual(self.Parcel.set_tracking([]), [])

    def test_bad_rows_never_stop_their_neighbours(self):
        verdicts = self.track(
            (self.one, YT % 1, "t_swift"),
            ("no such", YT % 2, "t_swift"),
            (self.two, "", "t_swift"),
            (self.three, YT % 3, "t_swift"),
        )
        self.assertVerdicts(verdicts, ["created", "refused", "refused", "created"])
        self.assertEqual(self.three.xb_parcel_ids.number, YT % 3)

    def test_row_that_the_database_side_refuses(self):
        refuse, reason = self.two, "not this one"

        def _on_tracking_changed(self, before):
            if refuse in self.order_ids:
                raise UserError(reason)
            return original(self, before)

        original = type(self.Parcel)._on_tracking_changed
        self.patch(type(self.Parcel), "_on_tracking_changed", _on_tracking_changed)
        rows = [(order, YT % i, "t_swift") for i, order in enumerate(self.orders())]
        verdicts = self.track(*rows)
        self.assertVerdicts(verdicts, ["created", "refused", "created"])
        self.assertEqual(verdicts[1]["problems"][0]["code"], "not_written")
        self.assertIn(reason, verdicts[1]["problems"][0]["message"])
        self.assertFalse(self.two.xb_parcel_ids)
        self.assertTrue(self.one.xb_parcel_ids and self.three.xb_parcel_ids)

    # === FINDING ORDERS === #

    def test_references(self):
        order = self.make_order(client_order_ref="114-3941689-8772232")
        self.assertVerdicts(self.track((" 114-3941689-8772232 ", YT % 1, "t_swift")), ["created"])
        self.assertEqual(order.xb_parcel_ids.number, YT % 1)

    def test_our_number_wins_over_a_customers_reference(self):
        self.two.client_order_ref = self.one.name
        self.track((self.one.name, YT % 1, "t_swift"))
        self.assertTrue(self.one.xb_parcel_ids)
        self.assertFalse(self.two.xb_parcel_ids)

    def test_cancelled_twin_does_not_make_a_reference_ambiguous(self):
        (self.one | self.two).client_order_ref = "T-1"
        self.one._action_cancel()
        self.assertVerdicts(self.track(("T-1", YT % 1, "t_swift")), ["created"])
        self.assertTrue(self.two.xb_parcel_ids)

    # === DRY RUN, RIGHTS, SIZE === #

    def test_dry_run_says_the_same_and_writes_nothing(self):
        self.track((self.two, YT % 2, "t_swift"))
        rows = [
            (self.one, YT % 1, "t_swift"),
            (self.two, YT % 3, "t_swift"),
            ("no such", YT % 4, "t_swift"),
        ]
        before = self.Parcel.search_count([])
        dry = self.track(*rows, dry_run=True)
        self.assertEqual(self.Parcel.search_count([]), before)
        self.assertEqual(self.two.xb_parcel_ids.number, YT % 2)
        wet = self.track(*rows)
        self.assertVerdicts(wet, ["created", "changed", "refused"])
        self.assertEqual([v["state"] for v in dry], [v["state"] for v in wet])
        self.assertFalse(dry[0]["parcel_id"])

    def test_answers_are_fit_for_xml_rpc(self):
        from xmlrpc.client import dumps

        verdicts = self.track((self.one, YT % 1, "t_swift"), ("no", "", "x"), (self.two, YT % 1))
        dumps((verdicts,))

    def test_rights(self):
        user = self.env["res.users"].create(
            {
                "name": "Nobody",
                "login": "nobody",
                "group_ids": [fields.Command.set([self.env.ref("base.group_user").id])],
            }
        )
        with self.assertRaises(AccessError):
            self.Parcel.with_user(user).set_tracking([], dry_run=True)

    def test_searches_do_not_grow_with_the_list(self):
        orders = self.one | self.two | self.three
        for _i in range(27):
            orders |= self.make_order()
        rows = [(order, YT % i, "t_swift") for i, order in enumerate(orders)]

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.track(*some, dry_run=True)
            return self.env.cr.sql_log_count - before

        count(rows)
        self.assertLessEqual(count(rows) - count(rows[:3]), 2)
        self.env.invalidate_all()
        # Orders, lines and transfers are read together; each parcel costs a few statements.
        with self.assertQueryCount(60 + 6 * len(rows)):
            verdicts = self.track(*rows)
            self.env.flush_all()
        self.assertEqual({v["state"] for v in verdicts}, {"created"})
