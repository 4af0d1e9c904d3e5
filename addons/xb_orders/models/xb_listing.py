from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from odoo.addons.xb_inventory.core.offer import describe_content


class XbListing(models.Model):
    """What a shop sells under one SKU or variant id, and what leaves the shelf for it: one
    product, or a bundle of several."""

    _name = "xb.listing"
    _description = "Listing"
    _inherit = ["mail.thread"]
    _rec_name = "sku"
    _rec_names_search = ["sku", "ref", "title"]
    _order = "shop_id, sku, id"
    _check_company_auto = True

    shop_id = fields.Many2one("xb.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="shop_id.company_id", store=True, precompute=True, index=True)
    sku = fields.Char("SKU", tracking=True, help="As the platform's orders name it.")
    ref = fields.Char(
        "Listing ID", tracking=True, index="btree_not_null",
        help="The platform's own id of the listing or variant; it goes before the SKU.")
    title = fields.Char(help="As the platform shows it to buyers.")
    price = fields.Monetary(tracking=True, help="What buyers pay at the moment.")
    currency_id = fields.Many2one(
        "res.currency", required=True, precompute=True,
        compute="_compute_currency_id", store=True, readonly=False)
    active = fields.Boolean(default=True)
    line_ids = fields.One2many("xb.listing.line", "listing_id", "Contains", copy=True)
    product_id = fields.Many2one(
        "product.product", compute="_compute_product_id", store=True,
        inverse="_inverse_product_id", index="btree_not_null", readonly=False,
        help="The product, where the listing is a single one.")
    is_bundle = fields.Boolean("Bundle", compute="_compute_is_mapped", store=True)
    is_mapped = fields.Boolean(
        "Mapped", compute="_compute_is_mapped", store=True,
        help="Whether it is known what leaves the shelf.")
    content = fields.Char("Contents", compute="_compute_content")
    image_128 = fields.Image(related="product_id.image_128")
    waiting_count = fields.Integer("Waiting Orders", compute="_compute_waiting_count")

    _shop_sku_uniq = models.UniqueIndex(
        "(shop_id, sku) WHERE active AND sku IS NOT NULL AND ref IS NULL",
        "The shop has a listing with this SKU already.")
    _shop_ref_uniq = models.UniqueIndex(
        "(shop_id, ref) WHERE active AND ref IS NOT NULL",
        "The shop has a listing with this id already.")
    _shop_sku_idx = models.Index("(shop_id, sku)")
    _named = models.Constraint(
        "CHECK (sku IS NOT NULL OR ref IS NOT NULL)", "A listing needs an SKU or an id.")

    # === COMPUTE METHODS === #

    @api.depends("shop_id")
    def _compute_currency_id(self):
        for listing in self:
            listing.currency_id = listing.currency_id or listing.shop_id.currency_id \
                or self.env.company.currency_id

    @api.depends("line_ids.product_id", "line_ids.quantity")
    def _compute_product_id(self):
        for listing in self:
            lines = listing.line_ids.filtered("product_id")
            listing.product_id = lines.product_id if lines._is_single() else False

    @api.depends("line_ids.product_id", "line_ids.quantity")
    def _compute_is_mapped(self):
        for listing in self:
            lines = listing.line_ids.filtered("product_id")
            listing.is_mapped = bool(lines)
            listing.is_bundle = bool(lines) and not lines._is_single()

    def _inverse_product_id(self):
        for listing in self:
            if listing.product_id:
                listing.line_ids = [Command.clear(), Command.create({
                    "product_id": listing.product_id.id, "quantity": 1})]

    @api.depends("line_ids.product_id", "line_ids.quantity")
    def _compute_content(self):
        for listing in self:
            listing.content = describe_content(
                (line.product_id.display_name, line.quantity) for line in listing.line_ids) or False

    def _compute_waiting_count(self):
        counts = {(shop.id, subject): count for shop, subject, count in
                  self.env["xb.order.problem"]._read_group(
                      [("state", "=", "open"), ("shop_id", "in", self.shop_id.ids),
                       ("subject", "in", self.filtered("sku").mapped("sku"))],
                      ["shop_id", "subject"], ["__count"])}
        for listing in self:
            listing.waiting_count = counts.get((listing.shop_id.id, listing.sku), 0)

    @api.depends("sku", "ref", "title")
    def _compute_display_name(self):
        for listing in self:
            name = listing.sku or listing.ref or ""
            listing.display_name = f"[{name}] {listing.title}" if listing.title else name

    # === CONSTRAINT METHODS === #

    @api.constrains("price")
    def _check_price(self):
        for listing in self:
            if listing.price < 0:
                raise ValidationError(self.env._("A listing's price is not below zero."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: SKUs are kept without spaces; orders that wait go on; shops are told
        of the stock."""
        listings = super().create([self._strip(vals) for vals in vals_list])
        listings._release_waiting()
        self.env["xb.stock.publication"]._relist(listings.shop_id)
        return listings

    def write(self, vals):
        """Override of `base`: orders that wait for a mapping go on; shops are told of the stock."""
        shops = self.shop_id if "shop_id" in vals else self.env["xb.shop"]
        result = super().write(self._strip(vals))
        if not {"line_ids", "product_id", "sku", "ref", "active", "shop_id"}.isdisjoint(vals):
            self._release_waiting()
            self.env["xb.stock.publication"]._relist(shops | self.shop_id)
        return result

    def unlink(self):
        """Override of `base`: shops are no longer told of it."""
        shops = self.shop_id
        result = super().unlink()
        self.env["xb.stock.publication"]._relist(shops)
        return result

    @api.model
    def _strip(self, vals):
        return {
            name: (value.strip() or False) if name in ("sku", "ref") and value else value
            for name, value in vals.items()
        }

    # === ACTION METHODS === #

    def action_match(self):
        """Map the listings without products by internal reference, then barcode."""
        todo = self.filtered(lambda listing: not listing.is_mapped and listing.sku)
        for shop, listings in todo.grouped("shop_id").items():
            found = self.env["xb.order.resolver"]._find_products(shop, set(listings.mapped("sku")))
            for listing in listings:
                products = found.get(listing.sku)
                if products and len(products) == 1:
                    listing.product_id = products
        done = len(todo.filtered("is_mapped"))
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {
                "type": "success" if done == len(todo) else "warning",
                "message": self.env._("%(done)s of %(all)s listings mapped.",
                                      done=done, all=len(todo)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_waiting(self):
        """Open the problems that wait for these SKUs."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_order_problem_action")
        return {**action, "domain": [
            ("shop_id", "in", self.shop_id.ids), ("subject", "in", self.mapped("sku"))]}

    # === BUSINESS METHODS === #

    def _release_waiting(self):
        """Retry the orders that waited for these listings' SKUs."""
        if self.env.context.get("xb_importing"):
            return
        mapped = self.filtered(lambda listing: listing.is_mapped and listing.active)
        for shop, listings in mapped.grouped("shop_id").items():
            names = {name for listing in listings for name in (listing.sku, listing.ref) if name}
            self.env["xb.order.problem"]._release(shop, names)

    @api.model
    def _find(self, shop, keys):
        """Listings of a batch's lines; one query.

        :param xb.shop shop: the shop.
        :param keys: ``(platform's listing id or "", SKU)`` pairs.
        :return: listing by pair; the platform's id goes before the SKU
        :rtype: dict[tuple, xb.listing]
        """
        refs = {ref for ref, _sku in keys if ref}
        skus = {sku for _ref, sku in keys if sku}
        listings = self.search_fetch(
            Domain("shop_id", "=", shop.id)
            & (Domain("ref", "in", list(refs)) | Domain("sku", "in", list(skus))),
            ["sku", "ref", "is_mapped", "product_id", "is_bundle"],
        ).filtered("is_mapped")
        by_ref = {listing.ref: listing for listing in listings if listing.ref}
        by_sku = {}
        for listing in listings:
            if listing.sku:
                by_sku[listing.sku] = by_sku.get(listing.sku, self.browse()) | listing
        found = {}
        for ref, sku in keys:
            # variants that share an SKU say nothing where the order names no variant
            one = by_ref.get(ref) or by_sku.get(sku)
            if one and len(one.mapped("content") if len(one) > 1 else one) == 1:
                found[ref, sku] = one[:1]
        return found
