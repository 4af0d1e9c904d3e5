from odoo import api, fields, models


class XbParcelItem(models.Model):
    """What customs wants to know about goods. Filled from the product, to be corrected here."""

    _inherit = "xb.parcel.item"

    hs_code = fields.Char(
        string="HS Code", compute="_compute_customs", store=True, readonly=False, precompute=True
    )
    origin_country_id = fields.Many2one(
        "res.country",
        string="Origin",
        compute="_compute_customs",
        store=True,
        readonly=False,
        precompute=True,
    )
    customs_description = fields.Char(
        compute="_compute_customs",
        store=True,
        readonly=False,
        precompute=True,
        help="In English.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    customs_value = fields.Monetary(
        string="Unit Value",
        compute="_compute_customs_value",
        store=True,
        readonly=False,
        precompute=True,
        help="Value of one piece for customs.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_customs(self):
        for item in self:
            product = item.product_id
            item.hs_code = product.hs_code or item.hs_code
            item.origin_country_id = product.country_of_origin or item.origin_country_id
            item.customs_description = product.xb_customs_description or item.customs_description

    @api.depends("sale_line_id", "parcel_id.company_id")
    def _compute_currency_id(self):
        for item in self:
            company = item.parcel_id.company_id or self.env.company
            item.currency_id = item.sale_line_id.currency_id or company.currency_id

    @api.depends("sale_line_id", "product_id")
    def _compute_customs_value(self):
        for item in self:
            line = item.sale_line_id
            item.customs_value = line.price_reduce_taxexcl if line else item.product_id.lst_price

    # === BUSINESS METHODS === #

    def _get_customs_gaps(self):
        """Return what customs would miss about these goods, in words, each once.

        :rtype: list[str]
        """
        gaps = {}
        for item in self:
            name = item.product_id.display_name
            for value, what in (
                (item.hs_code, self.env._("HS code")),
                (item.origin_country_id, self.env._("country of origin")),
                (item.customs_value > 0, self.env._("value")),
                (
                    (item.customs_description or "").isascii() and item.customs_description,
                    self.env._("description in English"),
                ),
            ):
                if not value:
                    gaps.setdefault(name, []).append(what)
        return [
            self.env._("%(product)s: %(gaps)s", product=name, gaps=", ".join(whats))
            for name, whats in gaps.items()
        ]
