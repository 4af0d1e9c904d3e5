import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.xb_base.db import own_cursor

from ..const import OUTBOX_KIND
from ..core.policy import publish

_logger = logging.getLogger(__name__)

BATCH = 500
# Marks older than this mean that nobody follows: the levels cannot be trusted.
STALE_SECONDS = 300
# A drift found within this time holds back what it concerns until a clean check.
DRIFT_HOURS = 24
DOWN_STATES = ("failing", "reauth", "locked", "off")


class XbStockPublication(models.Model):
    """What one shop was told of one product: what we want it to say, and what it confirmed."""

    _name = "xb.stock.publication"
    _description = "Published Stock"
    _order = "shop_id, product_id"
    _rec_name = "key"

    # === FIELDS === #

    shop_id = fields.Many2one(
        "xb.shop", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    key = fields.Char("Name in the Shop", required=True, readonly=True)
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
        "UNIQUE (shop_id, product_id)", "The shop lists this product already."
    )
    _dirty = models.Index("(shop_id) WHERE dirty")

    # === COMPUTE METHODS === #

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
        }

    # === ACTION METHODS === #

    def action_publish(self):
        """Look again at the selected rows and publish what changed."""
        self.sudo().dirty = True
        for shop in self.shop_id:
            self.sudo()._publish(shop)
        return True

    # === BUSINESS METHODS: LISTING === #

    @api.model
    def _list_products(self, shops):
        """Make rows for what shops list and take away those for what they do not list any more.

        :param shops: ``xb.shop`` records
        """
        for shop in shops.sudo():
            products = self.env["product.product"].sudo().search(
                [("is_storable", "=", True), ("sale_ok", "=", True),
                 ("company_id", "in", (False, shop.company_id.id))]
            )
            keys = shop._get_stock_keys(products)
            rows = self.sudo().search([("shop_id", "=", shop.id)])
            there = {row.product_id.id: row for row in rows}
            rows.filtered(lambda row, keys=keys: row.product_id.id not in keys).unlink()
            for product_id, key in keys.items():
                if product_id in there and there[product_id].key != key:
                    there[product_id].write({"key": key, "dirty": True, "has_confirmed": False})
            self.sudo().create(
                [
                    {"shop_id": shop.id, "product_id": product_id, "key": key}
                    for product_id, key in keys.items() if product_id not in there
                ]
            )

    @api.model
    def _mark_companies(self, companies):
        """Look again at all that the shops of companies were told."""
        self.sudo().search([("company_id", "in", companies.ids), ("dirty", "=", False)]).write(
            {"dirty": True}
        )

    # === BUSINESS METHODS: PUBLISHING === #

    @api.model
    def _wake(self, product_ids=None):
        """Enqueue a job for every shop that lists products whose stock changed.

        In a cursor of its own, after the commit of the change.

        :param list product_ids: ids of ``product.product``; None for whatever is marked dirty
        """
        with own_cursor(self.env, durable=False) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(
                """
                SELECT DISTINCT shop.id FROM xb_stock_publication row
                  JOIN xb_shop shop ON shop.id = row.shop_id
                 WHERE shop.active AND shop.stock_push = 'automatic'
                   AND CASE WHEN %(products)s::int[] IS NULL THEN row.dirty
                            ELSE row.product_id = ANY(%(products)s) END
                   AND NOT EXISTS (
                        SELECT 1 FROM queue_job job
                         WHERE job.identity_key = 'xb.stock.publish:' || shop.id
                           AND job.state IN ('pending', 'enqueued'))
                """,
                {"products": product_ids},
            )
            for (shop_id,) in cr.fetchall():
                env["xb.stock.publication"].with_delay(
                    identity_key=f"xb.stock.publish:{shop_id}",
                    description=f"Publish stock of shop {shop_id}",
                )._job_publish(shop_id)

    @api.model
    def _job_publish(self, shop_id):
        """Publish what changed for one shop. Safe to run twice."""
        shop = self.env["xb.shop"].browse(shop_id).exists()
        if shop and shop.active and shop.stock_push == "automatic":
            self._publish(shop)

    @api.model
    def _publish(self, shop):
        """Reckon the dirty rows of a shop and hand what changed to the outbox.

        :param shop: one ``xb.shop`` record (sudo)
        :return: number of rows whose figure changed
        :rtype: int
        """
        reason = self._get_pause_reason(shop)
        self._tell_pause(shop, reason)
        if reason:
            return 0
        changed = 0
        rows = self._get_due(shop)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH].try_lock_for_update()
            changed += batch._publish_batch(shop)
        return changed

    @api.model
    def _get_due(self, shop):
        """Return the rows whose level is another one than they were reckoned from.

        Whoever follows the stock must not write here: a job may hold the rows for seconds.
        """
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT row.id FROM xb_stock_publication row
              LEFT JOIN xb_stock_level level
                ON level.product_id = row.product_id AND level.warehouse_id = %s
             WHERE row.shop_id = %s
               AND (row.dirty OR COALESCE(level.version, 0) <> COALESCE(row.level_version, 0))
             ORDER BY row.id
            """,
            [shop._get_stock_warehouse().id, shop.id],
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _publish_batch(self, shop):
        products = self.product_id.ids
        place = shop._get_stock_warehouse()
        availability = self.env["xb.availability"]
        figures = availability._read_figures(self.env.cr, products, (place.id,))
        policies = self.env["xb.stock.policy"]._resolve(shop, products, (place.id,))
        doubtful = self._get_drifted(products, place)
        levels = {
            level.product_id.id: level for level in self.env["xb.stock.level"].search(
                [("product_id", "in", products), ("warehouse_id", "=", place.id)]
            )
        }
        changed = 0
        for row in self:
            product_id = row.product_id.id
            if product_id in doubtful:
                row.write({"state": "suppressed", "reason": self.env._(
                    "The level was found to be wrong; it is published after a clean check.")})
                continue
            _tracked, on_hand, reserved, waiting, claimed = figures[product_id]
            told = publish(round(on_hand - reserved - waiting - claimed, 6), policies[product_id])
            level = levels.get(product_id, self.env["xb.stock.level"])
            changed += row._want(shop, told, level)
        return changed

    def _want(self, shop, told, level):
        """Note what the shop shall say, and hand it to the outbox if that is news.

        :param told: :class:`~..core.policy.Publication`
        :param level: the ``xb.stock.level`` it was reckoned from, or an empty record
        :return: whether it is news
        :rtype: bool
        """
        self.ensure_one()
        steps = [[step.code, step.figure, step.after] for step in told.steps]
        vals = {
            "dirty": False, "why": steps, "reason": False, "level_version": level.version,
        }
        news = not self.has_wanted or self.wanted != told.quantity or self.state in (
            "new", "suppressed"
        )
        if news:
            now = fields.Datetime.now()
            vals.update(
                wanted=told.quantity, has_wanted=True, state="waiting",
                changed_at=max(level.changed_at or now, now - timedelta(hours=1)),
            )
        self.write(vals)
        if news:
            value = {"sku": self.key, "quantity": str(told.quantity)}
            # Compare-and-set, where the platform can: refuse to overwrite what we do not know of.
            value["expected"] = str(self.confirmed) if self.has_confirmed else False
            self.env["xb.outbox"].push(
                shop.connection_id, OUTBOX_KIND, self.key, value, record=self
            )
        return news

    def _xb_outbox_changed(self, row):
        """Hear from the outbox what became of a figure.

        :param row: ``xb.outbox`` record
        """
        self.ensure_one()
        if row.state == "confirmed":
            now = fields.Datetime.now()
            lag = (now - self.changed_at).total_seconds() if self.changed_at else 0.0
            self.write(
                {
                    "confirmed": int(row.value["quantity"]), "has_confirmed": True,
                    "state": "confirmed", "confirmed_at": now, "lag": max(0.0, lag),
                    "reason": False,
                }
            )
        elif row.state == "refused":
            # What the shop says now is not what we thought: compare with nothing next time.
            self.write(
                {"state": "refused", "reason": row.reason, "has_confirmed": False, "dirty": True}
            )
        elif row.state == "retry":
            self.reason = row.reason

    # === BUSINESS METHODS: WHEN THE TRUTH IS UNKNOWN === #

    @api.model
    def _get_pause_reason(self, shop):
        """Say why nothing may be published for a shop at the moment.

        :rtype: str | False
        """
        if not shop.connection_id:
            return self.env._("The shop has no connection.")
        adapter = shop.connection_id._get_adapter_class()
        if OUTBOX_KIND not in adapter.outbox_kinds:
            return self.env._("The shop's platform cannot be told of stock.")
        if shop.connection_id.state in DOWN_STATES:
            return self.env._("The connection is down.")
        self.env.cr.execute(
            "SELECT 1 FROM xb_stock_touch WHERE marked_at < %s LIMIT 1",
            [fields.Datetime.now() - timedelta(seconds=STALE_SECONDS)],
        )
        if self.env.cr.fetchone():
            return self.env._("Stock levels do not follow the stock at the moment.")
        return False

    @api.model
    def _get_drifted(self, product_ids, place):
        """Return the products whose level was found wrong lately and not found right since."""
        return set(
            self.env["xb.stock.level"].search(
                [
                    ("product_id", "in", list(product_ids)),
                    ("warehouse_id", "=", place.id),
                    ("drift_at", ">", fields.Datetime.now() - timedelta(hours=DRIFT_HOURS)),
                ]
            ).product_id.ids
        )

    @api.model
    def _tell_pause(self, shop, reason):
        """Raise, or clear, the alert that a shop's figures are held back."""
        if reason == (shop.stock_paused_reason or False):
            return
        shop.stock_paused_reason = reason
        kind = "xb_inventory.mail_activity_type_stock_paused"
        shop.activity_unlink([kind])
        if reason:
            manager = shop.message_partner_ids.user_ids.filtered("active")[:1]
            shop.activity_schedule(
                kind, note=reason, user_id=(manager or self.env.ref("base.user_admin")).id
            )

    # === CRON === #

    @api.model
    def _cron_publish(self):
        """Look at what claims changed, measure the shops' lag, and wake what is due."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE xb_stock_publication row SET dirty = TRUE
             WHERE NOT row.dirty AND row.product_id IN (
                SELECT line.product_id
                  FROM xb_stock_claim claim
                  JOIN xb_stock_claim_line line ON line.claim_id = claim.id
                 WHERE claim.state = 'open' AND claim.created_at > %(since)s
                    OR claim.state <> 'open' AND claim.closed_at > %(since)s)
            """,
            {"since": fields.Datetime.now() - timedelta(minutes=5)},
        )
        self.env.cr.execute(
            """
            UPDATE xb_shop shop SET stock_lag = measured.lag
              FROM (SELECT shop_id, percentile_cont(0.95) WITHIN GROUP (ORDER BY lag) AS lag
                      FROM xb_stock_publication
                     WHERE confirmed_at > %s GROUP BY shop_id) measured
             WHERE measured.shop_id = shop.id AND shop.stock_lag IS DISTINCT FROM measured.lag
            """,
            [fields.Datetime.now() - timedelta(days=7)],
        )
        self.invalidate_model(["dirty"])
        self.env["xb.shop"].invalidate_model(["stock_lag"])
        self.env.cr.postcommit.add(self._wake)
