from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.profit import COMPONENTS, SALES

FEES = ("fee_platform", "fee_payment", "fulfilment", "advertising")
CARRIAGE = ("freight", "duty")


class XbFinanceCockpit(models.AbstractModel):
    """What the owner looks at: what was sold and is left, which cash is coming, what is open."""

    _name = "xb.finance.cockpit"
    _description = "Finance Cockpit"

    @api.model
    def get_cockpit(self, days=30, shop_id=False):
        """Return the figures of the current company, in its currency.

        :param int days: how many days back, 1 to 730
        :param int shop_id: one shop only, or false
        :return: ``{"currency_id", "days", "from", "tiles": [{"key", "label", "amount", "share",
            "before"}], "components": [{"key", "label", "amount"}], "trend": [[ISO day, revenue,
            profit]], "shops": [{"id", "name", "revenue", "profit"}], "cash": [{"id", "name",
            "day", "amount", "value", "currency_id", "state"}], "at_platforms", "open": {"held",
            "lines", "left", "charges", "differences", "stale"}, "shop_choices"}``; ``share`` is
            percent of revenue or false, ``before`` the amount of as many days before
        :raise AccessError: without the right to read profit
        """
        self.env["xb.order.profit"].check_access("read")
        if not isinstance(days, int) or not 0 < days <= 730:
            raise UserError(self.env._("Choose between 1 and 730 days."))
        today = fields.Date.context_today(self)
        start = today - timedelta(days=days - 1)
        shop = self.env["xb.shop"].browse(shop_id).exists() if shop_id else False
        now = self._get_components(start, today, shop)
        before = self._get_components(start - timedelta(days=days), start - timedelta(days=1),
                                      shop)
        labels = dict(self.env["xb.order.profit"]._fields["component"]
                      ._description_selection(self.env))
        return {
            "currency_id": self.env.company.currency_id.id, "days": days, "from": str(start),
            "tiles": self._prepare_tiles(now, before),
            "components": [{"key": key, "label": labels[key], "amount": now[key]}
                           for key in COMPONENTS if now.get(key)],
            "trend": self._get_trend(start, today, shop),
            "shops": self._get_shops(start, today),
            "cash": self._get_cash(today, shop),
            "at_platforms": self._get_at_platforms(shop),
            "open": self._get_open(shop),
            # pylint: disable-next=no-search-all  # shops are few
            "shop_choices": self.env["xb.shop"].search_read([], ["name"]),
        }

    # === FIGURES === #

    def _sql_where(self, start, end, shop):
        return SQL("company_id = %s AND day BETWEEN %s AND %s AND %s", self.env.company.id,
                   start, end, SQL("shop_id = %s", shop.id) if shop else SQL("TRUE"))

    def _get_components(self, start, end, shop):
        return {component: float(amount or 0) for component, amount in self.env.execute_query(SQL(
            "SELECT component, SUM(amount) FROM xb_order_profit WHERE %s GROUP BY component",
            self._sql_where(start, end, shop)))}

    def _prepare_tiles(self, now, before):
        def total(found, keys):
            return sum(found.get(key, 0) for key in keys)

        gross = (*SALES, "refund", "cost")
        revenue = total(now, SALES)
        figures = {
            "revenue": (self.env._("Sales"), revenue, total(before, SALES)),
            "gross": (self.env._("Gross Margin"), total(now, gross), total(before, gross)),
            "net": (self.env._("Net Margin"), sum(now.values()), sum(before.values())),
            "fees": (self.env._("Fees"), total(now, FEES), total(before, FEES)),
            "carriage": (self.env._("Freight and Duty"), total(now, CARRIAGE),
                         total(before, CARRIAGE)),
            "refunds": (self.env._("Refunds"), now.get("refund", 0), before.get("refund", 0)),
        }
        return [
            {"key": key, "label": label, "amount": amount, "before": old,
             "share": 100 * amount / revenue if revenue and key != "revenue" else False}
            for key, (label, amount, old) in figures.items()]

    def _get_trend(self, start, end, shop):
        return [[str(day), float(revenue or 0), float(profit or 0)]
                for day, revenue, profit in self.env.execute_query(SQL(
                    """
                    SELECT day, SUM(amount) FILTER (WHERE component IN %s), SUM(amount)
                      FROM xb_order_profit WHERE %s GROUP BY day ORDER BY day
                    """, SALES, self._sql_where(start, end, shop)))]

    def _get_shops(self, start, end):
        rows = self.env.execute_query(SQL(
            """
            SELECT shop_id, SUM(amount) FILTER (WHERE component IN %s), SUM(amount)
              FROM xb_order_profit WHERE %s AND shop_id IS NOT NULL
             GROUP BY shop_id ORDER BY 3 DESC
            """, SALES, self._sql_where(start, end, False)))
        shops = self.env["xb.shop"].browse([row[0] for row in rows])
        return [{"id": shop.id, "name": shop.name, "revenue": float(row[1] or 0),
                 "profit": float(row[2] or 0)} for shop, row in zip(shops, rows, strict=True)]

    def _get_cash(self, today, shop):
        """The payout calendar: what is on its way or not posted yet."""
        domain = [("company_id", "=", self.env.company.id), ("state", "!=", "cancelled"),
                  "|", ("paid_on", ">=", today), ("state", "!=", "posted")]
        if shop:
            domain.append(("shop_id", "=", shop.id))
        settlements = self.env["xb.settlement"].search(domain, order="paid_on, id", limit=12)
        own = self.env.company.currency_id
        return [
            {"id": settlement.id, "name": f"{settlement.shop_id.name} {settlement.name}",
             "day": str(settlement.paid_on or settlement.date_end or ""),
             "amount": settlement.payout, "currency_id": settlement.currency_id.id,
             "value": settlement.currency_id._convert(
                 settlement.payout, own, self.env.company, settlement.paid_on or today),
             "state": settlement.state} for settlement in settlements]

    def _get_at_platforms(self, shop):
        """What the clearing and reserve accounts hold: money that is earned and not paid."""
        rows = self.env["xb.settlement.account"].search(
            [("company_id", "=", self.env.company.id),
             ("purpose", "in", ("clearing", "reserve")),
             *([("shop_id", "=", shop.id)] if shop else [])])
        # In sudo mode: a sum of two accounts that finance books on.
        [[balance]] = self.env["account.move.line"].sudo()._read_group(
            [("account_id", "in", rows.account_id.ids), ("parent_state", "=", "posted"),
             ("company_id", "=", self.env.company.id)], [], ["balance:sum"])
        return balance or 0.0

    def _get_open(self, shop):
        domain = [("company_id", "=", self.env.company.id)]
        if shop:
            domain.append(("shop_id", "=", shop.id))
        [[lines, left]] = self.env["xb.settlement"]._read_group(
            [*domain, ("state", "!=", "cancelled")], [], ["open_count:sum", "left_count:sum"])
        source = self.env["xb.rate.source"].search(
            [("company_id", "=", self.env.company.id)], limit=1)
        return {
            "held": self.env["xb.settlement"].search_count([*domain, ("state", "=", "held")]),
            "lines": lines or 0, "left": left or 0,
            "charges": 0 if shop else self.env["xb.carrier.charge"].search_count([
                *domain, ("state", "=", "open"), ("move_state", "!=", "cancel")]),
            "differences": self.env["xb.profit.tie.out"].search_count(
                [*domain, ("difference", "!=", 0)]),
            "stale": len(self.env["xb.rate.source"]._get_stale_currencies(
                self.env.company, source.max_age if source else 2)),
        }
