"""Reading what is available over real connections: the newest, in every size of question."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tests.common import get_db_name

from odoo.addons.xb_inventory import gate, reading
from odoo.addons.xb_inventory.models import xb_availability

from .common import UNITS, CommittedCase

# Alone, among a few, among many: three ways of reading.
SIZES = (1, 2, 3)


@tagged("post_install", "-at_install")
class TestReading(CommittedCase):
    def setUp(self):
        super().setUp()
        # As a server reads, not as a test does.
        for module in (gate, reading, xb_availability):
            self.startPatcher(patch.object(module, "is_passed_by", return_value=False))
        # Connections of another test may know functions that an update has replaced since.
        self.startPatcher(patch.dict(reading._readers, clear=True))
        with self.environment() as env:
            values = {"name": "Far Away", "code": "FAR", "company_id": self.company_id}
            places = env["stock.warehouse"].with_context(active_test=False)
            place = places.search([("code", "=", "FAR")]) or places.create(values)
            place.active = True
            self.other_place_id, self.other_shelf_id = place.id, place.lot_stock_id.id
        for index in range(3):
            self.put(UNITS, index)

    def clean(self):  # pylint: disable=missing-return
        super().clean()
        for cursor in [one for readers in reading._readers.values() for one in readers._idle]:
            cursor.connection.close()
        with self.environment() as env:
            env["stock.warehouse"].browse(self.other_place_id).active = False

    @contextmanager
    def reader(self):
        """An environment whose transaction has begun, and does not see what comes after."""
        with self.environment() as env:
            env.cr.execute("SELECT 1")
            yield env

    def look(self, env, size=1, **options):
        """What is available of the first product."""
        with patch.object(xb_availability, "READ_FEW", 2):
            rows = env["xb.availability"].available(self.product_ids[:size], **options)
        return rows[0]["available"]

    def test_what_is_committed_meanwhile_is_seen(self):
        for size in SIZES:
            with self.subTest(size=size), self.reader() as env:
                before = self.look(env, size)
                self.put(5)
                self.assertEqual(self.look(env, size), before + 5)

    def test_marked_or_followed_is_the_same(self):
        """Right after a commit a mark says that the level is behind; then it is not any more."""
        with self.environment() as env:
            env.cr.execute(
                "UPDATE stock_quant SET quantity = quantity + 7 WHERE product_id = %s",
                [self.product_ids[0]])
        for size in SIZES:
            with self.subTest(size=size), self.reader() as env:
                self.assertEqual(self.look(env, size), UNITS + 7)
        with self.environment() as env:
            env["xb.stock.level"]._follow()
        for size in SIZES:
            with self.subTest(size=size), self.reader() as env:
                self.assertEqual(self.look(env, size), UNITS + 7)

    def test_own_claim_is_seen(self):
        for size in SIZES:
            with self.subTest(size=size), self.reader() as env:
                before = self.look(env, size)
                token = self.claim(env, 3, f"own-{size}")
                self.assertEqual(self.look(env, size), before - 3)
                env["xb.availability"].release(token)
                self.assertEqual(self.look(env, size), before)

    def test_own_change_is_seen_by_its_transaction_alone(self):
        for size in SIZES:
            with self.subTest(size=size), self.reader() as env, self.reader() as other:
                product = env["product.product"].browse(self.product_ids[0])
                shelf = env["stock.location"].browse(self.shelf_id)
                env["stock.quant"]._update_available_quantity(product, shelf, 2)
                self.assertEqual(self.look(env, size), UNITS + 2)
                self.assertEqual(self.look(other, size), UNITS)
                env.cr.rollback()
                env.invalidate_all()
                self.assertEqual(self.look(env, size), UNITS)

    def test_shelf_that_moves_to_another_warehouse(self):
        with self.environment() as env:
            bin_id = env["stock.location"].create(
                {"name": "Bin", "usage": "internal", "location_id": self.shelf_id}).id
            env["stock.quant"].create(
                {"product_id": self.product_ids[0], "location_id": bin_id, "quantity": 6})
        with self.environment() as env:
            self.assertEqual(self.look(env, warehouse_id=self.place_id), UNITS + 6)
            env["stock.location"].browse(bin_id).location_id = self.other_shelf_id
            self.assertEqual(self.look(env, warehouse_id=self.place_id), UNITS)
            self.assertEqual(self.look(env, warehouse_id=self.other_place_id), 6)
        with self.environment() as env:
            self.assertEqual(self.look(env, warehouse_id=self.other_place_id), 6)
            self.assertFalse(env["xb.stock.touch"].search(
                [("product_id", "=", self.product_ids[0])]), "nobody followed")

    def test_none_and_twice(self):
        with self.reader() as env:
            available = env["xb.availability"].available
            self.assertEqual(available([]), [])
            [product_id] = self.product_ids[:1]
            for ids in ([product_id] * 2, [product_id] * 3):
                self.assertEqual(
                    [(row["product_id"], row["available"]) for row in available(ids)],
                    [(product_id, UNITS)] * len(ids))
            with self.assertRaisesRegex(ValidationError, "Row 2, product_id"):
                available([product_id, 2**31 - 1])
            with self.assertRaisesRegex(ValidationError, "Row 1, product_id"):
                available([2**31 - 1])

    def test_product_of_this_very_transaction(self):
        with self.reader() as env:
            product = env["product.product"].create(
                {"name": "New", "type": "consu", "is_storable": True})
            [row] = env["xb.availability"].available([product.id])
            self.assertEqual((row["available"], row["limited"]), (0, True))
            [known, row] = env["xb.availability"].available([self.product_ids[0], product.id])
            self.assertEqual((known["available"], row["available"]), (UNITS, 0))
            with self.reader() as other, self.assertRaises(ValidationError):
                other["xb.availability"].available([product.id])
            env.cr.rollback()

    def test_one_says_what_few_say(self):
        """Of products in one warehouse, in two, in none, claimed, used up, marked, not tracked."""
        with self.environment() as env:
            env["stock.quant"].create([
                {"product_id": self.product_ids[1], "location_id": place, "quantity": qty}
                for place, qty in ((self.shelf_id, 0.1 - UNITS), (self.other_shelf_id, 0.2))])
            services = env["product.product"].create(
                [{"name": "Service", "type": "service"},
                 {"name": "Never there", "type": "consu", "is_storable": True}])
            template = env["product.product"].browse(self.product_ids[2]).product_tmpl_id
            template.xb_sell_beyond = True
        self.product_ids += services.ids
        with self.environment() as env:
            self.claim(env, 0.2, "claimed", index=0)
            token = self.claim(env, 4, "used", index=0)
            env["xb.availability"].consume(token, self.make_order(env, 4))
        for places in ((self.place_id,), (self.other_place_id,),
                       (self.place_id, self.other_place_id)):
            for moment in ("followed", "marked"):
                with self.environment() as env:
                    if moment == "marked":
                        env.cr.execute("INSERT INTO xb_stock_touch (product_id)"
                                       " SELECT unnest(%s)", [self.product_ids])
                    else:
                        env["xb.stock.level"]._follow()
                with self.environment() as env:
                    few = {row[0]: row[1:] for row in reading.read_few(
                        env, self.product_ids, places)}
                    for product_id in self.product_ids:
                        with self.subTest(product=product_id, places=places, moment=moment):
                            self.assertEqual(
                                reading.read_one(env, product_id, places), few[product_id])
                    self.assertEqual(len(few), 5)
        with self.environment() as env:
            self.assertIsNone(reading.read_one(env, 2**31 - 1, (self.place_id,)))
            self.assertEqual(
                reading.read_one(env, self.product_ids[1], (self.place_id, self.other_place_id)),
                (True, 0.3, 0, 0, 0))

    def test_reading_survives_a_restart_of_the_database(self):
        readers = reading._get_readers(gate.get_pool(get_db_name()))
        with self.reader() as env:
            self.look(env)
            [cursor] = readers._idle
            pid = cursor.connection.info.backend_pid
            env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            self.assertEqual(self.look(env), UNITS)
            [cursor] = readers._idle
            self.assertNotEqual(cursor.connection.info.backend_pid, pid)
            self.assertEqual(readers._made, 1)

    def test_functions_made_anew_by_an_update(self):
        """Statements are prepared once; the functions in them may be others by now."""
        with self.environment() as env:
            self.claim(env, 1, "so that the function is asked")
            self.assertEqual(self.look(env), UNITS - 1)
        with self.environment() as env:
            env["xb.stock.level"]._create_sql()
        with self.environment() as env:
            self.assertEqual(self.look(env), UNITS - 1)

    def test_more_at_once_than_connections(self):
        """Who finds all in use reads by one of the gate's, and no connection is left over."""
        self.startPatcher(patch.object(reading, "READERS_MAX", 1))
        readers = reading._get_readers(gate.get_pool(get_db_name()))
        with self.reader() as env:
            self.look(env)
            held = readers._idle.pop()
            self.assertEqual(self.look(env), UNITS)
            self.assertFalse(readers._idle)
            readers._idle.append(held)
        def read(index):
            with self.reader() as env:
                return {self.look(env) for _ in range(200)}

        self.assertEqual(self.in_threads(6, read), [{UNITS}] * 6)
        self.assertEqual((len(readers._idle), readers._made), (1, 1))

    def test_statements_of_a_snapshot_agree(self):
        """An order is confirmed between them: its claim ends, its reservation is there."""
        query = "SELECT SUM(reserved_quantity) FROM stock_quant WHERE product_id = %s"
        with self.environment() as env, reading.snapshot(env) as cr:
            cr.execute(query, [self.product_ids[0]])
            before = cr.fetchone()
            with self.environment() as other:
                order = self.make_order(other, 2)
                order.action_confirm()
            cr.execute(query, [self.product_ids[0]])
            self.assertEqual(cr.fetchone(), before)

    def test_early_refusal_tells_what_there_is_now(self):
        with self.reader() as env:
            self.assertEqual(self.look(env), UNITS)
            with self.environment() as other:
                self.assertTrue(self.claim(other, UNITS, "all"))
            with patch.object(type(env["xb.availability"]), "_is_sold_out", return_value=True):
                answer = env["xb.availability"].claim(
                    [{"product_id": self.product_ids[0], "qty": 1}], "late",
                    warehouse_id=self.place_id)
        self.assertEqual(answer["short"], [
            {"product_id": self.product_ids[0], "asked": 1, "available": 0}])
