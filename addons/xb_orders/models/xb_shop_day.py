from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.jobs import CHANNEL_IMPORT, vendor_job


class XbShopDay(models.Model):
    """One day of a shop: what its platform says it sold against what is here.

    Every order of the platform must be here as imported, held or rejected; what is not is named,
    and fetched with one click.
    """

    _name = "xb.shop.day"
    _description = "Completeness of a Shop's Day"
    _rec_name = "day"
    _order = "day desc, shop_id"

    shop_id = fields.Many2one(
        "xb.shop", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    day = fields.Date(required=True, readonly=True, help="In the shop's time zone.")
    checked_at = fields.Datetime("Checked On", readonly=True)
    theirs_count = fields.Integer("On the Platform", readonly=True)
    theirs_total = fields.Char("Platform's Total", readonly=True)
    imported_count = fields.Integer("Imported", readonly=True)
    held_count = fields.Integer("Held", readonly=True)
    rejected_count = fields.Integer("Rejected", readonly=True)
    ours_total = fields.Char("Total Here", readonly=True)
    missing = fields.Json(readonly=True)
    missing_count = fields.Integer("Missing", readonly=True)
    missing_text = fields.Text("Missing Orders", compute="_compute_missing_text")
    state = fields.Selection(
        [("complete", "Complete"), ("gap", "Gap")], compute="_compute_state", store=True)

    _shop_day_uniq = models.Constraint("UNIQUE(shop_id, day)", "A day is checked once per shop.")

    # === COMPUTE METHODS === #

    @api.depends("missing")
    def _compute_missing_text(self):
        for row in self:
            row.missing_text = "\n".join(row.missing or []) or False

    @api.depends("missing_count", "theirs_total", "ours_total")
    def _compute_state(self):
        for row in self:
            same = not row.missing_count and row.theirs_total == row.ours_total
            row.state = "complete" if same else "gap"

    # === ACTION METHODS === #

    def action_fetch_missing(self):
        """Fetch the orders that are missing, in the background."""
        self.shop_id._check_import_access()
        todo = self.filtered("missing_count")
        if not todo:
            raise UserError(self.env._("Nothing is missing on these days."))
        for row in todo:
            row.with_delay(
                channel=CHANNEL_IMPORT, identity_key=f"xb.shop.day:{row.id}",
                description=self.env._("Fetch missing orders of %(shop)s", shop=row.shop_id.name),
            )._job_fetch_missing(row.shop_id.connection_id)
        return True

    def action_check(self):
        """Ask the platform again about these days, in the background."""
        self.shop_id._check_import_access()
        for row in self:
            row.shop_id._enqueue_check(row.day)
        return True

    # === BUSINESS METHODS === #

    @vendor_job
    def _job_fetch_missing(self, connection):
        """Fetch and import what is missing, then compare again. Safe to run twice.

        :param xb.connection connection: the account to fetch from.
        """
        self.ensure_one()
        # In sudo mode: the job may run as a clerk, who must not read the connection's secrets.
        adapter = connection.sudo()._get_adapter()
        self.shop_id.import_orders([adapter.get_order(ref) for ref in self.missing or []])
        self.shop_id._check_day(adapter, self.day)

    @api.model
    def _record(self, shop, day, orders):
        """Compare a day's orders of the platform with what is here.

        :param date day: in the shop's time zone.
        :param list orders: the platform's order values of that day.
        :rtype: xb.shop.day
        """
        refs = [order["ref"] for order in orders]
        intakes = self.env["xb.order.intake"].sudo().search_fetch(
            [("shop_id", "=", shop.id), ("ref", "in", refs)], ["ref", "state", "value"])
        states = intakes.grouped("state")
        known = set(intakes.mapped("ref"))
        missing = [ref for ref in refs if ref not in known]
        vals = {
            "checked_at": fields.Datetime.now(),
            "theirs_count": len(refs),
            "theirs_total": self._say_totals(orders),
            "imported_count": len(states.get("imported", ())),
            "held_count": len(states.get("held", ())) + len(states.get("dismissed", ())),
            "rejected_count": len(states.get("rejected", ())),
            "ours_total": self._say_totals([intake.value or {} for intake in intakes]),
            "missing": missing,
            "missing_count": len(missing),
        }
        # In sudo mode: the record of a check is written by the check alone.
        row = self.sudo().search([("shop_id", "=", shop.id), ("day", "=", day)])
        if row:
            row.write(vals)
            return row
        return self.sudo().create({**vals, "shop_id": shop.id, "day": day})

    @api.model
    def _say_totals(self, orders):
        """What orders cost, per currency, to the cent.

        :param list orders: order values.
        """
        totals = defaultdict(Decimal)
        for order in orders:
            if order.get("total"):
                totals[order.get("currency", "?")] += Decimal(order["total"])
        return ", ".join(f"{total:.2f} {code}" for code, total in sorted(totals.items())) or False
