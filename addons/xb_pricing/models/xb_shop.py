from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import split_every

from ..const import BATCH, PUBLISH_PRICE


class XbShop(models.Model):
    _inherit = "xb.shop"

    # === FIELDS === #

    price_market_id = fields.Many2one(
        "xb.price.market", "Market", check_company=True, tracking=True,
        help="Tax, border, currency and price endings of the country it sells into.")
    fee_schedule_ids = fields.Many2many(
        "xb.fee.schedule", string="Fee Schedules", check_company=True,
        help="Of the platform and of the payment provider.")
    freight_table_id = fields.Many2one(
        "xb.freight.table", check_company=True, help="What shipping an order costs us.")
    price_carrier_id = fields.Many2one(
        "delivery.carrier", "Freight by Delivery Method", check_company=True,
        help="Used where there is no freight table: its fixed price or its rules by weight.")
    price_min_change = fields.Float(
        "Ignore Changes below", digits=(8, 6), default=0.01,
        help="Smaller changes are not published, unless the price is below its floor.")
    price_approval_change = fields.Float(
        "Approval beyond", digits=(8, 6), default=0.15,
        help="Larger changes need a manager's approval; 0: none does.")
    price_schedule = fields.Selection(
        [("manual", "Only when asked"), ("propose", "Propose every night"),
         ("publish", "Publish every night")], "Repricing", required=True, default="manual",
        help="Every night costs, freight, fees and rates are looked at; what moved beyond the"
             " threshold is proposed, or published where it needs no approval.")
    can_publish_price = fields.Boolean("Platform Takes Prices",
                                       compute="_compute_can_publish_price")

    # === COMPUTE METHODS === #

    def _compute_can_publish_price(self):
        for shop in self:
            shop.can_publish_price = shop._supports(PUBLISH_PRICE)

    # === CONSTRAINT METHODS === #

    @api.constrains("price_min_change", "price_approval_change")
    def _check_price_shares(self):
        for shop in self:
            if shop.price_min_change < 0 or shop.price_approval_change < 0:
                raise ValidationError(self.env._("Shares of a change are not below zero."))

    # === BUSINESS METHODS === #

    def _ensure_price_list(self):
        """Give the shop a price list of its own in its currency, where it has none."""
        for shop in self:
            if shop.pricelist_id:
                continue
            # In sudo mode: who publishes prices need not be a sales manager.
            shop.sudo().pricelist_id = self.env["product.pricelist"].sudo().create({
                "name": shop.name, "currency_id": shop.currency_id.id,
                "company_id": shop.company_id.id})

    def _get_listing_ids(self):
        """Return the ids of the shop's listings that are sold, sorted."""
        return self.env["xb.listing"].search([("shop_id", "in", self.ids)], order="id").ids

    def _cron_reprice(self):
        """Enqueue the nightly repricing of the shops that want it."""
        for shop in self.search([("price_schedule", "!=", "manual"),
                                 ("price_market_id", "!=", False)]):
            shop.with_delay(description=f"Reprice {shop.name}")._job_reprice()

    def _job_reprice(self):
        """Price the shop's listings anew; propose or publish what moved."""
        for shop in self:
            for batch in split_every(BATCH, shop._get_listing_ids(), list):
                source = self.env["xb.price.source"]._read_listings(batch)
                quotes = self.env["xb.price.quoter"]._quote(source)
                run = self.env["xb.price.run"]._propose(
                    source, quotes, "rule", self.env._("Nightly repricing of %(shop)s",
                                                       shop=shop.name))
                if run and shop.price_schedule == "publish" and not run.over_limit_count:
                    run.action_publish()
                self.env["xb.listing"].browse(batch)._watch()

    def _job_watch_prices(self):
        """Look at what the shop's prices earn today."""
        for shop in self:
            self.env["xb.listing"].browse(shop._get_listing_ids())._watch()
