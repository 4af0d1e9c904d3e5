import threading
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged

WORKERS = 2
ORDERS = 12


@tagged("post_install", "-at_install")
class TestImportConcurrency(BaseCase):
    """Two workers, real cursors, the same orders at the same moment: each order exists once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_ = Registry(get_db_name())
        with cls.environment() as env:
            cls.shop_id = env["xb.shop"].create({
                "name": "Race shop", "currency_id": env.company.currency_id.id, "tz": "UTC",
                "product_policy": "create",
            }).id
        cls.addClassCleanup(cls.tidy)

    @classmethod
    @contextmanager
    def environment(cls):
        """An environment on a cursor of its own that commits at exit."""
        with cls.registry_.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @classmethod
    def tidy(cls):
        """Take the committed records away again."""
        with cls.environment() as env:
            orders = env["sale.order"].search([("xb_shop_id", "=", cls.shop_id)])
            products = orders.order_line.product_id.filtered(
                lambda p: (p.default_code or "").startswith("RACE-"))
            partners = env["xb.shop.buyer"].search([("shop_id", "=", cls.shop_id)]).partner_id
            orders._action_cancel()
            orders.picking_ids.unlink()
            orders.unlink()
            env["xb.shop"].browse(cls.shop_id).unlink()
            partners.child_ids.unlink()
            partners.unlink()
            products.product_tmpl_id.unlink()

    def value(self, number):
        return {
            "ref": f"RACE-{number}", "placed_at": "2026-05-04T06:15:22Z", "status": "paid",
            "currency": self.currency, "buyer": {"id": f"RACE-B{number % 3}", "name": "Racer"},
            "ship_to": {"name": "R", "street": "Track 1", "city": "Spa", "country": "BE"},
            "lines": [{"ref": "1", "sku": f"RACE-{number % 4}", "qty": "1",
                       "unit_price": "10.00"}],
        }

    def race(self, batches):
        """Import the batches at once, each in a thread and a transaction of its own."""
        barrier = threading.Barrier(len(batches))
        results, errors = [None] * len(batches), []

        def worker(index):
            try:
                with self.environment() as env:
                    shop = env["xb.shop"].browse(self.shop_id)
                    shop.fetch(["name"])  # the transaction's snapshot is taken before the race
                    barrier.wait(timeout=30)
                    results[index] = retrying(
                        lambda: shop.import_orders(batches[index]), env)
            except Exception as error:  # a thread hands its error over
                errors.append(error)

        threads = [threading.Thread(target=worker, args=(index,))
                   for index in range(len(batches))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        self.assertFalse(errors)
        return results

    def test_same_orders_at_once(self):
        with self.environment() as env:
            self.currency = env.company.currency_id.name
        values = [self.value(number) for number in range(ORDERS)]
        # in opposite order, which would deadlock if each took its locks as they come
        first, second = self.race([values, values[::-1]])
        states = sorted(verdict["state"] for verdict in first + second)
        self.assertEqual(states, ["created"] * ORDERS + ["unchanged"] * ORDERS)
        self.assertEqual({v["ref"]: v["order_id"] for v in first},
                         {v["ref"]: v["order_id"] for v in second})
        with self.environment() as env:
            orders = env["sale.order"].search([
                ("xb_shop_id", "=", self.shop_id), ("xb_ref", "in", [v["ref"] for v in first])])
            self.assertEqual(len(orders), ORDERS)
            self.assertEqual(set(orders.mapped("state")), {"sale"})
            self.assertEqual(len(orders.picking_ids), ORDERS)
            self.assertEqual(len(orders.partner_id), 3)
            self.assertEqual(len(orders.order_line.product_id), 4)
            self.assertEqual(env["product.product"].search_count(
                [("default_code", "=like", "RACE-%")]), 4)

    def test_other_orders_of_the_same_buyers_at_once(self):
        with self.environment() as env:
            self.currency = env.company.currency_id.name
        left = [{**self.value(number), "buyer": {"id": "RACE-NEW"}} for number in (20, 21)]
        right = [{**self.value(number), "buyer": {"id": "RACE-NEW"}} for number in (22, 23)]
        verdicts = [verdict for part in self.race([left, right]) for verdict in part]
        self.assertEqual({verdict["state"] for verdict in verdicts}, {"created"})
        with self.environment() as env:
            orders = env["sale.order"].browse(v["order_id"] for v in verdicts)
            self.assertEqual(len(orders.partner_id), 1)
