from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from odoo.addons.web.tests.test_js import unit_test_error_checker

from ..const import PIPELINE
from ..models.sale_order_bulk import ROUND
from .common import OrdersCommon

NO_SKU = [{"ref": "L1", "sku": "T-NONE", "qty": "1", "unit_price": "4.00"}]


@tagged("post_install", "-at_install")
class TestDeskCounts(OrdersCommon):

    def counts(self, domain=()):
        self.env.flush_all()
        return self.env["sale.order"].get_xb_desk_counts(
            [("xb_shop_id", "=", self.shop.id), *domain])

    def make(self, ref, hours, **changes):
        order = self.imported(self.order_value(ref, **changes))
        order.xb_ship_by = fields.Datetime.now() + timedelta(hours=hours)
        return order

    def test_stages_late_and_due(self):
        for ref, hours in (("1", -5), ("2", 2), ("3", 40)):
            self.make(ref, hours)
        held = self.make("4", -1)
        held.action_xb_hold("ask the buyer")
        counts = self.counts()
        self.assertEqual(counts["stages"]["to_pick"],
                         {"count": 3, "late": 1, "due": 1, "held": 0})
        self.assertEqual(counts["stages"]["to_review"],
                         {"count": 1, "late": 1, "due": 0, "held": 1})
        self.assertEqual(set(counts["stages"]), set(PIPELINE))
        self.assertEqual(counts["refused"], 0)

    def test_what_is_not_an_order_yet(self):
        before = self.counts()["incoming"]
        self.import_one(self.order_value("9", lines=NO_SKU, total=None))
        self.assertEqual(self.counts()["incoming"], before + 1)

    def test_shipped_is_never_late(self):
        order = self.make("1", -5)
        self.deliver(order)
        self.assertEqual(self.counts()["stages"]["shipped"]["late"], 0)

    def test_the_search_narrows_the_counts(self):
        self.make("1", 5)
        self.make("2", 5)
        self.assertEqual(self.counts([("xb_ref", "=", "1")])["stages"]["to_pick"]["count"], 1)

    def test_three_queries_whatever_the_number_of_stages(self):
        self.make("1", 5)
        self.counts()
        with self.assertQueryCount(3):
            self.env["sale.order"].get_xb_desk_counts([("xb_shop_id", "=", self.shop.id)])

    def test_only_what_the_user_may_see(self):
        self.make("1", 5)
        nobody = self.user("desk_nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self.env["sale.order"].with_user(nobody).get_xb_desk_counts([])
        other = self.env["res.company"].create({"name": "Other"})
        clerk = self.user("desk_clerk", "xb_base.group_clerk")
        clerk.company_ids += other
        orders = self.env["sale.order"].with_user(clerk)
        mine = [("xb_shop_id", "=", self.shop.id)]
        self.assertEqual(
            orders.get_xb_desk_counts(mine)["stages"]["to_pick"]["count"], 1)
        stages = orders.with_context(
            allowed_company_ids=other.ids).get_xb_desk_counts(mine)["stages"]
        self.assertFalse(any(stage["count"] for stage in stages.values()))


@tagged("post_install", "-at_install")
class TestDeskPlans(OrdersCommon):
    """The desk's queries stand on indexes: with many orders nothing reads the whole table."""

    def setUp(self):
        super().setUp()
        order = self.imported()
        self.env.flush_all()
        # As many orders as make the planner choose: most of them closed, as in any year.
        self.env.cr.execute(SQL("""
            INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id,
                   partner_shipping_id, date_order, state, xb_shop_id, xb_ref, xb_state,
                   xb_ship_by, xb_placed_at, warehouse_id, picking_policy)
            SELECT 'P' || n, company_id, partner_id, partner_invoice_id, partner_shipping_id,
                   date_order, state, xb_shop_id, 'plan-' || n,
                   CASE WHEN n %% 20 = 0 THEN 'to_pick' ELSE 'closed' END,
                   now() + n * interval '1 minute', now() - n * interval '1 minute',
                   warehouse_id, picking_policy
              FROM sale_order, generate_series(1, 20000) AS n
             WHERE id = %s""", order.id))
        self.env.cr.execute("ANALYZE sale_order")

    def plan(self, query):
        rows = self.env.execute_query(SQL("EXPLAIN %s", query))
        return "\n".join(row[0] for row in rows)

    def list_plan(self, domain, order="xb_ship_by, id"):
        query = self.env["sale.order"]._search(
            [("xb_shop_id", "!=", False), *domain], order=order, limit=80)
        return self.plan(query.select())

    def test_the_open_orders_come_in_the_order_of_the_index(self):
        plan = self.list_plan([("xb_state", "in", PIPELINE)])
        self.assertIn("sale_order_xb_desk_order_idx", plan)
        self.assertNotIn("Sort", plan)
        self.assertNotIn("Seq Scan", plan)

    def test_each_stage(self):
        for stage in PIPELINE:
            with self.subTest(stage):
                plan = self.list_plan([("xb_state", "=", stage)])
                self.assertNotIn("Seq Scan on sale_order", plan)

    def test_filters_that_are_not_of_a_stage(self):
        for domain in (
            [("xb_upload_state", "=", "refused")], [("xb_problem_code", "!=", False)],
            [("xb_parcel_status", "in", ("exception", "returned"))],
        ):
            with self.subTest(domain):
                self.assertNotIn("Seq Scan on sale_order", self.list_plan(domain))

    def test_newest_first(self):
        plan = self.list_plan([], "xb_placed_at desc, id desc")
        self.assertIn("sale_order_xb_placed_idx", plan)

    def test_counts(self):
        # The statement itself, as it is sent.
        seen = []
        cursor = self.env.cr
        execute = type(cursor).execute

        def spy(cr, query, *args, **kwargs):
            seen.append(query)
            return execute(cr, query, *args, **kwargs)

        self.patch(type(cursor), "execute", spy)
        self.env["sale.order"].get_xb_desk_counts([])
        counting = [query for query in seen if isinstance(query, SQL)
                    and "FILTER" in query.code]
        self.assertEqual(len(counting), 1)
        plan = self.plan(counting[0])
        self.assertIn("Index", plan)
        self.assertNotIn("Seq Scan", plan)


@tagged("post_install", "-at_install")
class TestDeskRows(OrdersCommon):

    def test_rows_cost_the_same_for_many(self):
        orders = self.env["sale.order"].union(*(
            self.imported(self.order_value(str(number))) for number in range(1, 31)))
        names = ("xb_desk_products", "xb_desk_problem", "xb_desk_parcels", "xb_desk_ship_to")
        self.env.flush_all()
        orders[:2].read(names)
        self.env.invalidate_all()
        with self.assertQueryCount(18):
            orders.read(names)

    def test_goods(self):
        order = self.imported()
        shown = order.xb_desk_products
        self.assertEqual([(line["sku"], line["qty"]) for line in shown["shown"]],
                         [("T-MUG", 2.0), ("T-LID", 1.0)])
        self.assertEqual(order.xb_sku_key, "T-LID + T-MUG")

    def test_problem_with_its_fix(self):
        self.import_one(self.order_value(total="99.00"))
        order = self.env["sale.order"].search(
            [("xb_shop_id", "=", self.shop.id), ("xb_ref", "=", "1001")])
        self.assertEqual(order.xb_problem_code, "total_mismatch")
        problem = order.xb_desk_problem["problem"]
        self.assertTrue(problem["fix"] and problem["message"] and problem["remedy"])
        self.assertEqual(order.xb_desk_problem["count"], 1)

    def test_parcel_and_upload(self):
        order = self.imported()
        self.env["xb.parcel"].set_tracking(
            [{"order": order.name, "number": "YT2600000000000017", "carrier": "YunExpress"}])
        order.xb_parcel_ids.write({"upload_state": "refused", "upload_reason": "unknown carrier"})
        self.assertEqual(order.xb_upload_state, "refused")
        [chip] = order.xb_desk_parcels["shown"]
        self.assertEqual((chip["upload"], chip["upload_reason"]), ("refused", "unknown carrier"))


@tagged("post_install", "-at_install")
class TestBulk(OrdersCommon):

    def orders(self, count=3):
        return self.env["sale.order"].union(*(
            self.imported(self.order_value(str(number))) for number in range(1, count + 1)))

    def states(self, rows):
        return [row["state"] for row in rows]

    def test_hold_and_release(self):
        orders = self.orders()
        self.assertEqual(self.states(orders.xb_bulk("hold", {"reason": "ask"})), ["done"] * 3)
        self.assertEqual(orders.mapped("xb_state"), ["to_review"] * 3)
        self.assertEqual(orders[0].xb_hold_reason, "ask")
        self.assertEqual(self.states(orders.xb_bulk("hold")), ["unchanged"] * 3)
        self.assertEqual(self.states(orders.xb_bulk("release")), ["done"] * 3)
        self.assertEqual(orders.mapped("xb_state"), ["to_pick"] * 3)

    def test_one_that_refuses_does_not_stop_the_others(self):
        orders = self.orders()
        orders[1]._action_cancel()
        rows = orders.xb_bulk("deliver")
        self.assertEqual(self.states(rows), ["done", "refused", "done"])
        self.assertTrue(rows[1]["message"])
        self.assertEqual(orders.mapped("xb_state"), ["shipped", "cancelled", "shipped"])

    def test_confirm(self):
        self.shop.auto_confirm = False
        orders = self.orders(2)
        self.assertEqual(self.states(orders.xb_bulk("confirm")), ["done", "done"])
        self.assertEqual(orders.mapped("state"), ["sale", "sale"])

    def test_refusal_in_a_batch_is_found_by_halving(self):
        orders = self.orders(5)
        bad = orders[3]
        confirm = type(orders).action_xb_hold

        def hold(records, reason=False):
            if bad in records:
                raise UserError("Not this one.")  # pylint: disable=translation-required
            return confirm(records, reason)

        self.patch(type(orders), "action_xb_hold", hold)
        rows = orders.xb_bulk("hold")
        self.assertEqual(self.states(rows), ["done", "done", "done", "refused", "done"])
        self.assertEqual(rows[3]["message"], "Not this one.")

    def test_upload_says_why_not(self):
        [row] = self.orders(1).xb_bulk("upload")
        self.assertEqual((row["state"], row["message"]), ("refused", "No tracking number yet."))

    def test_carrier_note_and_tag(self):
        orders = self.orders(2)
        carrier = self.env["delivery.carrier"].create({
            "name": "Express", "product_id": self.lid.id, "delivery_type": "fixed"})
        self.assertEqual(self.states(orders.xb_bulk("carrier", {"carrier_id": carrier.id})),
                         ["done", "done"])
        self.assertEqual(orders.picking_ids.carrier_id, carrier)
        tag = self.env["crm.tag"].create({"name": "Fragile test"})
        orders.xb_bulk("tag", {"tag_ids": tag.ids})
        self.assertEqual(orders.tag_ids, tag)
        self.assertEqual(self.states(orders.xb_bulk("tag", {"tag_ids": tag.ids})),
                         ["unchanged", "unchanged"])
        orders.xb_bulk("note", {"body": "<b>Call</b> first"})
        self.assertIn("&lt;b&gt;", orders[0].message_ids[0].body)

    def test_untrusted_arguments(self):
        orders = self.orders(1)
        for action, values in (("unlink", {}), ("_xb_bulk_hold", {}), ("note", {"body": " "}),
                               ("carrier", {"carrier_id": 0})):
            with self.subTest(action):
                if action in ("note", "carrier"):
                    self.assertEqual(self.states(orders.xb_bulk(action, values)), ["refused"])
                else:
                    with self.assertRaises(UserError):
                        orders.xb_bulk(action, values)
        with self.assertRaises(UserError):
            self.env["sale.order"].browse(range(1, ROUND + 2)).xb_bulk("hold")
        nobody = self.user("nobody", "base.group_user")
        with self.assertRaises(AccessError):
            orders.with_user(nobody).xb_bulk("hold")

    def test_print_picking(self):
        orders = self.orders(2)
        action = orders.action_xb_print_picking()
        report = action.get("report_name") or str(action)
        self.assertIn("stock.report_picking", report)
        document, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "stock.report_picking", orders.picking_ids.ids)
        for picking in orders.picking_ids:
            self.assertIn(picking.name, document.decode())
        picture = self.env["ir.actions.report"].barcode("Code128", orders.picking_ids[0].name)
        self.assertEqual(picture[:4], b"\x89PNG")
        for order in orders:
            self.deliver(order)
        with self.assertRaises(UserError):
            orders.action_xb_print_picking()


@tagged("post_install", "-at_install")
class TestTimeline(OrdersCommon):

    def stops(self, order):
        return {stop["key"].split("_")[0]: stop for stop in order._xb_get_timeline()}

    def test_way_of_an_order(self):
        order = self.imported(self.order_value(paid_at="2026-05-04T06:20:00+02:00"))
        stops = self.stops(order)
        self.assertEqual([stop["state"] for stop in stops.values()],
                         ["done", "done", "done", "current", "todo", "todo", "todo"])
        self.assertEqual(stops["picked"]["action"]["name"], "action_xb_deliver")
        self.assertFalse(stops["parcel"]["action"])
        self.assertEqual(stops["paid"]["at"], "2026-05-04 04:20:00")
        self.deliver(order)
        order.invalidate_recordset()
        stops = self.stops(order)
        self.assertEqual((stops["picked"]["state"], stops["parcel"]["state"]),
                         ("done", "current"))
        self.assertEqual(stops["parcel"]["action"]["name"], "action_xb_enter_tracking")
        self.env["xb.parcel"].set_tracking(
            [{"order": order.name, "number": "YT2600000000000017", "carrier": "YunExpress"}])
        order.invalidate_recordset()
        stops = self.stops(order)
        self.assertEqual((stops["parcel"]["state"], stops["delivered"]["state"]),
                         ("done", "current"))
        order.xb_parcel_ids.action_mark_delivered()
        order.invalidate_recordset()
        stops = self.stops(order)
        self.assertEqual((stops["delivered"]["state"], stops["settled"]["state"]),
                         ("done", "current"))
        self.assertEqual(stops["settled"]["action"]["name"], "action_xb_close")
        order.action_xb_close()
        self.assertEqual(self.stops(order)["settled"]["state"], "done")

    def test_trouble_stands_where_it_is(self):
        order = self.imported()
        order.action_xb_hold("ask")
        stop = self.stops(order)["allocated"]
        self.assertEqual((stop["state"], stop["what"], stop["action"]["name"]),
                         ("trouble", "ask", "action_xb_release"))

    def test_every_action_exists(self):
        order = self.imported()
        for stop in order._xb_get_timeline():
            if stop["action"]:
                self.assertTrue(callable(getattr(order, stop["action"]["name"])))

    def test_cancelled(self):
        order = self.imported()
        order._action_cancel()
        self.assertEqual(list(self.stops(order)), ["placed", "paid", "cancelled"])

    def test_platform_tab_escapes(self):
        order = self.imported(self.order_value(
            ship_to={"name": "<script>x</script>", "street": "S 1", "city": "Berlin",
                     "zip": "10115", "country": "DE"},
            raw={"note": "<img src=x>"}))
        self.assertIn("&lt;script&gt;", order.xb_platform_html)
        self.assertIn("&lt;img", order.xb_platform_html)
        self.assertNotIn("<script>", order.xb_platform_html)


@tagged("post_install", "-at_install")
class TestDeskBrowser(HttpCase):

    def test_unit_tests(self):
        """The HOOT suites of this addon (static/tests/*.test.js)."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            "&filter=%22%40xb_orders%22", "", "", login="admin", timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker)
