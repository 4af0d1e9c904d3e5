import json
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

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
    def _recheck_arrived(self, shop):
        """Compare days again of whose missing orders some are here now.

        :param xb.shop shop: whose orders have been fetched.
        """
        self.env.flush_all()
        days = self.env.execute_query(SQL(
            """
            SELECT day.day FROM xb_shop_day day
             WHERE day.shop_id = %s AND day.missing_count > 0 AND EXISTS (
                   SELECT FROM jsonb_array_elements_text(day.missing) ref
                     JOIN xb_order_intake intake
                       ON intake.shop_id = day.shop_id AND intake.ref = ref.value)
            """, shop.id))
        for [day] in days:
            shop._enqueue_check(day)

    @api.model
    def _bounds(self, shop, day):
        """Beginning and end of a day of the shop.

        :param date day: in the shop's time zone.
        :return: two aware times
        """
        zone = pytz.timezone(shop.tz or "UTC")
        return (zone.localize(datetime.combine(day, time.min)),
                zone.localize(datetime.combine(day + timedelta(days=1), time.min)))

    @api.model
    def _record(self, shop, day, orders):
        """Compare a day's orders of the platform with what is here.

        :param date day: in the shop's time zone.
        :param list orders: the platform's order values of that day.
        :rtype: xb.shop.day
        """
        wanted = SQL(
            "SELECT row->>'ref' AS ref, row->>'currency' AS currency, row->>'total' AS total"
            " FROM jsonb_array_elements(%s::jsonb) AS row",
            json.dumps([{key: order.get(key) for key in ("ref", "currency", "total")}
                        for order in orders]))
        return self._record_rows(shop, day, self._compare(shop, wanted))

    @api.model
    def _record_count(self, shop, day, said):
        """Record a day of which the platform only says how much it was, if that is what is here.

        :param date day: in the shop's time zone.
        :param DayCount said: the platform's word.
        :return: the day; empty where its orders must be listed to find what is missing
        :rtype: xb.shop.day
        """
        start, end = (moment.astimezone(pytz.UTC).replace(tzinfo=None)
                      for moment in self._bounds(shop, day))
        wanted = SQL(
            "SELECT ref, value->>'currency' AS currency, value->>'total' AS total"
            " FROM xb_order_intake WHERE shop_id = %s AND kind = 'order'"
            " AND placed_at >= %s AND placed_at < %s", shop.id, start, end)
        vals = self._compare(shop, wanted)
        theirs = self._say_totals(said.total)
        if (vals["theirs_count"], vals["theirs_total"], vals["ours_total"]) != (
                said.count, theirs, theirs):
            return self.browse()
        return self._record_rows(shop, day, vals)

    @api.model
    def _record_file(self, run):
        """Compare what a file says of its days with what became of its orders.

        A file is a shop's word on a day until one that knows more orders of it comes.

        :param xb.import.run run: a finished import.
        """
        self.env.flush_all()
        zone = run.shop_id.tz or "UTC"
        documents = SQL(
            """SELECT document->'value' AS value, (
                   (document->'value'->>'placed_at')::timestamptz AT TIME ZONE %s)::date AS day
               FROM xb_import_line WHERE run_id = %s AND kind = 'order'
                AND document->'value'->>'placed_at' IS NOT NULL""", zone, run.id)
        days = self.env.execute_query(SQL(
            "SELECT day, count(*) FROM (%s) AS document GROUP BY day ORDER BY day", documents))
        known = {row.day: row.theirs_count for row in self.sudo().search(
            [("shop_id", "=", run.shop_id.id), ("day", "in", [day for day, _count in days])])}
        for day, count in days:
            if count < known.get(day, 0):
                continue
            self._record_rows(run.shop_id, day, self._compare(run.shop_id, SQL(
                "SELECT value->>'ref' AS ref, value->>'currency' AS currency,"
                " value->>'total' AS total FROM (%s) AS document WHERE day = %s",
                documents, day)))

    @api.model
    def _compare(self, shop, wanted):
        """Values of a day: what the platform says against the orders that are here.

        An order counts with what it comes to here; with what the platform says where it is held,
        where a cancellation took some of it back, or where a person has decided that the two may
        differ.

        :param SQL wanted: query of ``ref``, ``currency``, ``total`` (text or null).
        """
        self.env.flush_all()
        rows = self.env.execute_query(SQL(
            """
            SELECT wanted.ref, intake.state, wanted.currency, wanted.total,
                   (CASE WHEN intake.id IS NULL OR wanted.total IS NULL THEN NULL
                        WHEN sale.id IS NULL OR EXISTS (
                            SELECT FROM xb_order_problem problem
                             WHERE problem.order_id = sale.id AND problem.state = 'waived')
                          OR EXISTS (
                            SELECT FROM xb_order_intake other
                             WHERE other.order_id = sale.id AND other.kind = 'cancellation')
                        THEN (intake.value->>'total')::numeric
                        ELSE round(sale.amount_total, 3) END)::text
              FROM (%s) AS wanted
         LEFT JOIN xb_order_intake intake ON intake.shop_id = %s AND intake.ref = wanted.ref
         LEFT JOIN sale_order sale ON sale.id = intake.order_id
          ORDER BY wanted.ref
            """, wanted, shop.id))
        states = Counter(state for _ref, state, *_sums in rows)
        theirs, ours = defaultdict(Decimal), defaultdict(Decimal)
        for _ref, _state, currency, their, our in rows:
            if their is not None:
                theirs[currency or "?"] += Decimal(their)
            if our is not None:
                ours[currency or "?"] += Decimal(our)
        missing = [ref for ref, state, *_sums in rows if not state]
        return {
            "theirs_count": len(rows),
            "theirs_total": self._say_totals(theirs),
            "imported_count": states["imported"],
            "held_count": states["held"] + states["dismissed"],
            "rejected_count": states["rejected"],
            "ours_total": self._say_totals(ours),
            "missing": missing,
            "missing_count": len(missing),
        }

    @api.model
    def _record_rows(self, shop, day, vals):
        vals = {**vals, "checked_at": fields.Datetime.now()}
        # In sudo mode: the record of a check is written by the check alone.
        row = self.sudo().search([("shop_id", "=", shop.id), ("day", "=", day)])
        if row:
            row.write(vals)
            return row
        return self.sudo().create({**vals, "shop_id": shop.id, "day": day})

    @api.model
    def _say_totals(self, totals):
        """What orders cost, per currency, to the cent.

        :param dict totals: decimals by currency code.
        """
        return ", ".join(
            f"{total:.2f} {code}" for code, total in sorted(totals.items()) if total) or False
