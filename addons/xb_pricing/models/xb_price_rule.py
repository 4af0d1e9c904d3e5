from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core import engine

TARGETS = [
    (engine.MARGIN, "Net margin on the price"), (engine.MARKUP, "Markup on cost"),
    (engine.PROFIT, "Fixed profit"), ("match", "Match a reference price")]
FLOORS = [("none", "None"), (engine.MARGIN, "Net margin"), (engine.MARKUP, "Markup on cost"),
          (engine.PROFIT, "Fixed profit")]
COSTS = [("standard", "Product cost"), ("average", "Average of the stock"),
         ("landed", "Last receipt, landed costs included"), ("supplier", "Supplier's price")]


class XbPriceRule(models.Model):
    """What a price shall earn, and what it is computed from; the first that fits decides."""

    _name = "xb.price.rule"
    _description = "Price Rule"
    _inherit = ["mail.thread", "xb.price.input"]
    _order = "sequence, id"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10, help="The first rule that fits a listing decides.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")

    # Scope; empty is all.
    shop_ids = fields.Many2many("xb.shop", string="Shops", check_company=True)
    country_id = fields.Many2one("res.country", help="Of the shop's market.")
    categ_id = fields.Many2one("product.category", "Product Category")
    brand = fields.Char()
    tag_ids = fields.Many2many("product.tag", string="Product Tags")
    product_ids = fields.Many2many("product.product", string="Products", check_company=True)
    valid_from = fields.Date()
    valid_to = fields.Date()
    scope = fields.Char("Applies to", compute="_compute_scope")

    # What it shall earn.
    target_kind = fields.Selection(TARGETS, "Target", required=True, default=engine.MARGIN,
                                   tracking=True)
    target_share = fields.Float(digits=(8, 6), default=0.2, tracking=True)
    target_amount = fields.Monetary("Target Profit", tracking=True)
    reference_change = fields.Float(
        "Beside the Reference", digits=(8, 6), help="-1 % undercuts the reference by that much.")
    floor_kind = fields.Selection(FLOORS, "Floor", required=True, default=engine.MARGIN,
                                  tracking=True)
    floor_share = fields.Float(digits=(8, 6), default=0.05, tracking=True)
    floor_amount = fields.Monetary("Floor Profit", tracking=True)
    target_label = fields.Char("Earns", compute="_compute_labels")
    floor_label = fields.Char("At Least", compute="_compute_labels")

    # What it is computed from.
    cost_source = fields.Selection(COSTS, "Cost", required=True, default="standard", tracking=True)
    cost_quantity = fields.Float(
        "Bought At Once", default=1.0, digits="Product Unit",
        help="Decides the supplier's quantity break.")
    cost_days = fields.Integer(
        "Cost Older than (Days)", default=180, help="Listed on the watch screen. 0: never.")
    packaging = fields.Monetary("Packaging per Order")
    inbound = fields.Monetary("First Leg per Piece")
    inbound_kg = fields.Monetary("First Leg per kg")
    extra = fields.Monetary("Other Cost per Order")
    freight_table_id = fields.Many2one(
        "xb.freight.table", help="Empty: the shop's. Used when the shop pays the freight.")
    advertising = fields.Float(digits=(8, 6), help="Share of price and shipping.")
    promotion = fields.Float("Promotions", digits=(8, 6), help="Share of the price given away.")
    return_rate = fields.Float("Returned Orders", digits=(8, 6))
    return_salvage = fields.Float("Resold of Returns", digits=(8, 6))
    return_handling = fields.Monetary(
        "Handling per Return", currency_field="currency_id", help="In company currency.")
    fallback_id = fields.Many2one(
        "xb.price.rule", "If Impossible, Use", check_company=True,
        help="Used when no price reaches this rule's target.")

    # === COMPUTE METHODS === #

    @api.depends("shop_ids", "country_id", "categ_id", "brand", "tag_ids", "product_ids")
    def _compute_scope(self):
        for rule in self:
            parts = [
                ", ".join(rule.shop_ids.mapped("name")), rule.country_id.name,
                rule.categ_id.display_name, rule.brand, ", ".join(rule.tag_ids.mapped("name")),
                ", ".join(rule.product_ids[:3].mapped("display_name"))
                + (" …" if len(rule.product_ids) > 3 else "")]
            rule.scope = " · ".join(filter(None, parts)) or self.env._("Everything")

    @api.depends("target_kind", "target_share", "target_amount", "floor_kind", "floor_share",
                 "floor_amount", "reference_change")
    def _compute_labels(self):
        kinds = dict(self._fields["target_kind"]._description_selection(self.env))
        for rule in self:
            rule.target_label = rule._label(kinds, rule.target_kind, rule.target_share,
                                            rule.target_amount)
            rule.floor_label = False if rule.floor_kind == "none" else rule._label(
                kinds, rule.floor_kind, rule.floor_share, rule.floor_amount)

    def _label(self, kinds, kind, share, amount):
        if kind == engine.PROFIT:
            return f"{kinds[kind]} {self.currency_id.format(amount)}"
        if kind == "match":
            return kinds[kind]
        return f"{kinds[kind]} {share * 100:g} %"

    # === CONSTRAINT METHODS === #

    @api.constrains("fallback_id")
    def _check_fallback(self):
        for rule in self:
            seen, following = rule, rule.fallback_id
            while following:
                if following in seen:
                    raise ValidationError(self.env._(
                        "Rule “%(rule)s” leads back to itself: %(chain)s. Choose another rule"
                        " for “If Impossible, Use”.", rule=rule.name,
                        chain=" → ".join([*seen.mapped("name"), following.name])))
                seen |= following
                following = following.fallback_id

    @api.constrains("target_share", "floor_share", "advertising", "promotion", "return_rate",
                    "return_salvage", "target_kind", "floor_kind", "packaging", "inbound",
                    "inbound_kg", "extra", "return_handling")
    def _check_shares(self):
        labels = self.fields_get([], ["string"])
        for rule in self:
            for name in ("advertising", "promotion", "return_rate", "return_salvage"):
                if not 0 <= rule[name] < (1.000001 if name == "return_salvage" else 1):
                    raise rule._share_error(labels[name]["string"], rule[name])
            for kind, name in ((rule.target_kind, "target_share"),
                               (rule.floor_kind, "floor_share")):
                if kind == engine.MARGIN and not -1 < rule[name] < 1:
                    raise rule._share_error(labels[name]["string"], rule[name])
            for name in ("packaging", "inbound", "inbound_kg", "extra", "return_handling"):
                if rule[name] < 0:
                    raise ValidationError(self.env._(
                        "Rule “%(rule)s”: %(field)s is negative. Enter costs as positive"
                        " amounts.", rule=rule.name, field=labels[name]["string"]))

    def _share_error(self, label, value):
        return ValidationError(self.env._(
            "Rule “%(rule)s”: %(field)s is %(percent)g %%. Enter a share below 100 %%; 20 %% is"
            " 0.2.", rule=self.name, field=label, percent=value * 100))

    # === ACTION METHODS === #

    def action_copy_to_shops(self):
        """Open the dialog that copies the rules to other shops."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_pricing.xb_price_rule_copy_action")
        return {**action, "context": {"default_rule_ids": self.ids}}

    def action_view_listings(self):
        """Open the listings that this rule has priced."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_pricing.xb_listing_action_watch")
        return {**action, "domain": [("price_rule_id", "in", self.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def quote(self, product_ids, shop_id):
        """Return what products should cost in a shop, every cent explained; callable over RPC.

        Writes nothing. Money is decimal text, in the currency named beside it.

        :param list product_ids: ids of `product.product`, at most 200.
        :param int shop_id: id of an `xb.shop`.
        :return: one dict per product, in order; see `xb.price.explainer`.
        :raise AccessError: the user may not see what things cost.
        :raise UserError: ids that are none, or that do not exist.
        """
        return self.env["xb.price.explainer"]._quote(product_ids, shop_id)

    # === HOOKS === #

    @api.model
    def _is_price_input(self, vals):
        """Override of `xb_pricing`: what a rule adds to cost and fees. Its target is no input: who
        sets another target tries it in the workbench first."""
        return bool(vals.keys() & {
            "cost_source", "cost_quantity", "packaging", "inbound", "inbound_kg", "extra",
            "freight_table_id", "advertising", "promotion"})

    def _get_price_scope(self):
        """Override of `xb_pricing`."""
        shops = self.shop_ids.ids if all(rule.shop_ids for rule in self) else []
        return [("company_id", "in", self.company_id.ids),
                *([("id", "in", shops)] if shops else [])], None
