from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from odoo.addons.xb_base.db import own_cursor

from ..const import OUTBOX_KIND
from ..core.policy import publish, publish_bundle

BATCH = 500
# Marks older than this mean that nobody follows: the levels cannot be trusted.
STALE_SECONDS = 300
# A drift found within this time holds back what it concerns until a clean check.
DRIFT_HOURS = 24
DOWN_STATES = ("failing", "reauth", "locked", "off")


class XbStockPublication(models.Model):
    """Reckoning what shops are told, and telling them through the outbox."""

    _inherit = "xb.stock.publication"

    # === BUSINESS METHODS: PUBLISHING === #

    @api.model
    def _wake(self, product_ids=None):
        """Enqueue a job for every shop that lists products whose stock changed.

        In a cursor of its own, after the commit of the change.

        :param list product_ids: ids of ``product.product``; None for whatever is marked dirty
        """
        due = SQL("row.dirty") if product_ids is None else SQL(
            """
            row.id IN (
                SELECT id FROM xb_stock_publication WHERE product_id = ANY(%(products)s)
                UNION ALL
                SELECT publication_id FROM xb_stock_publication_part
                 WHERE product_id = ANY(%(products)s))
            """, products=list(product_ids))
        with own_cursor(self.env, durable=False) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(SQL(
                """
                SELECT DISTINCT shop.id FROM xb_stock_publication row
                  JOIN xb_shop shop ON shop.id = row.shop_id
                 WHERE shop.active AND shop.stock_push = 'automatic' AND %s
                   AND NOT EXISTS (
                        SELECT 1 FROM queue_job job
                         WHERE job.identity_key = 'xb.stock.publish:' || shop.id
                           AND job.state IN ('pending', 'enqueued'))
                """, due))
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
        self.env["xb.stock.publication.part"].flush_model()
        self.env.cr.execute(
            """
            SELECT row.id FROM xb_stock_publication row
              LEFT JOIN LATERAL (
                    SELECT SUM(level.version) AS version
                      FROM xb_stock_publication_part part
                      JOIN xb_stock_level level
                        ON level.product_id = part.product_id AND level.warehouse_id = %(place)s
                     WHERE part.publication_id = row.id) parts ON row.product_id IS NULL
              LEFT JOIN xb_stock_level level
                ON level.product_id = row.product_id AND level.warehouse_id = %(place)s
             WHERE row.shop_id = %(shop)s
               AND (row.dirty OR COALESCE(level.version, parts.version, 0)
                                 <> COALESCE(row.level_version, 0))
             ORDER BY row.id
            """,
            {"place": shop._get_stock_warehouse().id, "shop": shop.id},
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _publish_batch(self, shop):
        contents = [row._get_content() for row in self]
        products = sorted(set().union(*contents))
        place = shop._get_stock_warehouse()
        doubtful = self._get_drifted(products, place)
        levels = {
            level.product_id.id: level for level in self.env["xb.stock.level"].search(
                [("product_id", "in", products), ("warehouse_id", "=", place.id)]
            )
        }
        changed = 0
        for row, content, (told, scarce_id) in zip(
                self, contents, self._reckon(shop, contents), strict=True):
            if not doubtful.isdisjoint(content):
                row.write({"state": "suppressed", "reason": self.env._(
                    "The level was found to be wrong; it is published after a clean check.")})
                continue
            ours = self.env["xb.stock.level"].union(
                *(levels[one] for one in content if one in levels))
            changed += row._want(shop, told, scarce_id, ours)
        return changed

    @api.model
    def _reckon(self, shop, contents):
        """Reckon what a shop may be told at this moment.

        :param shop: one ``xb.shop`` record (sudo)
        :param list contents: see :meth:`_get_content`
        :return: for each ``(Publication, id of the part that limits a bundle or False)``
        :rtype: list
        """
        products = sorted(set().union(*contents))
        places = (shop._get_stock_warehouse().id,)
        # By the kits of the shop's company.
        availability = self.env["xb.availability"].with_company(shop.company_id)
        figures = availability._read_figures(self.env.cr, products, places)
        policies = self.env["xb.stock.policy"]._resolve(shop, products, places)

        def tell(product_id, whole):
            _limited, on_hand, reserved, waiting, claimed = figures[product_id]
            free = round(on_hand - reserved - waiting - claimed, 6)
            return publish(free, policies[product_id], whole=whole)

        told = []
        for content in contents:
            if list(content.values()) == [1.0]:
                told.append((tell(*content, whole=True), False))
                continue
            # What is never refused limits nothing, unless all of it is like that.
            limiting = [one for one in content if figures[one][0]] or list(content)
            told.append(publish_bundle(
                {one: (tell(one, whole=False), content[one]) for one in limiting}))
        return told

    def _want(self, shop, told, scarce_id, levels):
        """Note what the shop shall say, and hand it to the outbox if that is news.

        :param told: :class:`~..core.policy.Publication`
        :param scarce_id: id of the product that limits a bundle, or False
        :param levels: the ``xb.stock.level`` records it was reckoned from
        :return: whether it is news
        :rtype: bool
        """
        self.ensure_one()
        steps = [[step.code, step.figure, step.after] for step in told.steps]
        version = sum(levels.mapped("version"))
        vals = {
            "dirty": False, "why": steps, "scarce_id": scarce_id,
            "level_version": version,
        }
        news = not self.has_wanted or self.wanted != told.quantity or self.state in (
            "new", "suppressed"
        )
        if news:
            now = changed_at = fields.Datetime.now()
            # Only what the stock did is late: not a new listing, nor another policy.
            if levels and self.level_version and version != self.level_version:
                changed_at = max(now - timedelta(hours=1), *(
                    level.changed_at or now for level in levels))
            vals.update(
                wanted=told.quantity, has_wanted=True, state="waiting", reason=False,
                changed_at=changed_at,
            )
        self.write(vals)
        if news:
            # Compare-and-set, where the platform can: refuse to overwrite what we do not know of.
            self._tell(shop, told.quantity, str(self.confirmed) if self.has_confirmed else False)
        return news

    def _tell(self, shop, quantity, expected):
        """Hand a figure to the outbox.

        :param str expected: what the shop says at the moment; False not to compare
        """
        value = {
            "listing": self.ref or "", "sku": self.sku or "", "quantity": str(quantity),
            "expected": expected,
        }
        row = self.env["xb.outbox"].push(
            shop.connection_id, OUTBOX_KIND, f"{shop.id}:{self.key}", value, record=self
        )
        if row.res_id != self.id:
            # The shop was told just that when it sold something by this name before.
            row.write({"res_model": self._name, "res_id": self.id})
            if row.state in ("confirmed", "refused"):
                self._xb_outbox_changed(row)

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
            # What the shop says now may not be what we thought: it is told once more, compared
            # with nothing. If it refuses that, too, it waits for another figure.
            self.write({
                "state": "refused", "reason": row.reason, "has_confirmed": False, "dirty": True,
                "has_wanted": not row.value["expected"],
            })
            if row.value["expected"]:
                self.shop_id._on_stock_refused()
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
            WITH claimed AS (
                SELECT DISTINCT line.product_id
                  FROM xb_stock_claim claim
                  JOIN xb_stock_claim_line line ON line.claim_id = claim.id
                 WHERE claim.state = 'open' AND claim.created_at > %(since)s
                    OR claim.state <> 'open' AND claim.closed_at > %(since)s)
            UPDATE xb_stock_publication row SET dirty = TRUE
             WHERE NOT row.dirty AND row.id IN (
                SELECT id FROM xb_stock_publication
                 WHERE product_id IN (SELECT product_id FROM claimed)
                UNION ALL
                SELECT publication_id FROM xb_stock_publication_part
                 WHERE product_id IN (SELECT product_id FROM claimed))
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
