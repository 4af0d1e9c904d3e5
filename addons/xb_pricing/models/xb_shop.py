from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PUBLISH_PRICE


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
        [("manual", "Only when asked"), ("propose", "By itself: propose"),
         ("publish", "By itself: publish")], "Repricing", required=True, default="manual",
        help="Every night costs, freight, fees and rates are looked at, and at once what moved far."
             " New prices are proposed, or published where they need no approval.")
    price_trigger_change = fields.Float(
        "At Once beyond", digits=(8, 6), default=0.02,
        help="When cost, freight, fees or exchange rate have moved by more than this share of the"
             " price, the price is looked at at once; 0: only at night.")
    can_publish_price = fields.Boolean("Platform Takes Prices",
                                       compute="_compute_can_publish_price")

    # === COMPUTE METHODS === #

    def _compute_can_publish_price(self):
        for shop in self:
            shop.can_publish_price = shop._supports(PUBLISH_PRICE)

    # === CONSTRAINT METHODS === #

    @api.constrains("price_min_change", "price_approval_change", "price_trigger_change")
    def _check_price_shares(self):
        for shop in self:
            if min(shop.price_min_change, shop.price_approval_change,
                   shop.price_trigger_change) < 0:
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
