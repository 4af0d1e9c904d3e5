from odoo import api, fields, models
from odoo.fields import Domain

from ..core.offer import Offer


class XbShop(models.Model):
    _inherit = "xb.shop"

    # === FIELDS === #

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        compute="_compute_warehouse_id",
        store=True,
        readonly=False,
        precompute=True,
        help="What the shop sells is there, and is shipped from there; empty means the company's "
        "first warehouse.",
    )
    stock_push = fields.Selection(
        [("off", "Off"), ("automatic", "As soon as it changes")],
        "Publish Stock",
        required=True,
        default="off",
        help="Tell the shop how many it may sell; its stock policies decide what it is told.",
    )
    stock_lag = fields.Float(
        "Sync Lag (s)",
        readonly=True,
        copy=False,
        help="From a change of stock here until the shop has confirmed the new figure: what 95 of "
        "100 updates of the last week stayed below.",
    )
    stock_paused_reason = fields.Char(
        "Publishing Paused", readonly=True, copy=False,
        help="Why nothing is published at the moment: a guess would be worse than an old figure.",
    )
    stock_policy_ids = fields.One2many("xb.stock.policy", "shop_id", "Stock Policies")
    stock_policy_count = fields.Integer(compute="_compute_stock_counts")
    stock_published_count = fields.Integer(compute="_compute_stock_counts")

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        for shop in self:
            if shop.warehouse_id.company_id != shop.company_id:
                shop.warehouse_id = self.env["stock.warehouse"].search(
                    [("company_id", "=", shop.company_id.id)], limit=1
                )

    @api.depends("stock_policy_ids")
    def _compute_stock_counts(self):
        policies = dict(
            self.env["xb.stock.policy"]._read_group(
                [("shop_id", "in", self.ids)], ["shop_id"], ["__count"]
            )
        )
        published = dict(
            self.env["xb.stock.publication"]._read_group(
                [("shop_id", "in", self.ids)], ["shop_id"], ["__count"]
            )
        )
        for shop in self:
            shop.stock_policy_count = policies.get(shop, 0)
            shop.stock_published_count = published.get(shop, 0)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `xb_base`: a shop that is told of stock lists products from the start."""
        shops = super().create(vals_list)
        self.env["xb.stock.publication"]._list_offers(
            shops.filtered(lambda shop: shop.stock_push == "automatic")
        )
        return shops

    def write(self, vals):
        """Override of `xb_base`: policies know the shops' warehouses."""
        result = super().write(vals)
        if not {"warehouse_id", "active", "company_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()
        if vals.get("stock_push") == "automatic":
            self.env["xb.stock.publication"]._list_offers(self)
        return result

    def unlink(self):
        """Override of `xb_base`: claims have no foreign key that would forget the shop."""
        ids = self.ids
        result = super().unlink()
        self.env["xb.stock.claim"]._forget("shop_id", ids)
        return result

    # === ACTION METHODS === #

    def action_view_stock_policies(self):
        """Open the shop's stock policies."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_inventory.xb_stock_policy_action"
        )
        return {
            **action,
            "domain": [("shop_id", "in", self.ids)],
            "context": {"default_shop_id": self[:1].id},
        }

    def action_view_publications(self):
        """Open what the shop was told."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_inventory.xb_stock_publication_action"
        )
        return {**action, "domain": [("shop_id", "in", self.ids)]}

    def action_preview_stock(self):
        """Open the preview of what the shop would be told, and why."""
        return self.env["xb.stock.preview"]._open(self[:1])

    # === BUSINESS METHODS === #

    def _get_stock_warehouse(self):
        """Return the warehouse that the shop sells from.

        :return: ``stock.warehouse`` record
        """
        self.ensure_one()
        if self.warehouse_id:
            return self.warehouse_id
        places = self.env["stock.warehouse"]._xb_companies()
        mine = [place for place, company in places.items() if company == self.company_id.id]
        return self.env["stock.warehouse"].browse(mine[:1])

    # === HOOKS === #

    def _get_stock_offers(self):
        """Hook: what the shop sells, of what is kept in stock.

        Listings override this. Without any, the internal reference is taken for the SKU; two
        products that share one are left out, as a guess would be oversold.

        :rtype: list[Offer]
        """
        self.ensure_one()
        products = self.env["product.product"].sudo().search_fetch(
            self._get_stock_domain(), ["default_code"])
        return [
            Offer(code, code, "", {same.id: 1.0})
            for code, same in products.grouped("default_code").items() if code and len(same) == 1
        ]

    def _get_stock_domain(self):
        """Which products the shop may sell from stock.

        :return: domain on ``product.product``
        :rtype: Domain
        """
        return self._get_kept_domain() & Domain([
            ("sale_ok", "=", True), ("company_id", "in", (False, self.company_id.id))])

    def _get_kept_domain(self):
        """Hook: which products are kept in stock, so that there can be too few of them.

        :return: domain on ``product.product``
        :rtype: Domain
        """
        return Domain("is_storable", "=", True)

    def _on_stock_refused(self):
        """Hook: the shop has another number than it confirmed last; it has sold, most likely."""

    def _get_order_lag(self):
        """Hook: seconds from a sale in the shop until its order is here; part of the sync lag.

        :rtype: float
        """
        self.ensure_one()
        return 0.0
