from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..batch import TRIAL
from ..const import IMPORT_GROUPS


class XbShop(models.Model):
    _inherit = "xb.shop"

    # === FIELDS === #

    pricelist_id = fields.Many2one(
        "product.pricelist", check_company=True,
        help="Price list of orders in the shop's currency. Imported orders keep the platform's"
             " prices; the list decides the currency. Made by itself where it is needed.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", check_company=True)
    auto_confirm = fields.Boolean(
        "Confirm Paid Orders", default=True,
        help="Imported orders that are paid and have no problem are confirmed, and their goods"
             " reserved, without a click.",
    )
    tracking_upload = fields.Selection(
        [("manual", "When someone presses Upload"), ("automatic", "As soon as there is a number")],
        "Upload Tracking", required=True, default="manual",
    )
    product_policy = fields.Selection(
        [("hold", "Hold the order"), ("create", "Create the product")],
        "Unknown Products", required=True, default="hold",
        help="What happens to an order with an SKU that no product has.",
    )
    settlement_currency_id = fields.Many2one(
        "res.currency",
        help="What the platform pays out in; empty means the shop's currency.",
    )
    claim_mode = fields.Selection(
        [("hold", "Hold what is short"), ("backorder", "Take it, deliver later")],
        "Short Stock", required=True, default="hold",
        help="What happens to a paid order for which there is not enough stock.",
    )
    merge_hours = fields.Integer(
        "One Parcel Within (Hours)", default=24,
        help="Orders that a buyer places within so many hours for the same address are shown as"
             " one parcel's; 0 never. They stay orders of their own.",
    )
    other_warehouse_ids = fields.Many2many(
        "stock.warehouse", "xb_shop_other_warehouse_rel", string="Also Ships From",
        check_company=True,
        help="Where orders that a rule splits by warehouse may leave from besides the shop's own,"
             " in the order of the list of warehouses. What the shop is told it may sell is what"
             " its own has.",
    )
    invoice_policy = fields.Selection(
        [("manual", "By hand"), ("confirm", "On confirmation"), ("deliver", "On delivery")],
        "Invoice", required=True, default="manual",
    )
    listing_ids = fields.One2many("xb.listing", "shop_id", "Listings")
    listing_count = fields.Integer(compute="_compute_counts")
    products_created_at = fields.Datetime(readonly=True, copy=False)
    last_sync_at = fields.Datetime(
        "Last Order Fetch", readonly=True, copy=False,
        help="Orders changed on the platform since then are fetched next.",
    )
    can_list_orders = fields.Boolean(compute="_compute_can_list_orders")
    order_count = fields.Integer(compute="_compute_counts")
    held_count = fields.Integer(compute="_compute_counts")
    run_count = fields.Integer(compute="_compute_counts")
    last_order_at = fields.Datetime("Newest Order", compute="_compute_counts")

    # === COMPUTE METHODS === #

    def _compute_counts(self):
        # In sudo mode: how many there are is told to whoever sees the shop.
        env_sudo = self.sudo().env
        orders = {shop.id: (count, newest) for shop, count, newest in
                  env_sudo["sale.order"]._read_group(
                      [("xb_shop_id", "in", self.ids)], ["xb_shop_id"],
                      ["__count", "xb_placed_at:max"])}
        held = {shop.id: count for shop, count in env_sudo["xb.order.intake"]._read_group(
            [("shop_id", "in", self.ids), ("state", "in", ("held", "rejected"))],
            ["shop_id"], ["__count"])}
        runs = {shop.id: count for shop, count in env_sudo["xb.import.run"]._read_group(
            [("shop_id", "in", self.ids)], ["shop_id"], ["__count"])}
        listings = {shop.id: count for shop, count in env_sudo["xb.listing"]._read_group(
            [("shop_id", "in", self.ids)], ["shop_id"], ["__count"])}
        for shop in self:
            shop.listing_count = listings.get(shop.id, 0)
            shop.order_count, shop.last_order_at = orders.get(shop.id, (0, False))
            shop.held_count = held.get(shop.id, 0)
            shop.run_count = runs.get(shop.id, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("pricelist_id", "currency_id")
    def _check_pricelist_currency(self):
        for shop in self:
            if shop.pricelist_id and shop.pricelist_id.currency_id != shop.currency_id:
                raise ValidationError(self.env._(
                    "Price list %(pricelist)s is in %(currency)s; the shop sells in %(shop)s.",
                    pricelist=shop.pricelist_id.display_name,
                    currency=shop.pricelist_id.currency_id.name, shop=shop.currency_id.name))

    # === ACTION METHODS === #

    def action_view_orders(self):
        """Open the shop's orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.sale_order_action")
        return {**action, "domain": [("xb_shop_id", "in", self.ids)], "context": {}}

    def action_view_held(self):
        """Open what of the shop needs a person."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_order_intake_action")
        return {**action, "domain": [("shop_id", "in", self.ids)],
                "context": {"search_default_attention": 1}}

    def action_view_runs(self):
        """Open the shop's file imports."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_import_run_action")
        return {**action, "domain": [("shop_id", "in", self.ids)],
                "context": {"default_shop_id": self[:1].id}}

    def action_view_listings(self):
        """Open the shop's listings."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_listing_action")
        return {**action, "domain": [("shop_id", "in", self.ids)],
                "context": {"default_shop_id": self[:1].id}}

    def action_import_file(self):
        """Open the dialog that reads a file of orders."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_import_wizard_action")
        return {**action, "context": {"default_shop_id": self[:1].id}}

    # === BUSINESS METHODS === #

    def import_orders(self, orders, dry_run=False):
        """Import order values of this shop. The one way in; callable over RPC.

        Money and quantities are decimal strings, times ISO 8601 with an offset; the shape is
        ``data/order.schema.json``. Importing the same values again changes nothing.

        :param list orders: order values.
        :param bool dry_run: only say what would happen; nothing is written.
        :return: one verdict per order, in order: ``{"ref", "state": created|updated|unchanged|
            held|rejected, "order_id": id or False, "problems": [{"code", "message", "line"}]}``.
        :raise AccessError: if the user is neither clerk nor integrator.
        """
        return self._import("xb.order.importer", orders, dry_run)

    def import_cancellations(self, rows, dry_run=False):
        """Import cancellations of this shop; callable over RPC. Idempotent by reference.

        :param list rows: ``{"ref", "cancels": reference of the sale or False, "placed_at",
            "lines": [{"sku", "qty", "unit_price"}] (none: the whole order), "buyer_id"}``.
        :param bool dry_run: only say what would happen; nothing is written.
        :return: verdicts as :meth:`import_orders` gives them; ``created`` means applied.
        :raise AccessError: if the user is neither clerk nor integrator.
        """
        return self._import("xb.order.canceller", rows, dry_run)

    def _import(self, model, values, dry_run):
        self.ensure_one()
        self._check_import_access()
        importer = self.env["xb.order.importer"]
        shop = self.with_context(xb_trial=TRIAL) if dry_run else self

        def work():
            return self.env[model]._import(shop, values)

        verdicts = importer._dry_run(work) if dry_run else work()
        return [{
            "ref": verdict["ref"], "state": verdict["state"], "order_id": verdict["order_id"],
            "problems": [{key: problem[key] for key in ("code", "message", "line")}
                         for problem in verdict["problems"]],
        } for verdict in verdicts]

    def _check_import_access(self):
        """Refuse users who may not import into these shops."""
        self.check_access("read")
        if not self.env.su and not any(self.env.user.has_group(name) for name in IMPORT_GROUPS):
            raise AccessError(self.env._("Only clerks and integrators import orders."))

    def _get_warehouse(self):
        """The warehouse that ships the shop's orders."""
        self.ensure_one()
        return self.warehouse_id or self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id)], limit=1)

    def _get_pricelist(self, currency):
        """The price list that makes an order be in ``currency``; none for the company's own.

        Created where there is none: orders arrive in any currency the platform sells in.

        :param res.currency currency: the order's currency.
        :rtype: product.pricelist
        """
        self.ensure_one()
        Pricelist = self.env["product.pricelist"]
        if self.pricelist_id.currency_id == currency:
            return self.pricelist_id
        if currency == self.company_id.currency_id:
            return Pricelist
        found = Pricelist.search([
            ("xb_platform_prices", "=", True), ("currency_id", "=", currency.id),
            ("company_id", "=", self.company_id.id),
        ], limit=1)
        return found or Pricelist.create({
            "name": self.env._("Platform prices %(currency)s", currency=currency.name),
            "currency_id": currency.id,
            "company_id": self.company_id.id,
            "xb_platform_prices": True,
        })
