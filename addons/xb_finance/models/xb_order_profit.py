from odoo import api, fields, models
from odoo.tools import SQL

from ..core.profit import COMPONENTS

BATCH = 20_000


class Copied(fields.Many2one):
    """A reference copied from the order, the settlement or the bill, whose own foreign key guards
    it: checking it again on millions of rows took as long as working them out."""

    def update_db_foreign_key(self, model, column):
        """Override: no foreign key; one of an earlier version is dropped."""
        model.env.cr.execute(SQL(
            "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", SQL.identifier(model._table),
            SQL.identifier(f"{model._table}_{self.name}_fkey")))


class XbOrderProfit(models.Model):
    """What an order earns, component by component, each with the document that says so.

    A component is estimated from the order until a fact is known: a posted settlement, goods
    that left the stock at what they really cost, a carrier's bill. Rows without an order are what
    the shop earned or paid that belongs to none, so that all rows of a settlement or a bill add
    up to its journal entries. The rows are worked out by ``xb_order_profit_query.py``.
    """

    _name = "xb.order.profit"
    _description = "Order Profit"
    _order = "day desc, order_id desc, id"
    _rec_name = "component"
    # Rows are deleted and worked out anew: who did and when says nothing.
    _log_access = False

    company_id = Copied("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null",
                               ondelete="cascade")
    shop_id = Copied("xb.shop", readonly=True)
    country_id = Copied("res.country", "Ships To", readonly=True)
    day = fields.Date(readonly=True, help="Of the order; of the settlement where "
                      "there is no order.")
    component = fields.Selection(list(COMPONENTS.items()), required=True, readonly=True)
    stage = fields.Selection([("estimate", "Estimate"), ("actual", "Actual")], required=True,
                             readonly=True)
    amount = fields.Monetary("Profit", currency_field="company_currency_id", readonly=True,
                             help="What is known best: the actual figure, else the estimate.")
    estimate = fields.Monetary(currency_field="company_currency_id", readonly=True)
    actual = fields.Monetary(currency_field="company_currency_id", readonly=True)
    currency_id = Copied("res.currency", readonly=True, help="That the money moves in: the "
                         "order's, the settlement's; the company's for costs.")
    amount_currency = fields.Monetary("Profit in Currency", currency_field="currency_id",
                                      readonly=True)
    settlement_id = fields.Many2one("xb.settlement", readonly=True, ondelete="cascade",
                                    index="btree_not_null")
    move_id = fields.Many2one("account.move", "Carrier's Bill", readonly=True,
                              ondelete="cascade", index="btree_not_null")
    tariff = fields.Char(readonly=True, help="The record that the estimate is from, as "
                         "“model,id”, where that is not the order.")
    source = fields.Char("Document", compute="_compute_source")
    line_id = fields.Many2one("sale.order.line", "Order Line", readonly=True,
                              ondelete="cascade", index="btree_not_null",
                              help="Where the fact is known per line.")
    product_id = fields.Many2one("product.product", readonly=True,
                                 help="Where the fact is known per product.")
    carrier_id = Copied("xb.carrier", readonly=True,
                        help="Of the order's first parcel; of the bill.")

    _day_idx = models.Index("(company_id, day)")

    # === COMPUTE METHODS === #

    @api.depends("settlement_id", "move_id", "order_id", "stage", "component", "tariff")
    def _compute_source(self):
        tariffs = self._get_tariffs()
        for row in self:
            if row.tariff in tariffs:
                row.source = tariffs[row.tariff].display_name
            elif row.settlement_id:
                row.source = row.settlement_id.name
            elif row.move_id:
                row.source = row.move_id.ref or row.move_id.name
            elif row.stage == "actual":
                row.source = self.env._("Delivery of %(order)s", order=row.order_id.name)
            else:
                row.source = row.order_id.name

    # === ACTION METHODS === #

    def action_open_source(self):
        """Open the document that the row is from."""
        self.ensure_one()
        tariff = self._get_tariffs().get(self.tariff)
        return (self.settlement_id or self.move_id or tariff
                or self.order_id).get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def _rebuild(self, orders=None, company=None):
        """Work the rows of orders out anew; gives the same rows however often and in whatever
        order the facts came.

        :param sale.order orders: which, or None for all orders of shops of ``company``
        :return: number of rows
        """
        self.env.flush_all()
        ids = orders.ids if orders is not None else [
            row[0] for row in self.env.execute_query(SQL(
                "SELECT id FROM sale_order WHERE company_id = %s AND xb_shop_id IS NOT NULL "
                "ORDER BY id", company.id))]
        count = 0
        for start in range(0, len(ids), BATCH):
            self.env.cr.execute(self._query_rows(tuple(ids[start:start + BATCH])))
            count += self.env.cr.fetchone()[0]
        self.invalidate_model()
        return count

    @api.model
    def _rebuild_settlement(self, settlement):
        """Work out the rows of a settlement: those of its orders, and those that have none."""
        self._rebuild(settlement._get_orders())
        self._rebuild_rest(settlement)

    @api.model
    def _rebuild_rest(self, settlement):
        """Work out the rows of a settlement that have no order."""
        self.env.cr.execute(SQL(
            "DELETE FROM xb_order_profit WHERE settlement_id = %s AND order_id IS NULL",
            settlement.id))
        if settlement.state == "posted":
            self.env.cr.execute(self._query_without_order(settlement))
            self.env.cr.execute(self._query_rest_of_exchange(settlement, _exact(
                settlement.exchange_difference, settlement.company_currency_id)))
        self.invalidate_model()

    @api.model
    def _rebuild_bills(self, moves, orders=None):
        """Work out the rows of carriers' bills: those of their parcels' orders, and those that
        belong to none.

        :param account.move moves: bills, in whatever state
        :param sale.order orders: only these orders, None for all that the bills charge for
        """
        if orders is None:
            self.env.flush_all()
            orders = self.env["sale.order"].browse([row[0] for row in self.env.execute_query(SQL(
                """
                SELECT DISTINCT i.order_id FROM xb_carrier_charge c
                  JOIN xb_parcel_item i ON i.parcel_id = c.parcel_id
                 WHERE c.move_id IN %s AND i.order_id IS NOT NULL
                """, tuple(moves.ids)))])
        self._rebuild(orders.filtered("xb_shop_id"))
        self.env.cr.execute(SQL(
            "DELETE FROM xb_order_profit WHERE move_id IN %s AND order_id IS NULL",
            tuple(moves.ids)))
        self.env.cr.execute(self._query_rest_of_bills(tuple(moves.ids)))
        self.invalidate_model()

    # === LATER === #

    @api.model
    def _schedule(self, parcels, orders=None):
        """Work the profit of parcels' orders out anew when the transaction ends, once: a parcel
        that changed its cost or number may change it several times.

        :param xb.parcel parcels: that have changed
        :param sale.order orders: others that are concerned, because they were theirs
        """
        if not parcels and not orders:
            return
        data = self.env.cr.precommit.data
        if "xb_order_profit" not in data:
            data["xb_order_profit"] = set(), set()
            self.env.cr.precommit.add(self._run_scheduled)
        parcel_ids, order_ids = data["xb_order_profit"]
        parcel_ids.update(parcels.ids)
        order_ids.update(orders.ids if orders else ())

    def _run_scheduled(self):
        parcel_ids, order_ids = self.env.cr.precommit.data.pop("xb_order_profit", ((), ()))
        # In sudo mode: whoever buys a label need not see what the order earns.
        sudo = self.sudo().env
        parcels = sudo["xb.parcel"].browse(parcel_ids).exists()
        orders = sudo["sale.order"].browse(order_ids).exists()
        if parcels or orders:
            self.sudo()._rebuild_parcels(parcels, orders)

    @api.model
    def _rebuild_parcels(self, parcels, others):
        """Match charges that waited for these parcels, and work their orders' rows out."""
        Charge = self.env["xb.carrier.charge"]
        numbers = parcels.filtered("number").mapped("number")
        Charge.search([("state", "=", "open"), ("number", "in", numbers),
                       ("company_id", "in", parcels.company_id.ids)])._match()
        bills = Charge.search([("parcel_id", "in", parcels.ids),
                               ("move_state", "=", "posted")]).move_id
        priced = parcels.filtered("cost") | bills.xb_charge_ids.parcel_id & parcels
        orders = (priced.order_ids | others).filtered("xb_shop_id")
        if bills:
            self._rebuild_bills(bills, orders)
        elif orders:
            self._rebuild(orders)

    @api.model
    def _cron_rebuild(self):
        """Enqueue the orders that changed in the last days, themselves or their parcels."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=2)
        # pylint: disable-next=no-search-all  # companies are few
        for company in self.env["res.company"].search([]):
            parcels = self.env["xb.parcel"].search(
                [("company_id", "=", company.id), ("write_date", ">=", since)])
            orders = self.env["sale.order"].search([
                ("company_id", "=", company.id), ("xb_shop_id", "!=", False),
                "|", ("write_date", ">=", since), ("id", "in", parcels.order_ids.ids)])
            for start in range(0, len(orders), 5_000):
                self.with_delay(
                    channel="root.xb.import",
                    description=self.env._("Order profit of %(company)s", company=company.name),
                )._job_rebuild(orders[start:start + 5_000].ids)

    @api.model
    def _job_rebuild(self, order_ids):
        """Work out the rows of orders; safe twice."""
        self._rebuild(self.env["sale.order"].browse(order_ids).exists())


def _exact(amount, currency):
    return f"{amount:.{currency.decimal_places}f}"
