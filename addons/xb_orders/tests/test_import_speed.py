from collections import Counter
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged

from .common import OrdersCommon

BATCH = 100
# Two goods lines and shipping, a new buyer each with an address of another name, created, claimed,
# confirmed and reserved: 1.1 measured with the whole suite installed, the gate's own included. Core
# alone asks 46 times per order in bulk, 77 one by one.
QUERIES_PER_ORDER = 1.6
# How often a batch may send one statement: batches of the ORM, products, steps of a transfer.
SAME_STATEMENT = 12


@tagged("post_install", "-at_install")
class TestImportSpeed(OrdersCommon):
    """The import asks the database per batch, not per order."""

    def values(self, prefix, count=BATCH):
        return [self.order_value(
            f"{prefix}{number}", buyer={"id": f"{prefix}{number}", "name": f"Buyer {number}"},
        ) for number in range(count)]

    def queries(self, values):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.shop.import_orders(values)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_of_a_batch(self):
        self.shop.import_orders(self.values("warm-up", 2))
        self.assertLessEqual(self.queries(self.values("A")) / BATCH, QUERIES_PER_ORDER)

    def test_no_statement_is_sent_per_order(self):
        """What is asked once per order, by whichever addon, is found by its name."""
        self.env["res.company"].create({"name": "Another company"})
        self.shop.import_orders(self.values("warm-up", 2))
        values, sent = self.values("B"), Counter()
        execute = Cursor.execute

        def counted(cr, query, params=None, log_exceptions=True):
            sent[" ".join(str(getattr(query, "code", query)).split())] += 1
            return execute(cr, query, params, log_exceptions)

        self.env.flush_all()
        with patch.object(Cursor, "execute", counted):
            self.shop.import_orders(values)
            self.env.flush_all()
        often = {text[:200]: count for text, count in sent.items() if count > SAME_STATEMENT}
        self.assertGreater(sum(sent.values()), 20)
        self.assertFalse(often)

    def test_creation_does_not_ask_per_order(self):
        self.shop.auto_confirm = False
        self.shop.import_orders(self.values("warm-up", 2))
        small = self.queries(self.values("S", 10))
        large = self.queries(self.values("L", 60))
        # per order: core's sequence, fiscal position and contact hierarchy
        self.assertLessEqual((large - small) / 50, 8)

    def test_unchanged_is_nearly_free(self):
        values = self.values("U")
        self.shop.import_orders(values)
        self.assertLessEqual(self.queries(values), 12)
