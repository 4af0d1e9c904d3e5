"""Real connections, real commits: what one transaction cannot show."""

import os
import socket
import threading
import time
from contextlib import suppress
from unittest.mock import patch

import psycopg2

from odoo import api
from odoo.sql_db import connection_info_for
from odoo.tests import tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.xb_inventory import gate

from .common import UNITS, CommittedCase


class LostCursor(psycopg2.extensions.cursor):
    def execute(self, query, vars=None):
        raise psycopg2.DatabaseError("server closed the connection unexpectedly")


def cut(connection):
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def report_killed(connection):
    connection.cursor_factory = LostCursor


@tagged("post_install", "-at_install")
class TestConcurrency(CommittedCase):
    def test_sold_exactly_what_is_there(self):
        self.put(UNITS)

        def buy(index):
            granted = 0
            with self.environment() as env:
                for turn in range(20):
                    granted += bool(self.claim(env, 1, f"race-{index}-{turn}"))
            return granted

        self.assertEqual(sum(self.in_threads(8, buy)), UNITS)
        self.assertEqual(self.free(), 0)

    def test_orders_of_locks_never_cross(self):
        """Many products in any order: no deadlock, nothing sold twice."""
        for index in range(3):
            self.put(UNITS, index)

        def buy(index):
            granted = 0
            order = [index % 3, (index + 1) % 3, (index + 2) % 3]
            with self.environment() as env:
                for turn in range(20):
                    answer = env["xb.availability"].claim(
                        [{"product_id": self.product_ids[one], "qty": 1} for one in order],
                        f"cross-{index}-{turn}", warehouse_id=self.place_id)
                    granted += bool(answer["token"])
            return granted

        self.assertEqual(sum(self.in_threads(6, buy)), UNITS)
        self.assertEqual([self.free(index) for index in range(3)], [0, 0, 0])

    def test_same_key_at_once_is_one_claim(self):
        self.put(UNITS)

        def buy(index):
            with self.environment() as env:
                return self.claim(env, 1, "the-same")

        tokens = self.in_threads(6, buy)
        self.assertEqual(len(set(tokens)), 1)
        self.assertEqual(self.free(), UNITS - 1)

    def test_busy_odoo_transaction_does_not_stop_claims(self):
        """A long transaction has reserved and written the same quants: nobody waits for it."""
        self.put(UNITS)
        with self.registry.cursor() as busy:
            env = api.Environment(busy, 1, {})
            product = env["product.product"].browse(self.product_ids[0])
            shelf = env["stock.location"].browse(self.shelf_id)
            env["stock.quant"]._update_reserved_quantity(product, shelf, 5)
            env.flush_all()
            with self.environment() as other:
                self.assertTrue(self.claim(other, UNITS, "meanwhile"))
            busy.rollback()
        self.assertEqual(self.free(), 0)

    def test_bound_claim_is_seen_by_all_until_its_order_is(self):
        """At no moment does anybody see the goods of an order being confirmed as free, or twice."""
        self.put(UNITS)
        with self.environment() as env:
            env["res.company"].browse(self.company_id).xb_guard_sales = True
            order_id = self.make_order(env, 30).id
        with self.environment() as env:
            env["sale.order"].browse(order_id).action_confirm()
            env.flush_all()
            self.assertEqual(self.free(), 10)
            with self.environment() as other:
                self.assertFalse(self.claim(other, 11, "too-much"))
        self.assertEqual(self.free(), 10)
        with self.environment() as env:
            claim = env["xb.stock.claim"].search([("order_id", "=", order_id)])
            self.assertEqual(claim.state, "consumed")

    def test_rollback_frees_at_once(self):
        self.put(UNITS)
        with self.environment() as env:
            env["res.company"].browse(self.company_id).xb_guard_sales = True
            order_id = self.make_order(env, 30).id
        with self.registry.cursor() as cr:
            env = api.Environment(cr, 1, {})
            env["sale.order"].browse(order_id).action_confirm()
            env.flush_all()
            self.assertEqual(self.free(), 10)
            cr.rollback()
        self.assertEqual(self.free(), UNITS)

    @mute_logger("odoo.sql_db", "odoo.addons.xb_inventory.models.xb_availability_order")
    def test_claim_of_a_killed_process_does_not_leak(self):
        """Its connection is gone and no hook ran: whoever is short finds the lock free."""
        self.put(UNITS)
        with self.environment() as env:
            env["res.company"].browse(self.company_id).xb_guard_sales = True
            order_id = self.make_order(env, 30).id
        cr = self.registry.cursor()
        env = api.Environment(cr, 1, {})
        env["sale.order"].browse(order_id).action_confirm()
        env.flush_all()
        cr.postrollback.clear()
        cr.execute("SELECT pg_backend_pid()")
        [pid] = cr.fetchone()
        with self.environment() as other:
            other.cr.execute("SELECT pg_terminate_backend(%s)", [pid])
        with suppress(psycopg2.Error):
            cr.close()
        with self.environment() as other:
            self.assertTrue(self.claim(other, UNITS, "heir"))

    def test_claim_being_used_up_does_not_expire(self):
        self.put(UNITS)
        with self.environment() as env:
            token = self.claim(env, UNITS, "basket")
            order_id = self.make_order(env, UNITS).id
        with self.environment() as env:
            env["xb.availability"].consume(token, order_id)
            env.flush_all()
            with self.environment() as other:
                other.cr.execute(
                    "UPDATE xb_stock_claim SET expires_at = now() - interval '1 day'"
                    " WHERE key = 'basket'")
            with self.environment() as other:
                self.assertFalse(self.claim(other, 1, "thief"))
                self.assertFalse(other["xb.availability"].release(token))
        self.assertEqual(self.free(), 0)
        with self.environment() as env:
            claim = env["xb.stock.claim"].search([("key", "=", "basket")])
            self.assertEqual((claim.state, claim.order_id.id), ("consumed", order_id))

    def test_gate_survives_a_restart_of_the_database(self):
        pool = gate.get_pool(get_db_name())
        [[pid]] = pool.ask("SELECT pg_backend_pid()", [], durable=False)
        self.assertEqual(pool.ask("SELECT pg_backend_pid()", [], durable=False), [(pid,)])
        with self.environment() as env:
            env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        [[other]] = pool.ask("SELECT pg_backend_pid()", [], durable=False)
        self.assertNotEqual(other, pid)
        # an error of the statement itself is no reason to send it again
        with self.assertRaises(psycopg2.errors.DivisionByZero):
            pool.ask("SELECT 1 / 0", [])
        self.assertTrue(pool.ask("SELECT 1", []))

    def test_gate_survives_a_connection_that_breaks_off(self):
        """The wire is cut; or the server is killed, for which psycopg2 has no word of its own."""
        pool = gate.get_pool(get_db_name())
        for ask in (self.ask_directly, self.ask_lent):
            for break_off in (cut, report_killed):
                pid = ask(pool)
                self.assertEqual(ask(pool), pid)
                break_off(pool._idle[-1][0])
                self.assertNotEqual(ask(pool), pid)

    @mute_logger("odoo.sql_db")
    def test_claims_that_arrive_together_go_together(self):
        """Each gets its own answer, and one that cannot be read takes none along."""
        self.put(UNITS)
        pool = gate.get_pool(get_db_name())
        statements = self.startPatcher(patch.object(pool, "ask", wraps=pool.ask))
        too_large = 2**40

        def claim(index):
            product_id = too_large if index == 9 else self.product_ids[0]
            arguments = [
                f"together-{index}", f"{index}", f"n{index}", self.company_id, None, 1,
                [product_id], [self.place_id], [1.0 + index % 2], [0.0], False, 60,
            ]
            try:
                return index, pool.claims.call(arguments)
            except psycopg2.errors.NumericValueOutOfRange:
                return index, "out of range"

        def let_in(env):
            """All wait at the product: the leaders in the database, the others behind them."""
            while len(pool.claims._waiting) < 24 - gate.CLAIM_BATCHES:
                time.sleep(0.01)
            env.cr.commit()

        with self.environment() as env:
            env.cr.execute("SELECT xb_stock_lock(%s)", [self.product_ids[:1]])
            release = threading.Thread(target=let_in, args=(env,), daemon=True)
            release.start()
            answers = dict(self.in_threads(24, claim))
            release.join(10)
        self.assertEqual(answers.pop(9), "out of range")
        for index, rows in answers.items():
            [[token, nonce, digest, product_id, _place, wanted, granted, *_]] = rows
            self.assertTrue(token)
            self.assertEqual(
                (nonce, digest, product_id, wanted, granted),
                (f"n{index}", f"{index}", self.product_ids[0], *[1 + index % 2] * 2))
        self.assertEqual(self.free(), UNITS - 12 - 22)
        together = [call for call in statements.call_args_list if call.kwargs.get("prepare")]
        self.assertEqual(max(len(call.args[1][0]) for call in together),
                         24 - gate.CLAIM_BATCHES)

    def ask_directly(self, pool):
        return pool.ask("SELECT pg_backend_pid()", [], durable=False)[0][0]

    def ask_lent(self, pool):
        with pool.lend() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    def test_levels_follow_each_commit(self):
        self.put(UNITS)
        with self.environment() as env:
            level = env["xb.stock.level"].search([("product_id", "=", self.product_ids[0])])
            self.assertEqual(level.on_hand, UNITS)
            version = level.version
        self.put(2)
        with self.environment() as env:
            level = env["xb.stock.level"].search([("product_id", "=", self.product_ids[0])])
            self.assertEqual(level.on_hand, UNITS + 2)
            self.assertNotEqual(level.version, version)
            env.cr.execute("SELECT COUNT(*) FROM xb_stock_touch")
            self.assertEqual(env.cr.fetchone()[0], 0)

    @mute_logger("odoo.sql_db")
    def test_followers_do_not_disturb_writers(self):
        """Levels are followed while others write the same product: no error on either side."""
        self.put(UNITS)
        info = connection_info_for(get_db_name())[1]

        def work(index):
            if index % 2:
                for _ in range(10):
                    with self.environment() as env:
                        env["xb.stock.level"]._follow()
                return 0
            connection = psycopg2.connect(**info)
            with connection.cursor() as cursor:
                for _ in range(10):
                    cursor.execute(
                        "INSERT INTO stock_quant (product_id, location_id, quantity,"
                        " reserved_quantity, in_date) VALUES (%s, %s, 1, 0, now())",
                        [self.product_ids[0], self.shelf_id])
                    connection.commit()
            connection.close()
            return 10

        written = sum(self.in_threads(4, work))
        with self.environment() as env:
            env["xb.stock.level"]._follow()
        with self.environment() as env:
            level = env["xb.stock.level"].search([("product_id", "=", self.product_ids[0])])
            self.assertEqual(level.on_hand, UNITS + written)
