"""The worked month, to the cent and in whatever order the facts come."""

import random
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..core.profit import COMPONENTS
from .worked_month import SETTLEMENTS, WorkedMonth


class Undo(Exception):
    """Ends a trial."""


@tagged("post_install", "-at_install")
class TestWorkedMonth(WorkedMonth):

    # === TESTS === #

    def test_to_the_cent(self):
        for event, args in self.events():
            event(*args)
        settlements = self.close()
        figures = self.figures()
        for key, settlement in settlements.items():
            self.assertAlmostEqual(
                settlement.exchange_difference, figures[f"exchange {key}"], 2, key)
        # Journal: what was sold, paid and kept; nothing is left on the way.
        self.assertEqual(self.balance("transit", settlements), figures["bank"])
        self.assertEqual(self.balance("clearing", settlements), figures["clearing"])
        self.assertEqual(self.balance("reserve", settlements), figures["reserve"])
        self.assertEqual(-self.balance("fee_selling", settlements), figures["fee_platform"])
        self.assertEqual(-self.balance("fee_advertising", settlements), figures["advertising"])
        result = self.sum_of([("account_id.internal_group", "in", ("income", "expense"))])
        self.assertEqual(-result, figures["profit"])
        # Ledger of profit: the same components, the same sum, row by row tied to the journal.
        components = self.components()
        for component in components:
            self.assertIn(component, COMPONENTS)
            self.assertEqual(components[component], figures[component], component)
        self.assertEqual(round(sum(components.values()), 2), figures["profit"])
        ties = self.env["xb.profit.tie.out"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(ties), len(SETTLEMENTS))
        self.assertEqual([round(tie.difference, 2) for tie in ties], [0.0] * len(ties))

    def test_with_the_carriers_bill(self):
        for event, args in self.events(bills=True):
            event(*args)
        self.close()
        figures = self.figures()
        components = self.components()
        for component, amount in components.items():
            self.assertEqual(amount, figures[component], component)
        self.assertEqual(round(sum(components.values()), 2), figures["profit after bill"])
        result = self.sum_of([("account_id.internal_group", "in", ("income", "expense"))])
        self.assertEqual(-result, figures["profit after bill"])
        rows = self.env["xb.order.profit"].search(
            [("company_id", "=", self.company.id), ("move_id", "!=", False)])
        freight = {row.order_id.xb_ref or "open": row.actual for row in rows
                   if row.component == "freight"}
        self.assertEqual(freight, {
            ref: figures[f"freight {ref}"] for ref in ("U1", "U3", "E1", "G1", "open")})
        self.assertEqual(rows.move_id.mapped("ref"), ["C1"])
        # Every document, and every period as a whole.
        ties = self.env["xb.profit.tie.out"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(ties), len(SETTLEMENTS) + 1)
        self.assertEqual([round(tie.difference, 2) for tie in ties], [0.0] * len(ties))
        self.assertEqual(round(sum(ties.mapped("ledger")), 2), figures["profit after bill"])

    def test_debits_are_credits_in_every_currency(self):
        for event, args in self.events():
            event(*args)
        for settlement in self.close().values():
            for move in settlement.move_id | settlement.payout_move_id:
                sums = {}
                for line in move.line_ids:
                    sums[line.currency_id.name] = (
                        sums.get(line.currency_id.name, 0) + line.amount_currency)
                self.assertEqual({round(amount, 2) for amount in sums.values()}, {0.0})

    def test_whatever_the_order_of_import(self):
        """Orders, statements, rates, parcels, bills in any order: one ledger, one profit."""
        seen = set()
        for seed in range(6):
            events = self.events(bills=True)
            random.Random(seed).shuffle(events)
            try:
                with self.env.cr.savepoint():
                    for event, args in events:
                        event(*args)
                    settlements = self.close()
                    self.env["xb.order.profit"]._rebuild(company=self.company)
                    ledger = tuple(sorted(
                        (purpose, self.balance(purpose, settlements)) for purpose in (
                            "transit", "clearing", "reserve", "sale", "fee_selling",
                            "fee_advertising", "chargeback", "left", "carrier_freight",
                            "carrier_duty")))
                    exchange = tuple(round(settlements[key].exchange_difference, 2)
                                     for key in sorted(settlements))
                    ties = self.env["xb.profit.tie.out"].search(
                        [("company_id", "=", self.company.id)])
                    self.assertFalse(any(round(tie.difference, 2) for tie in ties))
                    orders = tuple(sorted(
                        (order.xb_ref or "", component, round(amount, 2))
                        for order, component, amount in self.env["xb.order.profit"]._read_group(
                            [("company_id", "=", self.company.id)], ["order_id", "component"],
                            ["amount:sum"])))
                    seen.add((ledger, exchange, orders))
                    raise Undo
            except Undo:
                self.env.invalidate_all()
        self.assertEqual(len(seen), 1, seen)

    def test_reversed_month_leaves_nothing(self):
        for event, args in self.events():
            event(*args)
        settlements = self.env["xb.settlement"].union(*self.close().values())
        settlements.action_reverse()
        self.assertEqual(self.sum_of(
            [("account_id.internal_group", "in", ("income", "expense"))]), 0.0)
        self.assertEqual(self.components(), {})
        settlements.action_post()
        self.assertEqual(round(sum(self.components().values()), 2), self.figures()["profit"])

    def test_estimate_until_the_facts(self):
        self.bring_rates()
        order = self.make_order("U1", 240.0, "USD", "2026-05-04")
        order.order_line.purchase_price = 100.0
        order.action_confirm()
        self.assertEqual((order.xb_profit, order.xb_profit_stage), (112.0, "estimate"))
        self.bring_order("U2", 24.0, "USD", "2026-05-02")
        self.bring_settlement("S1")
        self.close()
        order.invalidate_recordset()
        # 192 - 48 refunded - 30 fee - 80 cost (estimated) + (240 - 60) / 1.20 - ... / 1.25
        self.assertEqual((round(order.xb_profit, 2), order.xb_profit_stage), (40.0, "part"))
        steps = {step["key"]: step for step in order.xb_waterfall["steps"]}
        self.assertEqual((steps["revenue"]["amount"], steps["revenue"]["estimate"],
                          steps["revenue"]["is_actual"]), (192.0, 192.0, True))
        self.assertFalse(steps["cost"]["is_actual"])
        self.assertAlmostEqual(steps["exchange"]["amount"], 6.0, 2)

    @freeze_time("2026-05-31 12:00:00")
    def test_cockpit(self):
        for event, args in self.events():
            event(*args)
        self.close()
        figures = self.figures()
        cockpit = self.env["xb.finance.cockpit"].get_cockpit(31)
        tiles = {tile["key"]: round(tile["amount"], 2) for tile in cockpit["tiles"]}
        # U2 was charged back, but its sale is in no statement of the month: still an estimate.
        revenue = round(figures["revenue"] + 19.20, 2)
        self.assertEqual(tiles, {
            "revenue": revenue, "net": round(figures["profit"] + 19.20, 2),
            "gross": round(revenue + figures["refund"], 2),
            "fees": round(figures["fee_platform"] + figures["advertising"], 2),
            "carriage": 0.0, "refunds": figures["refund"]})
        self.assertEqual(cockpit["at_platforms"], 0.0)
        self.assertEqual(cockpit["open"]["differences"], 0)
        self.assertEqual(round(sum(row[2] for row in cockpit["trend"]), 2), tiles["net"])
        for days in (0, -1, 10_000, "x", None):
            with self.assertRaises(UserError):
                self.env["xb.finance.cockpit"].get_cockpit(days)
        with self.assertRaises(AccessError):
            self.env["xb.finance.cockpit"].with_user(
                self.user("a-clerk", "xb_base.group_clerk")).get_cockpit()

    def test_cost_of_what_really_left(self):
        self.bring_rates()
        self.mug.categ_id.property_cost_method = "average"
        self.mug.standard_price = 70.0
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1)
        self.env["stock.quant"]._update_available_quantity(
            self.mug, warehouse.lot_stock_id, 10)
        order = self.make_order("E9", 100.0, "EUR", date(2026, 5, 5).isoformat())
        order.order_line.purchase_price = 50.0
        order.action_confirm()
        self.deliver(order)
        self.env["xb.order.profit"]._rebuild(order)
        order.invalidate_recordset()
        steps = {step["key"]: step for step in order.xb_waterfall["steps"]}
        self.assertEqual((steps["cost"]["is_actual"], steps["cost"]["estimate"],
                          steps["cost"]["amount"]), (True, -50.0, -70.0))
        before = self.count_rows("xb_order_profit")
        self.env["xb.order.profit"]._rebuild(order)
        self.assertEqual(self.count_rows("xb_order_profit"), before)
