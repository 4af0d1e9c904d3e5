"""Working profit out again writes what differs, and nothing else."""

import psycopg2

from odoo import api
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import FinanceCommon


@tagged("post_install", "-at_install")
class TestProfitRows(FinanceCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order("R1", 60.0, "EUR")
        cls.order.order_line.purchase_price = 20.0
        cls.order.xb_fee_amount = 3.0
        cls.order.action_confirm()
        cls.profit = cls.env["xb.order.profit"]
        cls.profit._rebuild(cls.order)

    def rows(self, env=None):
        """Return ``{(component, stage): (where the row lies, amount)}``: whoever writes a row
        moves it."""
        rows = (env or self.env).execute_query(SQL(
            "SELECT component, stage, ctid, amount FROM xb_order_profit WHERE order_id = %s",
            self.order.id))
        found = {tuple(row[:2]): tuple(row[2:]) for row in rows}
        self.assertEqual(len(found), len(rows), rows)
        return found

    def changed(self, before):
        """Which rows have been written since, those that went and those that came."""
        after = self.rows()
        return {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}

    def test_unchanged_is_not_written(self):
        before = self.rows()
        self.assertEqual({key[0] for key in before}, {"revenue", "cost", "fee_platform"})
        self.assertEqual(self.profit._rebuild(self.order), 3)
        self.assertEqual(self.rows(), before)

    def test_a_change_is_written_and_one_row_that_stays(self):
        before = self.rows()
        self.order.order_line.purchase_price = 25.0
        self.assertEqual(self.profit._rebuild(self.order), 3)
        changed = self.changed(before)
        self.assertEqual(len(changed), 2)
        self.assertIn("cost", changed)
        after = self.rows()
        self.assertEqual(after["cost", "estimate"][1], -25)
        for component in ("revenue", "fee_platform"):
            key = component, "estimate"
            self.assertEqual(after[key][1], before[key][1])

    def test_a_component_that_comes_and_goes(self):
        before = self.rows()
        self.order.xb_fee_amount = 0
        self.profit._rebuild(self.order)
        self.assertEqual(self.rows().keys(), before.keys() - {("fee_platform", "estimate")})
        self.order.xb_fee_amount = 3.0
        self.profit._rebuild(self.order)
        self.assertEqual({key: row[1] for key, row in self.rows().items()},
                         {key: row[1] for key, row in before.items()})

    def test_every_column_counts(self):
        """A row that says anything else than it should is put right."""
        before = self.env.execute_query(SQL(
            "SELECT * FROM xb_order_profit WHERE order_id = %s ORDER BY component",
            self.order.id))
        other = self.env["res.partner"].search([], limit=1).id
        for column, value in (
                ("day", "2020-01-01"), ("amount", 1), ("estimate", None), ("actual", 7),
                ("country_id", other), ("shop_id", None), ("carrier_id", other),
                ("currency_id", other), ("amount_currency", 9), ("company_id", other),
                ("product_id", self.mug.id), ("line_id", self.order.order_line.id),
                ("tariff", "x,1"), ("stage", "actual"), ("component", "other")):
            with self.subTest(column=column):
                self.env.cr.execute(SQL(
                    "UPDATE xb_order_profit SET %s = %s WHERE order_id = %s",
                    SQL.identifier(column), value, self.order.id))
                self.assertEqual(self.profit._rebuild(self.order), 3)
                after = self.env.execute_query(SQL(
                    "SELECT * FROM xb_order_profit WHERE order_id = %s ORDER BY component",
                    self.order.id))
                self.assertEqual([row[1:] for row in after], [row[1:] for row in before])

    def test_a_row_that_is_there_twice_goes(self):
        before = self.rows()
        self.env.cr.execute(SQL(
            """
            INSERT INTO xb_order_profit (%(columns)s)
            SELECT %(columns)s FROM xb_order_profit WHERE order_id = %(order)s
            """, columns=self.profit._columns, order=self.order.id))
        self.profit._rebuild(self.order)
        self.assertEqual(self.rows().keys(), before.keys())

    @mute_logger("odoo.sql_db")
    def test_two_who_see_different_facts_of_an_order_meet(self):
        """One works out another cost, one another fee: no row of theirs is the same, and still
        the second one waits (and fails, and looks again) instead of not knowing of the first."""
        # Of the demo data, which is committed: what this case has made others do not see.
        order = self.env["xb.order.profit"].search(
            [("component", "=", "cost"), ("stage", "=", "estimate"), ("amount", "!=", 0),
             ("company_id", "!=", self.company.id)], limit=1).order_id
        self.assertTrue(order)
        connect = db_connect(self.env.cr.dbname).cursor
        changes = (SQL("UPDATE sale_order_line SET purchase_price = purchase_price + 1 "
                       "WHERE order_id = %s", order.id),
                   SQL("UPDATE sale_order SET xb_fee_amount = COALESCE(xb_fee_amount, 0) + 1 "
                       "WHERE id = %s", order.id))
        with connect() as first, connect() as second:
            for cr, change in zip((first, second), changes, strict=True):
                cr.execute("SET LOCAL lock_timeout = '200ms'")
                cr.execute(change)
            one, other = (order.with_env(api.Environment(cr, 1, {})) for cr in (first, second))
            one.env["xb.order.profit"]._rebuild(one)
            with self.assertRaises(psycopg2.errors.LockNotAvailable):
                other.env["xb.order.profit"]._rebuild(other)
            first.rollback()
            second.rollback()
