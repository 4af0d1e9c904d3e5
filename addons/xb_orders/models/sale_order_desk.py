from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.xb_logistics.const import STATUSES, UPLOAD_STATES

from ..const import DUE_HOURS, PIPELINE, STAGES_BEFORE_SHIPPING

SHOWN_PRODUCTS = 3
SHOWN_PARCELS = 2
# The most urgent first: of several parcels this one is shown.
UPLOAD_URGENCY = ("refused", "waiting", "sent", "none", "confirmed")
PARCEL_URGENCY = (
    "exception", "delivery_failed", "returned", "expired", "available_for_pickup", "pending",
    "info_received", "in_transit", "out_for_delivery", "delivered",
)


class SaleOrder(models.Model):
    """The order desk: what a row shows beside core's fields, and the counts above the list."""

    _inherit = "sale.order"

    xb_shop_tz = fields.Selection(related="xb_shop_id.tz", string="Shop's Time Zone")
    xb_upload_state = fields.Selection(
        UPLOAD_STATES, "Upload", compute="_compute_xb_parcel_facts", store=True,
        index="btree_not_null",
        help="What the platform knows of the tracking numbers; of several the most urgent state.",
    )
    xb_parcel_status = fields.Selection(
        STATUSES, "Tracking State", compute="_compute_xb_parcel_facts", store=True,
        index="btree_not_null", help="Of several parcels the most urgent state.")
    xb_sku_key = fields.Char(
        "SKUs", compute="_compute_xb_sku_key", store=True,
        help="What is in the order: grouped by it, orders of the same content stand together.")
    xb_problem_code = fields.Selection(
        selection="_selection_xb_problem_code", string="Kind of Problem",
        compute="_compute_xb_problem_code", store=True, index="btree_not_null")
    xb_desk_products = fields.Json("Goods", compute="_compute_xb_desk_products")
    xb_desk_problem = fields.Json("Open Problem", compute="_compute_xb_desk_problem")
    xb_desk_parcels = fields.Json("Parcels Shown", compute="_compute_xb_desk_parcels")
    xb_desk_ship_to = fields.Json("Recipient", compute="_compute_xb_desk_ship_to")

    # The pipeline's counts are one index-only scan of it, whatever else is in the table.
    _xb_desk_idx = models.Index(
        "(company_id, xb_state, xb_ship_by) INCLUDE (xb_shop_id, xb_on_hold)"
        " WHERE xb_shop_id IS NOT NULL AND xb_state IN ('to_pay', 'to_review', 'to_allocate',"
        " 'to_pick', 'to_ship', 'shipped', 'after_sale')")
    _xb_placed_idx = models.Index(
        "(xb_placed_at DESC, id DESC) WHERE xb_shop_id IS NOT NULL")
    _xb_desk_order_idx = models.Index(
        "(xb_ship_by, id) WHERE xb_shop_id IS NOT NULL"
        " AND xb_state IN ('to_pay', 'to_review', 'to_allocate', 'to_pick', 'to_ship', 'shipped',"
        " 'after_sale')")

    # === DEFAULTS === #

    @api.model
    def _selection_xb_problem_code(self):
        titles = self.env["xb.order.problem"]._get_titles()
        return [*titles.items(), ("other", self.env._("Other"))]

    # === COMPUTE METHODS === #

    @api.depends(
        "xb_parcel_ids.number", "xb_parcel_ids.direction", "xb_parcel_ids.upload_state",
        "xb_parcel_ids.status")
    def _compute_xb_parcel_facts(self):
        for order in self:
            # In sudo mode: who may read the order may know where it is.
            parcels = order.sudo().xb_parcel_ids.filtered(
                lambda parcel: parcel.direction == "outbound" and parcel.number)
            uploads, statuses = set(parcels.mapped("upload_state")), set(parcels.mapped("status"))
            order.xb_upload_state = next(
                (state for state in UPLOAD_URGENCY if state in uploads), False)
            order.xb_parcel_status = next(
                (status for status in PARCEL_URGENCY if status in statuses), False)

    @api.depends("xb_shop_id", "order_line.xb_sku", "order_line.product_uom_qty")
    def _compute_xb_sku_key(self):
        for order in self:
            skus = sorted({
                line.xb_sku for line in order.order_line if line.xb_sku and line.product_uom_qty
            }) if order.xb_shop_id else []
            order.xb_sku_key = " + ".join(skus)[:120] or False

    @api.depends("xb_problem_ids.state", "xb_problem_ids.code")
    def _compute_xb_problem_code(self):
        known = {code for code, _title in self._selection_xb_problem_code()}
        for order in self:
            # In sudo mode: what keeps an order back does not depend on who looks.
            problem = order.sudo().xb_problem_ids.filtered(lambda row: row.state == "open")[:1]
            order.xb_problem_code = problem and (
                problem.code if problem.code in known else "other")

    @api.depends("order_line.product_id", "order_line.product_uom_qty", "order_line.xb_sku")
    def _compute_xb_desk_products(self):
        for order in self:
            lines = order.order_line.filtered(
                lambda line: not line.display_type and line.product_uom_qty > 0
                and line.product_id.type == "consu")
            order.xb_desk_products = {
                "shown": [{
                    "id": line.id,
                    "product_id": line.product_id.id,
                    "sku": line.xb_sku or line.product_id.default_code or "",
                    "name": line.product_id.name,
                    "qty": line.product_uom_qty,
                } for line in lines[:SHOWN_PRODUCTS]],
                "more": max(len(lines) - SHOWN_PRODUCTS, 0),
            }

    @api.depends("xb_problem_ids.state", "xb_problem_ids.data", "xb_on_hold", "xb_hold_reason")
    @api.depends_context("lang")
    def _compute_xb_desk_problem(self):
        for order in self:
            # In sudo mode: who may read the order may know what keeps it back.
            rows = order.sudo().xb_problem_ids.filtered(lambda row: row.state == "open").sorted(
                lambda row: (row.severity != "blocking", row.id))
            order.xb_desk_problem = {
                "on_hold": order.xb_on_hold,
                "hold_reason": order.xb_hold_reason or "",
                "count": len(rows),
                "problem": bool(rows) and {
                    "id": rows[0].id,
                    "title": rows[0].title,
                    "message": rows[0].message,
                    "remedy": rows[0].remedy or "",
                    "fix": rows[0].fix_label or "",
                    "blocking": rows[0].severity == "blocking",
                },
            }

    @api.depends(
        "xb_parcel_ids.number", "xb_parcel_ids.carrier_id", "xb_parcel_ids.upload_state",
        "xb_parcel_ids.status", "xb_parcel_ids.direction")
    @api.depends_context("lang")
    def _compute_xb_desk_parcels(self):
        uploads = dict(self._fields["xb_upload_state"]._description_selection(self.env))
        statuses = dict(self._fields["xb_parcel_status"]._description_selection(self.env))
        for order in self:
            # In sudo mode: see _compute_xb_parcel_facts.
            parcels = order.sudo().xb_parcel_ids.filtered(
                lambda parcel: parcel.direction == "outbound")
            order.xb_desk_parcels = {
                "shown": [{
                    "id": parcel.id,
                    "carrier": parcel.carrier_id.name or "",
                    "number": parcel.number or "",
                    "upload": parcel.upload_state,
                    "upload_label": uploads.get(parcel.upload_state, ""),
                    "upload_reason": parcel.upload_reason or "",
                    "status": parcel.status,
                    "status_label": statuses.get(parcel.status, ""),
                } for parcel in parcels[:SHOWN_PARCELS]],
                "more": max(len(parcels) - SHOWN_PARCELS, 0),
            }

    @api.depends("partner_shipping_id")
    def _compute_xb_desk_ship_to(self):
        for order in self:
            partner = order.partner_shipping_id
            order.xb_desk_ship_to = {
                "name": partner.name or partner.parent_id.name or "",
                "city": partner.city or "",
                "country": partner.country_id.name or "",
                "code": partner.country_id.code or "",
                "flag": partner.country_id.image_url or "",
            }

    # === BUSINESS METHODS === #

    @api.model
    @api.readonly
    def get_xb_desk_counts(self, domain=()):
        """Count the orders that still need somebody, by stage. Callable over RPC.

        One grouped query, over an index that holds only such orders.

        :param list domain: what else the list is filtered by; without the stage.
        :return: ``{"stages": {stage: {"count", "late", "due", "held"}}, "refused": orders whose
            tracking number the platform has refused, "incoming": documents that could not become
            an order yet}``; late: ship-by has passed, due: it passes
            within ``const.DUE_HOURS`` hours.
        :rtype: dict
        """
        self.browse().check_access("read")
        base = Domain(list(domain)) & Domain("xb_shop_id", "!=", False)
        now = fields.Datetime.now()
        query = self._search(
            base & Domain("xb_state", "in", PIPELINE), order=None)
        stage, ship_by, held = (
            self._field_to_sql(self._table, name, query)
            for name in ("xb_state", "xb_ship_by", "xb_on_hold"))
        query.groupby = stage
        rows = self.env.execute_query(query.select(
            stage, SQL("count(*)"),
            SQL("count(*) FILTER (WHERE %s < %s)", ship_by, now),
            SQL("count(*) FILTER (WHERE %s >= %s AND %s < %s)", ship_by, now, ship_by,
                now + timedelta(hours=DUE_HOURS)),
            SQL("count(*) FILTER (WHERE %s)", held)))
        found = {row[0]: row[1:] for row in rows}
        stages = {}
        for name in PIPELINE:
            count, late, due, on_hold = found.get(name, (0, 0, 0, 0))
            open_here = name in STAGES_BEFORE_SHIPPING
            stages[name] = {"count": count, "late": late if open_here else 0,
                            "due": due if open_here else 0, "held": on_hold}
        incoming = self.env["xb.order.intake"].search_count(
            [("state", "in", ("held", "rejected")), ("order_id", "=", False)]) \
            if self.env["xb.order.intake"].has_access("read") else 0
        return {"stages": stages, "incoming": incoming,
                "refused": self.search_count(base & Domain("xb_upload_state", "=", "refused"))}
