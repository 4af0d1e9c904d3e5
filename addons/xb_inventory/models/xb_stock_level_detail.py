from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# Of the claims and the transfers of one level, the panel shows so many.
DETAIL_LINES = 20


class XbStockLevel(models.Model):
    """One level looked at closely: what holds it, what comes, what each shop is told and why."""

    _inherit = "xb.stock.level"

    # === FIELDS === #

    shop_id = fields.Many2one(
        "xb.shop", compute="_compute_shop_id", search="_search_shop_id",
        help="For searching: levels of what a shop lists, in its warehouse.",
    )

    # === COMPUTE METHODS === #

    def _compute_shop_id(self):
        self.shop_id = False

    def _search_shop_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        shops = self.env["xb.shop"].search(
            value if operator == "any" else [("id", "in", list(value))])
        if not shops:
            return [("id", "=", False)]
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            """
            SELECT DISTINCT level.id FROM xb_stock_level level
              JOIN unnest(%s, %s) listed(shop, place) ON listed.place = level.warehouse_id
              JOIN xb_stock_publication row ON row.shop_id = listed.shop AND %s
            """,
            shops.ids, [shop.sudo()._get_stock_warehouse().id for shop in shops],
            self.env["xb.stock.publication"]._sql_contains("= level.product_id"),
        ))
        return [("id", "in", [row[0] for row in rows])]

    # === BUSINESS METHODS === #

    @api.model
    def monitor_detail(self, level_id):
        """Read what stands behind one row of the monitor.

        :param int level_id: id of ``xb.stock.level``
        :return: ``{"row": as monitor_rows gives it, "claims": [{"id", "key", "qty", "shop", "user",
            "expires_at"}], "moves": [{"id", "reference", "qty" (negative: leaves), "date",
            "state", "partner"}], "shops": [{"id", "key", "content" (of a bundle), "shop_id",
            "shop", "told", "confirmed", "state", "reason", "steps": [{"label", "figure",
            "after"}]}], "policies": ids}``; ``false`` where there is nothing
        :raise ValidationError: there is no such level, or the user may not see it
        """
        rows = self.monitor_rows([level_id])
        if not rows:
            raise ValidationError(self.env._("There is no stock level %(id)s.", id=level_id))
        level = self.browse(level_id)
        return {
            "row": rows[0],
            "claims": level._read_claims(),
            "moves": level._read_moves(),
            "shops": level._read_told(),
            "policies": level._get_policies().ids,
        }

    @api.model
    def _monitor_export(self, filters, order, chunk):
        """Give all rows of a search of the monitor.

        :param dict filters: see :meth:`monitor_page`
        :param str order: likewise
        :param int chunk: rows at a time
        :return: iterator of lists of rows
        """
        source, condition = self._monitor_source(filters)
        ids = self._monitor_ids(source, condition, order)
        for start in range(0, len(ids), chunk):
            yield self._monitor_rows(ids[start : start + chunk])
            self.env.invalidate_all(flush=False)

    def _read_claims(self):
        """Open claims on the level, the next to end first."""
        if not self.env["xb.stock.claim"].has_access("read"):
            return []
        lines = self.env["xb.stock.claim.line"].search(
            [("product_id", "=", self.product_id.id), ("warehouse_id", "=", self.warehouse_id.id),
             ("is_open", "=", True), ("quantity", ">", 0)], limit=DETAIL_LINES, order="id",
        )
        return [
            {
                "id": line.claim_id.id, "key": line.claim_id.key or False, "qty": line.quantity,
                "shop": line.claim_id.shop_id.name or False,
                "user": line.claim_id.sudo().user_id.name or False,
                "expires_at": fields.Datetime.to_string(line.claim_id.expires_at) or False,
            }
            for line in lines
        ]

    def _read_moves(self):
        """Open transfers into and out of the level's warehouse, the earliest first."""
        place = self.warehouse_id.id
        # In sudo mode: whoever may read the level may know what comes and goes.
        moves_sudo = self.env["stock.move"].sudo().search(
            [("product_id", "=", self.product_id.id),
             ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
             "|", ("location_id.warehouse_id", "=", place),
             ("location_dest_id.warehouse_id", "=", place)],
            limit=DETAIL_LINES, order="date, id",
        )
        states = dict(moves_sudo._fields["state"]._description_selection(self.env))
        return [
            {
                "id": move.id, "reference": move.reference or move.origin or False,
                "qty": -move.product_qty if move.location_id.warehouse_id.id == place
                else move.product_qty,
                "date": fields.Datetime.to_string(move.date), "state": states[move.state],
                "partner": move.picking_id.partner_id.name or False,
            }
            for move in moves_sudo
        ]

    def _read_told(self):
        """What each shop that sells the product, alone or in a bundle, is told, and the way from
        the stock to it."""
        publications = self.env["xb.stock.publication"].search(
            ["|", ("product_id", "=", self.product_id.id),
             ("part_ids.product_id", "=", self.product_id.id)])
        states = dict(publications._fields["state"]._description_selection(self.env))
        labels = publications._get_step_labels()
        told = []
        for row in publications:
            if row.shop_id.sudo()._get_stock_warehouse() != self.warehouse_id:
                continue
            [(now, _scarce_id)] = row._reckon(row.shop_id.sudo(), [row._get_content()])
            told.append({
                "id": row.id, "key": row.key, "content": row.content,
                "shop_id": row.shop_id.id, "shop": row.shop_id.name,
                "told": row.wanted if row.has_wanted else False,
                "confirmed": row.confirmed if row.has_confirmed else False,
                "state": row.state, "state_label": states[row.state],
                "reason": row.reason or row.shop_id.stock_paused_reason or False,
                "steps": [
                    {"label": labels.get(step.code, step.code), "figure": step.figure,
                     "after": step.after}
                    for step in now.steps
                ],
            })
        return told

    def _get_policies(self):
        """The stock policies that speak about the product: its own, its categories', the shops'."""
        return self.env["xb.stock.policy"].search([
            "|", ("product_id", "=", self.product_id.id),
            "&", ("product_id", "=", False),
            "|", ("categ_id", "=", False),
            ("categ_id", "parent_of", self.product_id.categ_id.id),
        ])

    # === ACTION METHODS === #

    def action_view_policies(self):
        """Open the stock policies that speak about the product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_inventory.xb_stock_policy_action"
        )
        return {
            **action,
            "domain": [("id", "in", self._get_policies().ids)],
            "context": {"default_product_id": self.product_id.id},
        }

    def action_view_moves(self):
        """Open the transfers of the product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.stock_move_action")
        return {**action, "domain": [("product_id", "=", self.product_id.id)], "context": {}}

    def action_view_claims(self):
        """Open the open claims on the product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_inventory.xb_stock_claim_action")
        return {
            **action,
            "domain": [("line_ids.product_id", "=", self.product_id.id)],
            "context": {"search_default_open": 1},
        }
