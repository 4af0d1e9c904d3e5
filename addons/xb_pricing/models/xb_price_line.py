from odoo import api, fields, models

STATES = [("proposed", "Proposed"), ("published", "Published"), ("skipped", "Left Out"),
          ("undone", "Undone")]
REASONS = [("manual", "Asked for"), ("cost", "Cost moved"), ("freight", "Freight moved"),
           ("fee", "Fees moved"), ("rate", "Exchange rate moved"), ("rule", "Rule changed")]


class XbPriceLine(models.Model):
    """One price change of a run: what it was, what it becomes, why; kept as the history.

    A hundred thousand are written at once: what run and listing know already is read from them,
    so that a line has two references and two indexes to look after.
    """

    _name = "xb.price.line"
    _description = "Price Change"
    _order = "id desc"
    _rec_name = "listing_id"
    _log_access = False

    run_id = fields.Many2one(
        "xb.price.run", required=True, index=True, ondelete="cascade", readonly=True)
    listing_id = fields.Many2one(
        "xb.listing", required=True, index=True, ondelete="cascade", readonly=True)
    shop_id = fields.Many2one(related="listing_id.shop_id")
    company_id = fields.Many2one(related="run_id.company_id")
    currency_id = fields.Many2one(related="listing_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency")
    product_id = fields.Many2one(related="listing_id.product_id")
    date = fields.Datetime("When", related="run_id.create_date")
    user_id = fields.Many2one(related="run_id.user_id", string="Who")
    rule_id = fields.Many2one("xb.price.rule", readonly=True, ondelete="set null",
                              index="btree_not_null")
    old_price = fields.Monetary(readonly=True)
    new_price = fields.Monetary(readonly=True)
    change = fields.Float(digits=(9, 6), readonly=True, aggregator="avg")
    floor_price = fields.Monetary("Floor", readonly=True)
    old_margin = fields.Float("Margin Before", digits=(9, 6), readonly=True, aggregator="avg")
    new_margin = fields.Float("Margin After", digits=(9, 6), readonly=True, aggregator="avg")
    old_profit = fields.Monetary("Profit Before", currency_field="company_currency_id",
                                 readonly=True)
    new_profit = fields.Monetary("Profit After", currency_field="company_currency_id",
                                 readonly=True)
    cost = fields.Monetary(currency_field="company_currency_id", readonly=True)
    freight = fields.Monetary(currency_field="company_currency_id", readonly=True)
    fee = fields.Float("Fees", digits=(9, 6), readonly=True, aggregator="avg",
                       help="Share of the new price.")
    rate = fields.Float("Exchange Rate", digits=(16, 10), readonly=True, aggregator=None)
    reason = fields.Selection(REASONS, readonly=True)
    state = fields.Selection(STATES, required=True, default="proposed", readonly=True)
    remark = fields.Selection(
        [("moved", "Price was changed meanwhile"), ("floor", "Below the floor by now"),
         ("gone", "Listing is not there any more"), ("newer", "A newer run has it")], readonly=True,
        help="Why it was left out.")
    over_limit = fields.Boolean("Beyond the Limit", readonly=True)
    # The price list's own entry before: false when there was none.
    list_price_before = fields.Float(readonly=True)
    had_list_price = fields.Boolean(readonly=True)

    def init(self):
        """Leave room on each page: a published line is updated where it stands."""
        self.env.cr.execute("ALTER TABLE xb_price_line SET (fillfactor = 50)")

    @api.depends("listing_id", "run_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.run_id.name}: {line.listing_id.display_name}"
