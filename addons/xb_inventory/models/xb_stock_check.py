from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.xb_base.db import own_cursor

CHUNK = 2000
KEEP_DAYS = 90
# What a person can read of one check.
DETAILS_MAX = 100
# Quantities come from floats: a millionth is no difference.
NOISE = 1e-6


COMPARE = """
    WITH everywhere AS (SELECT array_agg(id) AS ids FROM stock_warehouse),
    truth AS (
        SELECT truth.*
          FROM everywhere, xb_stock_truth(%(products)s, everywhere.ids) truth
    ), level AS (
        SELECT * FROM xb_stock_level WHERE product_id = ANY(%(products)s)
    )
    SELECT COALESCE(level.product_id, truth.product_id),
           COALESCE(level.warehouse_id, truth.warehouse_id),
           COALESCE(level.on_hand, 0)::float8, COALESCE(level.reserved, 0)::float8,
           COALESCE(level.waiting, 0)::float8, COALESCE(level.limited, kind.limited)::int,
           COALESCE(truth.on_hand, 0)::float8, COALESCE(truth.reserved, 0)::float8,
           COALESCE(truth.waiting, 0)::float8, kind.limited::int
      FROM level FULL JOIN truth USING (product_id, warehouse_id)
      JOIN (
        SELECT item.id, COALESCE(kind.is_storable AND kind.xb_sell_beyond IS NOT TRUE, FALSE)
               AS limited
          FROM product_product item JOIN product_template kind ON kind.id = item.product_tmpl_id
      ) kind ON kind.id = COALESCE(level.product_id, truth.product_id)
     WHERE NOT EXISTS (SELECT 1 FROM xb_stock_touch touch
                        WHERE touch.product_id = COALESCE(level.product_id,
                                                          truth.product_id))
"""


class XbStockCheck(models.Model):
    """One comparison of levels and claims with quants and orders: what was wrong, and repaired.

    Nothing is expected to be found. What is found is shown, counted (metric
    ``xb_stock_drift``) and repaired, and holds back the figures of its product from the shops
    until a later check finds them right.
    """

    _name = "xb.stock.check"
    _description = "Stock Check"
    _order = "id desc"
    _rec_name = "started_at"

    # === FIELDS === #

    started_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    finished_at = fields.Datetime(readonly=True)
    levels = fields.Integer("Levels Compared", readonly=True)
    drift = fields.Integer("Wrong Levels", readonly=True, help="Found and repaired.")
    claims_closed = fields.Integer(
        readonly=True, help="Over, or used up, but not closed yet."
    )
    claims_wrong = fields.Integer(
        "Wrong Claims", readonly=True, help="Lines that hold stock though their claim is closed."
    )
    oversold = fields.Integer(
        readonly=True,
        help="Levels with less than nothing free: more was sold than there is.",
    )
    details = fields.Json(readonly=True)
    details_text = fields.Text("What Was Wrong", compute="_compute_details_text")
    state = fields.Selection(
        [("clean", "Clean"), ("repaired", "Repaired")], compute="_compute_state", store=True
    )

    # === COMPUTE METHODS === #

    @api.depends("drift", "claims_wrong")
    def _compute_state(self):
        for check in self:
            check.state = "repaired" if check.drift or check.claims_wrong else "clean"

    @api.depends("details")
    def _compute_details_text(self):
        for check in self:
            check.details_text = "\n".join(
                self.env._(
                    "Product %(product)s in warehouse %(warehouse)s: %(known)s, really %(true)s",
                    product=row["product_id"], warehouse=row["warehouse_id"],
                    known=self._describe(row["known"]), true=self._describe(row["true"]),
                )
                for row in check.details or []
            )

    @api.model
    def _describe(self, figures):
        labels = self.env["xb.stock.level"].fields_get(list(figures), ["string"])
        return ", ".join(
            f"{labels[name]['string']} {value:g}" for name, value in figures.items()
        )

    # === ACTION METHODS === #

    def action_check_now(self):
        """Check now, and show the result."""
        check = self._job_reconcile()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS === #

    @api.model
    def _job_reconcile(self):
        """Compare everything, repair what differs, and keep a record. Safe to run at any time.

        :return: the record
        """
        self = self.sudo()
        self.env["xb.stock.level"]._follow()
        check = self.create({})
        closed, wrong = self._check_claims()
        found, number = [], 0
        for product_ids in self._get_chunks():
            rows, compared = self._check_levels(product_ids)
            found += rows
            number += compared
        self.env.cr.execute("SELECT COUNT(*) FROM xb_stock_level WHERE free < -0.000001")
        check.write(
            {
                "finished_at": fields.Datetime.now(),
                "levels": number,
                "drift": len(found),
                "claims_closed": closed,
                "claims_wrong": wrong,
                "oversold": self.env.cr.fetchone()[0],
                "details": found[:DETAILS_MAX],
            }
        )
        return check

    @api.model
    def _get_chunks(self):
        """Products with stock, demand or a level, in bites."""
        self.env.cr.execute(
            """
            SELECT product_id FROM xb_stock_level
             UNION SELECT product_id FROM stock_quant
             UNION SELECT product_id FROM stock_move
                    WHERE state NOT IN ('draft', 'done', 'cancel')
             ORDER BY 1
            """
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]

    @api.model
    def _check_levels(self, product_ids):
        """Compare levels with the truth in one statement, so in one snapshot; mark what differs.

        Products that carry a mark are left out: somebody is about to follow them.

        :return: ``(differences, number of levels compared)``
        """
        with own_cursor(self.env) as cr:
            cr.execute(COMPARE, {"products": product_ids})
            rows = cr.fetchall()
            wrong = [row for row in rows if self._differs(row[2:6], row[6:])]
            self._repair(cr, product_ids, wrong)
        if wrong:
            self.env["xb.stock.level"]._follow()
        names = ("on_hand", "reserved", "waiting", "limited")
        return [
            {
                "product_id": row[0], "warehouse_id": row[1],
                "known": dict(zip(names, row[2:6], strict=True)),
                "true": dict(zip(names, row[6:], strict=True)),
            }
            for row in wrong
        ], len(rows)

    @api.model
    def _differs(self, known, true):
        return any(abs(one - other) > NOISE for one, other in zip(known, true, strict=True))

    @api.model
    def _repair(self, cr, product_ids, wrong):
        """Mark wrong levels to be followed, and note which are under suspicion."""
        now = fields.Datetime.now()
        # Right this time: the suspicion of an earlier check is over.
        cr.execute(
            "UPDATE xb_stock_level SET drift_at = NULL"
            " WHERE product_id = ANY(%s) AND drift_at IS NOT NULL",
            [product_ids],
        )
        if not wrong:
            return
        cr.execute(
            "UPDATE xb_stock_level SET drift_at = %s"
            " FROM unnest(%s::int[], %s::int[]) bad(product, place)"
            " WHERE product_id = bad.product AND warehouse_id = bad.place",
            [now, [row[0] for row in wrong], [row[1] for row in wrong]],
        )
        cr.execute(
            "INSERT INTO xb_stock_touch (product_id) SELECT DISTINCT unnest(%s::int[])",
            [[row[0] for row in wrong]],
        )

    @api.model
    def _check_claims(self):
        """Close claims that are over and compare their lines with their state.

        :return: ``(closed, wrong)``
        """
        with own_cursor(self.env) as cr:
            cr.execute("SELECT COUNT(*) FROM xb_stock_claim WHERE state = 'open'")
            before = cr.fetchone()[0]
            cr.execute("SELECT xb_stock_reap(NULL)")
            cr.execute("SELECT COUNT(*) FROM xb_stock_claim WHERE state = 'open'")
            closed = max(0, before - cr.fetchone()[0])
            cr.execute(
                """
                WITH bad AS (
                    UPDATE xb_stock_claim_line line
                       SET is_open = claim.state = 'open' AND line.quantity > 0
                      FROM xb_stock_claim claim
                     WHERE claim.id = line.claim_id
                       AND line.is_open <> (claim.state = 'open' AND line.quantity > 0)
                    RETURNING line.id
                )
                SELECT COUNT(*) FROM bad
                """
            )
            return closed, cr.fetchone()[0]

    # === CRON === #

    @api.model
    def _cron_reconcile(self):
        """Enqueue a check."""
        self.with_delay(
            identity_key="xb.stock.reconcile", description="Compare stock levels with the stock"
        )._job_reconcile()

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.with_user(SUPERUSER_ID).search([("started_at", "<", limit)]).unlink()
