from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import OrdersCommon


@tagged("post_install", "-at_install")
class TestImportOrders(OrdersCommon):
    """The contract of ``xb.shop.import_orders``."""

    # === CREATED === #

    def test_paid_order_is_created_confirmed_and_reserved(self):
        verdict = self.import_one(self.order_value())
        self.assertEqual(verdict, {
            "ref": "1001", "state": "created", "order_id": verdict["order_id"], "problems": [],
        })
        order = self.env["sale.order"].browse(verdict["order_id"])
        self.assertRecordValues(order, [{
            "state": "sale", "xb_ref": "1001", "xb_shop_id": self.shop.id, "xb_status": "paid",
            "amount_total": 33.90, "warehouse_id": self.warehouse.id, "client_order_ref": "1001",
            "xb_placed_at": datetime(2026, 5, 4, 4, 15, 22),
            "date_order": datetime(2026, 5, 4, 4, 15, 22),
        }])
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertRecordValues(order.order_line, [
            {"xb_line_ref": "L1", "product_id": self.mug.id, "name": "Mug, blue",
             "product_uom_qty": 2, "price_unit": 12.5, "is_delivery": False},
            {"xb_line_ref": "L2", "product_id": self.lid.id, "name": "[T-LID] Lid",
             "product_uom_qty": 1, "price_unit": 4.0, "is_delivery": False},
            {"xb_line_ref": "#shipping", "name": "Standard", "product_uom_qty": 1,
             "product_id": self.env.ref("xb_orders.product_shipping").id, "price_unit": 4.9,
             "is_delivery": True},
        ])

    def test_every_attribute_is_kept(self):
        order = self.imported(self.order_value(
            paid_at="2026-05-04T06:20:00+02:00", ship_by="2026-05-06T23:59:59+02:00",
            platform_status="PAYMENT_CAPTURED", risk="low", ioss="IM2760000742",
            tags=["gift", "vip"], note="Please ring twice.",
            fees=[{"kind": "commission", "amount": "3.10"}], raw={"id": 7},
        ))
        self.assertRecordValues(order, [{
            "xb_paid_at": datetime(2026, 5, 4, 4, 20), "xb_platform_status": "PAYMENT_CAPTURED",
            "xb_ship_by": datetime(2026, 5, 6, 21, 59, 59), "xb_risk": "low",
            "commitment_date": datetime(2026, 5, 6, 21, 59, 59),
            "xb_ioss": "IM2760000742", "xb_note": "Please ring twice.",
        }])
        self.assertEqual(set(order.tag_ids.mapped("name")), {"gift", "vip"})
        self.assertEqual(order.xb_intake_id.value["fees"][0]["amount"], "3.10")
        self.assertEqual(order.xb_intake_id.value["raw"], {"id": 7})

    def test_unpaid_order_stays_a_quotation(self):
        order = self.imported(self.order_value(status="pending"))
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.xb_intake_id.state, "imported")

    def test_auto_confirm_off(self):
        self.shop.auto_confirm = False
        self.assertEqual(self.imported().state, "draft")

    def test_cancelled_before_we_knew_it(self):
        self.assertEqual(self.imported(self.order_value(status="cancelled")).state, "cancel")

    def test_clicking_confirm_keeps_the_order_date(self):
        self.shop.auto_confirm = False
        order = self.imported()
        order.action_confirm()
        self.assertEqual(order.date_order, datetime(2026, 5, 4, 4, 15, 22))

    # === UNCHANGED === #

    def test_twice_is_once(self):
        values = [self.order_value(str(ref)) for ref in range(5)]
        values.append(self.order_value("X", lines=[
            {"ref": "1", "sku": "NO-SUCH", "qty": "1", "unit_price": "1"}], total=None))
        values.append(self.order_value("Y", total="1.00"))
        first = self.shop.import_orders(values)
        self.assertEqual([v["state"] for v in first], ["created"] * 5 + ["held"] * 2)
        before = self.row_counts()
        second = self.shop.import_orders(values)
        self.assertEqual({v["state"] for v in second}, {"unchanged"})
        self.assertEqual([v["order_id"] for v in second], [v["order_id"] for v in first])
        self.assertEqual(self.row_counts(), before)

    def test_unchanged_writes_nothing(self):
        values = [self.order_value(str(ref)) for ref in range(3)]
        self.shop.import_orders(values)
        self.env.flush_all()
        self.env.cr.execute("SELECT pg_current_xact_id_if_assigned(), now()")
        intakes = self.intake("0")
        self.env.cr.execute("SELECT xmin, ctid FROM xb_order_intake WHERE id = %s", intakes.ids)
        before = self.env.cr.fetchone()
        self.shop.import_orders(values)
        self.env.flush_all()
        self.env.cr.execute("SELECT xmin, ctid FROM xb_order_intake WHERE id = %s", intakes.ids)
        self.assertEqual(self.env.cr.fetchone(), before)

    def test_the_same_reference_twice_in_one_call(self):
        later = self.order_value(note="Second thoughts")
        first, second = self.shop.import_orders([self.order_value(), later])
        self.assertEqual((first["state"], second["state"]), ("created", "updated"))
        self.assertEqual(first["order_id"], second["order_id"])

    def test_reference_belongs_to_the_shop(self):
        other = self.shop.copy({"name": "Other shop"})
        mine = self.imported()
        [verdict] = other.import_orders([self.order_value()])
        self.assertEqual(verdict["state"], "created")
        self.assertNotEqual(verdict["order_id"], mine.id)

    # === REJECTED === #

    def test_invalid_value_names_its_path(self):
        bad = self.order_value()
        bad["lines"][1]["qty"] = 1
        verdict = self.import_one(bad)
        self.assertEqual(verdict["state"], "rejected")
        self.assertIn("$.lines[1].qty", verdict["problems"][0]["message"])
        self.assertEqual(verdict["problems"][0]["line"], "L2")
        self.assertEqual(self.intake("1001").state, "rejected")
        self.assertFalse(self.intake("1001").order_id)

    def test_rejected_again_is_rejected_again_and_one_row(self):
        bad = self.order_value(status="lost")
        self.import_one(bad)
        before = self.row_counts()
        self.assertEqual(self.import_one(bad)["state"], "rejected")
        self.assertEqual(self.row_counts(), before)

    def test_rejected_then_repaired(self):
        self.import_one(self.order_value(status="lost"))
        self.assertEqual(self.import_one(self.order_value())["state"], "created")
        self.assertEqual(self.intake("1001").state, "imported")
        self.assertFalse(self.intake("1001").problem_summary)

    def test_broken_repeat_does_not_harm_a_good_order(self):
        order = self.imported()
        verdict = self.import_one(self.order_value(status="lost"))
        self.assertEqual(verdict["state"], "rejected")
        self.assertEqual(order.xb_intake_id.state, "imported")
        self.assertEqual(order.xb_intake_id.value["status"], "paid")

    def test_values_that_are_no_orders(self):
        junk = [None, False, 7, "x", [], {}, {"ref": None}, {"ref": 5}, {"ref": "a\0b"},
                {"ref": "x", "lines": [None]}, {"ref": "\ud800"}]
        verdicts = self.shop.import_orders([*junk, self.order_value()])
        self.assertEqual([v["state"] for v in verdicts], ["rejected"] * len(junk) + ["created"])
        self.assertTrue(all(v["problems"] for v in verdicts[:-1]))
        self.env.flush_all()
        self.assertNotIn(None, [item for v in verdicts for item in v.values()])

    # === HELD === #

    def test_unknown_sku_is_held_and_named(self):
        value = self.order_value()
        value["lines"][1]["sku"] = "T-NONE"
        verdict = self.import_one(value)
        self.assertState(verdict, "held", "unknown_sku")
        self.assertEqual(verdict["problems"][0]["line"], "L2")
        self.assertIn("T-NONE", verdict["problems"][0]["message"])
        self.assertFalse(verdict["order_id"])
        intake = self.intake("1001")
        self.assertEqual((intake.state, intake.problem_code), ("held", "unknown_sku"))
        self.assertTrue(intake.remedy)

    def test_held_order_is_taken_up_when_its_cause_is_gone(self):
        value = self.order_value()
        value["lines"][1]["sku"] = "T-LATER"
        self.import_one(value)
        self.lid.default_code = "T-LATER"
        self.assertEqual(self.import_one(value)["state"], "created")

    def test_retry_button(self):
        value = self.order_value()
        value["lines"][1]["sku"] = "T-LATER"
        self.import_one(value)
        intake = self.intake("1001")
        intake.action_retry()
        self.assertEqual(intake.state, "held")
        self.lid.default_code = "T-LATER"
        intake.action_retry()
        self.assertEqual(intake.state, "imported")
        self.assertEqual(intake.order_id.state, "sale")

    def test_dismissed_does_not_come_back(self):
        value = self.order_value(total="1.00")
        self.import_one(value)
        wizard = self.env["xb.intake.dismiss"].create({
            "intake_ids": self.intake("1001").ids, "reason": "test order"})
        wizard.action_dismiss()
        self.assertEqual(self.import_one(value)["state"], "unchanged")
        self.assertEqual(self.intake("1001").state, "dismissed")

    def test_barcode_is_the_second_try(self):
        self.lid.barcode = "4006381333931"
        value = self.order_value()
        value["lines"][1]["sku"] = "4006381333931"
        self.assertIn(self.lid, self.imported(value).order_line.product_id)

    def test_ambiguous_sku(self):
        self.lid.default_code = "T-MUG"
        verdict = self.import_one(self.order_value(
            lines=[{"ref": "L1", "sku": "T-MUG", "qty": "1", "unit_price": "1"}], total=None))
        self.assertState(verdict, "held", "ambiguous_sku")

    def test_archived_and_foreign_products_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.mug.active = False
        self.env["product.product"].create({
            "name": "Theirs", "default_code": "T-THEIRS", "company_id": other.id})
        value = self.order_value()
        value["lines"][1]["sku"] = "T-THEIRS"
        self.assertState(self.import_one(value), "held", "unknown_sku", "unknown_sku")

    def test_policy_creates_products(self):
        self.shop.product_policy = "create"
        value = self.order_value(shipping=None, total="7.50")
        value["lines"] = [
            {"ref": "1", "sku": "T-NEW", "title": "New thing", "qty": "1", "unit_price": "2.50"},
            {"ref": "2", "sku": "T-NEW", "title": "New thing", "qty": "2", "unit_price": "2.50"},
        ]
        order = self.imported(value)
        product = order.order_line.product_id
        self.assertRecordValues(product, [{
            "name": "New thing", "default_code": "T-NEW", "type": "consu", "is_storable": False,
            "list_price": 2.5,
        }])

    def test_unknown_currency_and_country(self):
        self.env.ref("base.ISK").active = False
        verdict = self.import_one(self.order_value(
            currency="ISK", ship_to={"country": "QQ"}))
        self.assertState(verdict, "held", "unknown_currency", "unknown_country")

    def test_wrong_order_does_not_stop_its_neighbours(self):
        blocked = self.env["product.product"].create({
            "name": "No warehouse sells this", "default_code": "T-BLOCKED", "type": "consu",
            "company_id": self.company.id})
        values = [self.order_value(str(ref)) for ref in range(8)]
        values[5]["lines"][0]["sku"] = "T-BLOCKED"
        original = type(self.env["sale.order"])._action_confirm
        reason = "This product may not be sold."

        def refuse(orders):
            if blocked in orders.order_line.product_id:
                raise UserError(reason)
            return original(orders)

        self.patch(type(self.env["sale.order"]), "_action_confirm", refuse)
        verdicts = self.shop.import_orders(values)
        self.assertEqual([v["state"] for v in verdicts],
                         ["created"] * 5 + ["held"] + ["created"] * 2)
        self.assertEqual(self.codes(verdicts[5]), ["confirm_failed"])
        self.assertIn(reason, verdicts[5]["problems"][0]["message"])
        orders = self.env["sale.order"].browse([v["order_id"] for v in verdicts])
        self.assertEqual(orders.mapped("state"), ["sale"] * 5 + ["draft"] + ["sale"] * 2)

    # === TRIAL === #

    def test_dry_run_writes_nothing(self):
        self.shop.product_policy = "create"
        value = self.order_value(currency="EUR", tags=["brand new"])
        self.env.ref("base.EUR").active = True
        value["lines"][0]["sku"] = "T-TRIAL"
        before = self.row_counts()
        verdict = self.import_one(value, dry_run=True)
        self.assertEqual((verdict["state"], verdict["order_id"]), ("created", False))
        self.assertEqual(self.row_counts(), before)
        self.assertEqual(self.import_one(value)["state"], "created")

    def test_dry_run_draws_no_numbers(self):
        """Numbers that are drawn do not come back: a trial makes none of orders and transfers."""
        self.import_one(self.order_value("0"))
        self.env.flush_all()

        def numbers():
            return dict(self.env.execute_query(SQL(
                "SELECT sequencename::text, last_value FROM pg_sequences"
                " WHERE sequencename LIKE 'ir\\_sequence\\_%%'")))

        before, counts = numbers(), self.row_counts()
        self.assertGreater(len(before), 5)
        values = [self.order_value(f"D{number}", buyer={"id": f"D{number}", "name": "D"})
                  for number in range(3)]
        verdicts = self.shop.import_orders(values, dry_run=True)
        self.assertEqual({verdict["state"] for verdict in verdicts}, {"created"})
        self.assertEqual(numbers(), before)
        self.assertEqual(self.row_counts(), counts)
        self.shop.import_orders(values)
        self.assertNotEqual(numbers(), before)

    def test_dry_run_of_an_update_keeps_the_order(self):
        order = self.imported()
        verdict = self.import_one(self.order_value(note="Changed"), dry_run=True)
        self.assertEqual((verdict["state"], verdict["order_id"]), ("updated", order.id))
        self.assertFalse(order.xb_note)

    # === BUYERS === #

    def test_buyer_is_one_contact_per_shop(self):
        first = self.imported(self.order_value("1"))
        second = self.imported(self.order_value("2"))
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(first.partner_id.name, "Anna Kern")
        self.assertEqual(first.partner_shipping_id, second.partner_shipping_id)

    def test_other_address_becomes_a_child(self):
        first = self.imported(self.order_value("1"))
        second = self.imported(self.order_value("2", ship_to={
            "name": "Otto Kern", "street": "Am Markt 1", "city": "Jena", "state": "Thüringen",
            "zip": "07743", "country": "DE"}))
        child = second.partner_shipping_id
        self.assertEqual(child.parent_id, first.partner_id)
        self.assertEqual((child.type, child.zip, child.country_id.code),
                         ("delivery", "07743", "DE"))
        self.assertEqual(first.partner_id.street, "Lindenweg 3")

    def test_state_by_code_and_by_name(self):
        address = {"street": "1 Main St", "city": "Reno", "country": "US"}
        states = [
            self.imported(self.order_value(
                state, buyer={"id": state}, ship_to={**address, "state": state})
            ).partner_shipping_id.state_id.code
            for state in ("NV", "US-NV", "nevada")
        ]
        self.assertEqual(states, ["NV"] * 3)

    def test_guests_share_a_contact_per_country(self):
        address = {"name": "Jo", "street": "1 High St", "city": "York", "country": "GB"}
        first = self.imported(self.order_value("1", buyer=None, ship_to=address))
        second = self.imported(self.order_value("2", buyer=None, ship_to={"country": "GB"}))
        third = self.imported(self.order_value("3", buyer=None, ship_to={"country": "FR"}))
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(first.partner_shipping_id.parent_id, first.partner_id)
        self.assertEqual(second.partner_shipping_id, second.partner_id)
        self.assertNotEqual(third.partner_id, second.partner_id)
        self.assertFalse(first.partner_id.street)

    # === ACCESS === #

    def test_roles(self):
        for login, group, allowed in (
            ("t_clerk", "xb_base.group_clerk", True),
            ("t_integrator", "xb_base.group_integrator", True),
            ("t_warehouse", "xb_base.group_warehouse", False),
            ("t_finance", "xb_base.group_finance", False),
            ("t_plain", "base.group_user", False),
        ):
            shop = self.shop.with_user(self.user(login, group))
            with self.subTest(login):
                if allowed:
                    [verdict] = shop.import_orders([self.order_value(login)])
                    self.assertEqual(verdict["state"], "created")
                else:
                    with self.assertRaises(AccessError):
                        shop.import_orders([self.order_value(login)])

    def test_foreign_company_shop_is_refused(self):
        other = self.env["res.company"].create({"name": "Other company"})
        foreign = self.env["xb.shop"].create({
            "name": "Foreign", "company_id": other.id, "currency_id": other.currency_id.id,
            "warehouse_id": False})
        clerk = self.user("t_clerk2", "xb_base.group_clerk")
        with self.assertRaises(AccessError):
            foreign.with_user(clerk).import_orders([self.order_value()])
