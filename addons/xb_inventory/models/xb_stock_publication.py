from odoo import api, fields, models
from odoo.tools import SQL

from ..core.offer import describe_content


class XbStockPublication(models.Model):
    """What one shop was told of one thing that it sells, a product or a bundle of several: what we
    want it to say, and what it confirmed."""

    _name = "xb.stock.publication"
    _description = "Published Stock"
    _order = "shop_id, key"
    _rec_name = "key"

    # === FIELDS === #

    shop_id = fields.Many2one(
        "xb.shop", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    product_id = fields.Many2one(
        "product.product", readonly=True, index=True, ondelete="cascade",
        help="Empty where the shop sells several together.",
    )
    part_ids = fields.One2many(
        "xb.stock.publication.part", "publication_id", "Contains", readonly=True,
        help="What leaves the shelf, where it is not one unit of one product.",
    )
    content = fields.Char("Contents", compute="_compute_content")
    key = fields.Char("Name in the Shop", required=True, readonly=True)
    sku = fields.Char("SKU", readonly=True)
    ref = fields.Char("Listing ID", readonly=True)
    wanted = fields.Integer(readonly=True, help="What the shop shall say.")
    has_wanted = fields.Boolean(readonly=True)
    confirmed = fields.Integer(readonly=True, help="What the shop said last.")
    has_confirmed = fields.Boolean(readonly=True)
    state = fields.Selection(
        [
            ("new", "Not Published"),
            ("waiting", "On Its Way"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("suppressed", "Held Back"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    reason = fields.Char(readonly=True)
    why = fields.Json("Steps", readonly=True)
    why_text = fields.Text("Why", compute="_compute_why_text")
    scarce_id = fields.Many2one(
        "product.product", "Scarcest Part", readonly=True, ondelete="set null",
        help="Of what is sold together: what limits it.",
    )
    changed_at = fields.Datetime(
        readonly=True, help="When the stock changed that this figure is about."
    )
    confirmed_at = fields.Datetime(readonly=True)
    lag = fields.Float("Lag (s)", readonly=True, help="From the change to the shop's confirmation.")
    dirty = fields.Boolean(default=True, readonly=True)
    level_version = fields.Integer(
        readonly=True, help="Of the level that the figure was reckoned from."
    )

    _unique = models.Constraint(
        "UNIQUE (shop_id, key)", "The shop lists something by this name already."
    )
    _dirty = models.Index("(shop_id) WHERE dirty")

    # === COMPUTE METHODS === #

    @api.depends("part_ids.product_id", "part_ids.quantity")
    def _compute_content(self):
        for row in self:
            row.content = describe_content(
                (part.product_id.display_name, part.quantity) for part in row.part_ids) or False

    @api.depends("why")
    def _compute_why_text(self):
        for row in self:
            row.why_text = self._explain(row.why or [])

    @api.model
    def _explain(self, steps):
        """Write the steps of a policy for a person, one per line.

        :param list steps: ``[rule, its figure, what it left]``
        :rtype: str
        """
        sentences = self._get_step_labels()
        return "\n".join(
            self.env._(
                "%(rule)s (%(figure)s) → %(after)s",
                rule=sentences.get(code, code), figure=f"{figure:g}", after=f"{after:g}",
            )
            for code, figure, after in steps
        )

    @api.model
    def _get_step_labels(self):
        """Name the steps of a policy, in the user's language, by their code."""
        return {
            "free": self.env._("Free over all shops"),
            "withheld": self.env._("Allocated to other shops"),
            "allocation": self.env._("Allocated to this shop"),
            "replenishable": self.env._("Replenishable on top"),
            "buffer": self.env._("Buffer kept back"),
            "cap": self.env._("At most"),
            "floor": self.env._("Not below zero"),
            "whole": self.env._("Whole units"),
            "minimum": self.env._("Below the minimum to list"),
            "bundle": self.env._("Bundles, of so many each"),
        }

    # === ACTION METHODS === #

    def action_publish(self):
        """Look again at the selected rows and publish what changed."""
        self.sudo().dirty = True
        for shop in self.shop_id:
            self.sudo()._publish(shop)
        return True

    # === BUSINESS METHODS: WHAT TO LOOK AT AGAIN === #

    @api.model
    def _mark_companies(self, companies):
        """Look again at all that the shops of companies were told."""
        self.sudo().search([("company_id", "in", companies.ids), ("dirty", "=", False)]).write(
            {"dirty": True}
        )

    @api.model
    def _mark_products(self, products):
        """Look again at what shops were told of products, alone or in bundles."""
        self.sudo().search([
            ("dirty", "=", False), "|", ("product_id", "in", products.ids),
            ("part_ids.product_id", "in", products.ids)]).write({"dirty": True})

    @api.model
    def _sql_contains(self, condition):
        """SQL of whether ``row``, a publication, is about a product, alone or in a bundle.

        :param str condition: what is asked of a column, e.g. ``"= level.product_id"``
        :rtype: SQL
        """
        return SQL(
            "(row.product_id %(condition)s OR EXISTS (SELECT FROM xb_stock_publication_part part"
            " WHERE part.publication_id = row.id AND part.product_id %(condition)s))",
            condition=SQL(condition))

    def _get_content(self):
        """What leaves the shelf when the shop sells one.

        :return: units by product id
        :rtype: dict[int, float]
        """
        self.ensure_one()
        if self.product_id:
            return {self.product_id.id: 1.0}
        return {part.product_id.id: part.quantity for part in self.part_ids}
