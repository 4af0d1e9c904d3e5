from datetime import timedelta

from odoo import api, fields, models

# Activities raised at one time, the most urgent first: more than that nobody does.
ALERTS_MAX = 50
# A figure that a shop has not confirmed for so long is stale.
STALE_MINUTES = 30
TYPE_LOW = "xb_inventory.mail_activity_type_stock_low"
TYPE_STALE = "xb_inventory.mail_activity_type_stock_stale"


class XbStockAlert(models.AbstractModel):
    """Tells people, by activities, what runs out and which shop does not hear us."""

    _name = "xb.stock.alert"
    _description = "Stock Alerts"

    # === BUSINESS METHODS === #

    @api.model
    def _find_low(self, company):
        """Return levels that run out of what sells, the most urgent first.

        :param res.company company: whose levels
        :rtype: xb.stock.level
        """
        levels = self.env["xb.stock.level"].sudo().search(
            [("company_id", "=", company.id), ("condition", "in", ("out", "low")),
             ("sold_30", ">", 0), ("product_id.active", "=", True)]
        )
        return levels.sorted(lambda level: (level.cover_days, -level.sold_30))

    @api.model
    def _find_stale(self, company=None):
        """Return figures that automatic shops have not confirmed for too long.

        :rtype: xb.stock.publication
        """
        domain = [
            ("state", "=", "waiting"), ("shop_id.stock_push", "=", "automatic"),
            ("write_date", "<", fields.Datetime.now() - timedelta(minutes=STALE_MINUTES)),
        ]
        if company:
            domain.append(("company_id", "=", company.id))
        return self.env["xb.stock.publication"].sudo().search(domain)

    @api.model
    def _alert_low(self):
        """Raise an activity on each product that runs out; clear those that have enough again."""
        low = {}
        # pylint: disable-next=no-search-all  # companies are few
        for company in self.env["res.company"].search([]):
            for level in self._find_low(company)[:ALERTS_MAX]:
                low.setdefault(level.product_id, level)
        kind = self.env.ref(TYPE_LOW)
        open_alerts = self.env["mail.activity"].search(
            [("activity_type_id", "=", kind.id), ("res_model", "=", "product.product")])
        lows = {product.id for product in low}
        open_alerts.filtered(lambda alert: alert.res_id not in lows).unlink()
        told = set(open_alerts.exists().mapped("res_id"))
        for product, level in low.items():
            if product.id not in told:
                product.sudo().activity_schedule(
                    TYPE_LOW, note=self._describe_low(level),
                    user_id=self._get_responsible(product, level.company_id).id,
                )

    @api.model
    def _describe_low(self, level):
        if level.available <= 0:
            return self.env._(
                "Sold out in %(warehouse)s; %(sold)s were sold in the last 30 days.",
                warehouse=level.warehouse_id.name, sold=f"{level.sold_30:g}")
        return self.env._(
            "%(available)s left in %(warehouse)s: enough for %(days)s days.",
            available=f"{level.available:g}", warehouse=level.warehouse_id.name,
            days=f"{level.cover_days:g}")

    @api.model
    def _get_responsible(self, product, company):
        """Return who is to act: the product's responsible person, else the administrator."""
        user = product.with_company(company).responsible_id
        return user if user.active else self.env.ref("base.user_admin")

    @api.model
    def _alert_stale(self):
        """Raise an activity on each shop that does not confirm; clear those that do again."""
        stale = self._find_stale().grouped("shop_id")
        kind = self.env.ref(TYPE_STALE)
        alerts = self.env["mail.activity"].search(
            [("activity_type_id", "=", kind.id), ("res_model", "=", "xb.shop")])
        told = set(alerts.mapped("res_id"))
        shops = {shop.id for shop in stale}
        alerts.filtered(lambda alert: alert.res_id not in shops).unlink()
        for shop, rows in stale.items():
            if shop.id not in told:
                shop.activity_schedule(
                    TYPE_STALE, user_id=self.env.ref("base.user_admin").id,
                    note=self.env._(
                        "%(count)s figures have waited for the shop's confirmation for more than"
                        " %(minutes)s minutes. It may sell what is not there.",
                        count=len(rows), minutes=STALE_MINUTES),
                )

    # === CRON === #

    @api.model
    def _cron_alert(self):
        """Look at all levels and shops."""
        self._alert_low()
        self._alert_stale()
