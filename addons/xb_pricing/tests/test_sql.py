import doctest

import numpy as np

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from .. import sql
from ..models import xb_price_input


@tagged("post_install", "-at_install")
class TestSql(TransactionCase):
    def test_examples(self):
        for module in (sql, xb_price_input):
            self.assertEqual(doctest.testmod(module).failed, 0, module.__name__)

    def test_columns_come_as_they_are(self):
        query = "SELECT n::bigint, (n / 4.0)::float FROM generate_series(%s, 3) n ORDER BY n"
        whole, floating = sql.read_columns(self.env.cr, SQL(query, -3), "if")
        self.assertEqual(whole.tolist(), list(range(-3, 4)))
        self.assertEqual(floating.tolist(), [n / 4 for n in range(-3, 4)])
        self.assertEqual((whole.dtype, floating.dtype), (np.int64, np.float64))
        self.assertEqual([len(one) for one in sql.read_columns(
            self.env.cr, SQL(query, 9), "if")], [0, 0])

    def test_what_is_no_number_of_eight_bytes_is_refused(self):
        for query in ("SELECT NULL::bigint", "SELECT 1::int"):
            with self.assertRaises(ValueError):
                sql.read_columns(self.env.cr, SQL(query), "i")

    def test_texts_survive(self):
        texts = ["a", 'say "b"', "c\\d", "{e,f}", None, "", "NULL", "中文"]
        rows = self.env.execute_query(SQL(
            "SELECT v FROM unnest(%s::text[]) v", sql.array(texts)))
        self.assertEqual([row[0] for row in rows], texts)
