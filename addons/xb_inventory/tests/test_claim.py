import xmlrpc.client

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestClaim(StockCase):
    def lines(self, *pairs):
        return [{"product_id": product.id, "qty": qty} for product, qty in pairs]

    def test_claim_and_release(self):
        answer = self.claim(4)
        self.assertTrue(answer["token"])
        self.assertFalse(answer["short"])
        self.assertEqual(answer["lines"][0]["qty"], 4)
        self.assertEqual(self.free(), 6)
        self.assertTrue(self.availability.release(answer["token"]))
        self.assertEqual(self.free(), 10)
        # again: it is released, still
        self.assertTrue(self.availability.release(answer["token"]))
        self.assertEqual(self.free(), 10)

    def test_the_last_unit_once(self):
        self.assertTrue(self.claim(10)["token"])
        answer = self.claim(1, key="late")
        self.assertFalse(answer["token"])
        self.assertEqual(
            answer["short"], [{"product_id": self.product.id, "asked": 1, "available": 0}]
        )

    def test_all_or_nothing(self):
        other = self.make_product("Shade", 1)
        answer = self.availability.claim(self.lines((self.product, 2), (other, 2)), "both")
        self.assertFalse(answer["token"])
        self.assertEqual([row["product_id"] for row in answer["short"]], [other.id])
        self.assertEqual((self.free(), self.free(other)), (10, 1))

    def test_in_part(self):
        other = self.make_product("Shade", 1)
        answer = self.availability.claim(
            self.lines((self.product, 2), (other, 2)), "some", partial=True
        )
        self.assertTrue(answer["token"])
        self.assertEqual({line["product_id"]: line["qty"] for line in answer["lines"]},
                         {self.product.id: 2, other.id: 1})
        self.assertEqual(answer["short"], [{"product_id": other.id, "asked": 2, "available": 1}])
        self.assertEqual(self.free(other), 0)

    def test_same_key_is_one_claim(self):
        first = self.claim(4, key="order-1")
        second = self.claim(4, key="order-1")
        self.assertEqual(first, second)
        self.assertEqual(self.free(), 6)
        with self.assertRaisesRegex(ValidationError, "order-1"):
            self.claim(5, key="order-1")
        self.assertEqual(self.free(), 6)

    def test_key_again_after_release(self):
        first = self.claim(4, key="order-1")
        self.availability.release(first["token"])
        second = self.claim(5, key="order-1")
        self.assertTrue(second["token"])
        self.assertNotEqual(first["token"], second["token"])

    def test_same_product_twice_is_one_line(self):
        answer = self.availability.claim(
            self.lines((self.product, 6), (self.product, 6)), "twice"
        )
        self.assertFalse(answer["token"])
        self.assertEqual(answer["short"][0]["asked"], 12)

    def test_expires_when_somebody_needs_it(self):
        answer = self.claim(10, key="basket", ttl=60)
        self.env.cr.execute(
            "UPDATE xb_stock_claim SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 second'"
        )
        other = self.claim(10, key="buyer")
        self.assertTrue(other["token"])
        claim = self.env["xb.stock.claim"].search([("key", "=", "basket")])
        self.assertEqual(claim.state, "expired")
        order = self.make_order((self.product, 1))
        with self.assertRaisesRegex(UserError, "expired"):
            self.availability.consume(answer["token"], order.id)

    def test_expires_by_cron(self):
        self.claim(10, ttl=60)
        self.env.cr.execute(
            "UPDATE xb_stock_claim SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 second'"
        )
        self.levels._cron_follow()
        self.assertEqual(self.free(), 10)

    def test_consume_confirms_the_order(self):
        answer = self.claim(4, key="web-7")
        order = self.make_order((self.product, 4))
        result = self.availability.consume(answer["token"], order.id)
        self.assertEqual(result, {"state": "consumed", "order_id": order.id})
        self.assertEqual(order.state, "sale")
        # counted once: by the reservation
        self.assertEqual(self.free(), 6)
        self.levels._follow()
        claim = self.env["xb.stock.claim"].search([("key", "=", "web-7")])
        self.assertEqual((claim.state, claim.order_id), ("consumed", order))
        self.assertEqual(self.free(), 6)
        # again: nothing changes
        self.assertEqual(self.availability.consume(answer["token"], order.id), result)
        self.assertFalse(self.availability.release(answer["token"]))
        with self.assertRaisesRegex(UserError, "another order"):
            self.availability.consume(answer["token"], self.make_order((self.product, 1)).id)

    def test_consume_claims_what_is_missing(self):
        answer = self.claim(4)
        order = self.make_order((self.product, 11))
        with self.assertRaisesRegex(UserError, "Lamp"):
            self.availability.consume(answer["token"], order)
        smaller = self.make_order((self.product, 9))
        self.availability.consume(answer["token"], smaller)
        self.assertEqual(self.free(), 1)

    def test_units_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        bulk = self.make_product("Screw", 30)
        line = {"product_id": bulk.id, "qty": 2, "uom_id": dozen.id}
        self.assertTrue(self.availability.claim([line], "dozens")["token"])
        self.assertEqual(self.free(bulk), 6)

    def test_what_is_not_tracked_is_never_refused(self):
        service = self.env["product.product"].create({"name": "Wrap", "type": "service"})
        loose = self.env["product.product"].create({"name": "Sand", "type": "consu"})
        answer = self.availability.claim(self.lines((service, 99), (loose, 99)), "loose")
        self.assertTrue(answer["token"])
        self.assertEqual(answer["lines"], [])
        [row] = self.availability.available([loose.id])
        self.assertFalse(row["limited"])
        self.assertTrue(self.availability.release(answer["token"]))

    def test_kits_claim_their_components(self):
        model = type(self.availability)
        kit = self.make_product("Set")

        def explode(availability, product_id, qty):
            if product_id == kit.id:
                return [(self.product.id, 2 * qty)]
            return [(product_id, qty)]

        self.patch(model, "_explode_line", explode)
        self.assertTrue(self.claim(4, kit)["token"])
        self.assertEqual(self.free(), 2)
        self.assertFalse(self.claim(2, kit, key="more")["token"])

    def test_allocation_of_another_shop_is_not_mine(self):
        mine, other = self.make_shop("Mine"), self.make_shop("Other")
        self.env["xb.stock.policy"].create(
            {"shop_id": other.id, "has_allocation": True, "allocation": 8}
        )
        self.assertFalse(self.claim(3, shop_id=mine.id, key="a")["token"])
        self.assertTrue(self.claim(2, shop_id=mine.id, key="b")["token"])
        self.assertTrue(self.claim(8, shop_id=other.id, key="c")["token"])

    def test_bad_input_names_row_and_field(self):
        good = {"product_id": self.product.id, "qty": 1}
        kilo = self.env.ref("uom.product_uom_kgm")
        for lines, pattern in (
            ([good, {"product_id": 2**30, "qty": 1}], "Row 2, product_id"),
            ([good, {"product_id": self.product.id, "qty": -1}], "Row 2, qty"),
            ([good, {"product_id": self.product.id, "qty": "many"}], "Row 2, qty"),
            ([good, {**good, "uom_id": kilo.id}], "Row 2, uom_id"),
            ([good, {**good, "uom_id": 2**30}], "Row 2, uom_id"),
            ([good, {**good, "warehouse_id": 2**30}], "Row 2, warehouse_id"),
            ([good, {**good, "qty": 0.000001}], "Row 2, qty"),
            ([], "lines"),
        ):
            with self.subTest(pattern=pattern), self.assertRaisesRegex(ValidationError, pattern):
                self.availability.claim(lines, "bad")
        for options, pattern in (
            ({"shop_id": 2**30}, "shop_id"), ({"shop_id": "x"}, "shop_id"),
            ({"ttl": 0}, "ttl"), ({"ttl": 10**9}, "ttl"), ({"warehouse_id": 2**30}, "warehouse_id"),
        ):
            with self.subTest(options=options), self.assertRaisesRegex(ValidationError, pattern):
                self.availability.claim([good], "bad", **options)
        for key in ("", None, 5, "x" * 300):
            with self.subTest(key=key), self.assertRaisesRegex(ValidationError, "key"):
                self.availability.claim([good], key)
        self.assertEqual(self.free(), 10)
        self.assertFalse(self.env["xb.stock.claim"].search([("key", "=", "bad")]))

    def test_bad_reads_name_row_and_field(self):
        for ids, pattern in (
            ([self.product.id, 2**30], "Row 2, product_id"),
            ([self.product.id, "x"], "Row 2, product_id"),
            ("x", "product_ids"),
        ):
            with self.subTest(ids=ids), self.assertRaisesRegex(ValidationError, pattern):
                self.availability.available(ids)

    def test_bad_tokens(self):
        token = self.claim(1)["token"]
        for bad in ("", "x", "1.x", None, 5, token + "0", "99999999999.x"):
            with self.subTest(bad=bad), self.assertRaisesRegex(ValidationError, "token"):
                self.availability.release(bad)
        self.assertEqual(self.free(), 9)

    def test_answers_pass_over_xmlrpc(self):
        answers = [
            self.availability.available([self.product.id], shop_id=self.make_shop().id),
            self.claim(4), self.claim(99, key="no"),
        ]
        for answer in answers:
            xmlrpc.client.dumps((answer,), allow_none=False)

    def test_rights(self):
        clerk = new_test_user(self.env, "a_clerk", "xb_base.group_clerk")
        buyer = new_test_user(self.env, "a_buyer", "xb_base.group_buyer")
        nobody = new_test_user(self.env, "a_nobody", "base.group_user")
        line = {"product_id": self.product.id, "qty": 1}
        self.assertTrue(self.availability.with_user(clerk).claim([line], "clerk")["token"])
        self.assertTrue(self.availability.with_user(buyer).available([self.product.id]))
        for user in (buyer, nobody):
            with self.assertRaises(AccessError):
                self.availability.with_user(user).claim([line], "no")
        with self.assertRaises(AccessError):
            self.availability.with_user(nobody).available([self.product.id])
        company = self.env["res.company"].create({"name": "Other"})
        place = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        with self.assertRaises(AccessError):
            self.availability.with_user(clerk).available([self.product.id], warehouse_id=place.id)

    def test_deleted_shop_and_order_are_forgotten(self):
        shop = self.make_shop()
        token = self.claim(1, shop_id=shop.id)["token"]
        order = self.make_order((self.product, 1))
        self.availability.consume(token, order)
        self.levels._follow()
        claim = self.env["xb.stock.claim"].search([], limit=1)
        self.assertEqual((claim.shop_id, claim.order_id), (shop, order))
        order._action_cancel()
        order.unlink()
        shop.unlink()
        self.assertFalse(claim.shop_id or claim.order_id)

    def test_release_from_the_list(self):
        self.claim(4)
        claim = self.env["xb.stock.claim"].search([], limit=1)
        clerk = new_test_user(self.env, "a_clerk", "xb_base.group_clerk")
        claim.with_user(clerk).action_release()
        self.assertEqual(claim.state, "released")
        self.assertEqual(self.free(), 10)

    def test_product_that_is_deleted_takes_its_claims_along(self):
        product = self.make_product("Gone")
        self.claim(1, product, partial=True)
        self.availability.claim(self.lines((self.product, 1)), "x")
        product.unlink()
        self.assertTrue(self.env["xb.stock.claim.line"].search([]).product_id.exists())
