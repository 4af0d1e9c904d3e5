import numpy as np

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import APPROVE_GROUP, WRITE_GROUPS
from ..sql import array, copy_columns
from .xb_price_line import REASONS

STATES = [("to_approve", "To Approve"), ("approved", "Approved"), ("published", "Published"),
          ("undone", "Undone"), ("refused", "Refused"), ("replaced", "Replaced by a Newer One")]


class XbPriceRun(models.Model):
    """Price changes that are asked for, published and undone together."""

    _name = "xb.price.run"
    _description = "Price Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # === FIELDS === #

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    shop_ids = fields.Many2many("xb.shop", string="Shops", readonly=True)
    state = fields.Selection(STATES, required=True, default="to_approve", readonly=True,
                             tracking=True, index=True)
    reason = fields.Selection(REASONS, required=True, default="manual", readonly=True)
    note = fields.Char("Remark", readonly=True)
    line_ids = fields.One2many("xb.price.line", "run_id", "Price Changes", readonly=True)
    line_count = fields.Integer("Changes", readonly=True)
    over_limit_count = fields.Integer("Beyond the Limit", readonly=True)
    published_count = fields.Integer("Published", readonly=True)
    skipped_count = fields.Integer("Left Out", readonly=True)
    effect = fields.Monetary(
        "Effect on Last Month", readonly=True,
        help="Had last month's quantities been sold at the new prices, profit would have changed"
             " by this much.")
    user_id = fields.Many2one("res.users", "Asked by", readonly=True,
                              default=lambda self: self.env.user)
    approver_id = fields.Many2one("res.users", "Approved by", readonly=True)
    approved_at = fields.Datetime("Approved", readonly=True)
    published_at = fields.Datetime("Published on", readonly=True)
    publisher_id = fields.Many2one("res.users", "Published by", readonly=True)
    undone_at = fields.Datetime("Undone on", readonly=True)
    undoer_id = fields.Many2one("res.users", "Undone by", readonly=True)

    # === ACTION METHODS === #

    def action_approve(self):
        """Approve the runs; for managers."""
        if not self.env.su and not self.env.user.has_group(APPROVE_GROUP):
            raise AccessError(self.env._("Only managers approve price changes."))
        self.check_access("read")
        for run in self:
            run._check_state("to_approve")
        # In sudo mode: runs are changed by their buttons only.
        self.sudo().write({"state": "approved", "approver_id": self.env.uid,
                    "approved_at": fields.Datetime.now()})
        self.sudo().activity_feedback(["mail.mail_activity_data_todo"])

    def action_refuse(self):
        """Refuse the runs; nothing of them is published."""
        if not self.env.su and not self.env.user.has_group(APPROVE_GROUP):
            raise AccessError(self.env._("Only managers refuse price changes."))
        self.check_access("read")
        for run in self:
            run._check_state("to_approve", "approved")
        # In sudo mode: runs are changed by their buttons only.
        self.sudo().write({"state": "refused"})
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def action_publish(self):
        """Publish the runs: price lists at once, platforms in the background.

        :raise UserError: a run awaits approval, or was published before.
        """
        self._check_write_access()
        for run in self:
            run._lock("approved", "to_approve")
            if run.state == "to_approve" and run.over_limit_count and not self.env.su \
                    and not self.env.user.has_group(APPROVE_GROUP):
                raise UserError(self.env._(
                    "%(run)s has %(count)s changes beyond the limit: a manager has to approve"
                    " it first.", run=run.name, count=run.over_limit_count))
            run._publish()
        return self._notify(self.env._(
            "%(done)s prices published, %(skipped)s left out.",
            done=sum(self.mapped("published_count")), skipped=sum(self.mapped("skipped_count"))))

    def action_undo(self):
        """Put back every price that the runs changed and nobody has changed since."""
        self._check_write_access()
        kept = restored = 0
        for run in self:
            run._lock("published")
            back, left = run._undo()
            restored, kept = restored + back, kept + left
        return self._notify(self.env._(
            "%(done)s prices put back; %(kept)s were changed since and stay.",
            done=restored, kept=kept))

    def action_view_lines(self):
        """Open the price changes of the run."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_pricing.xb_price_line_action")
        return {**action, "domain": [("run_id", "in", self.ids)], "context": {}}

    def _notify(self, message):
        return {"type": "ir.actions.client", "tag": "display_notification", "params": {
            "type": "success", "message": message,
            "next": {"type": "ir.actions.client", "tag": "soft_reload"}}}

    # === BUSINESS METHODS === #

    def _check_write_access(self):
        if not self.env.su and not any(map(self.env.user.has_group, WRITE_GROUPS)):
            raise AccessError(self.env._("Only buyers and managers publish prices."))
        self.check_access("read")

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(self.env._(
                "%(run)s is %(state)s: that cannot be done with it any more.",
                run=self.name, state=labels[self.state]))

    def _lock(self, *states):
        """Take the run for this transaction: nobody publishes or undoes it meanwhile."""
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        self._check_state(*states)

    def _ask_managers(self):
        """Put the run on the managers' desks."""
        managers = self.env.ref(APPROVE_GROUP).sudo().all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and user.active)
        for user in managers[:5]:
            summary = self.env._("%(count)s price changes beyond the limit",
                                 count=self.over_limit_count) if self.over_limit_count \
                else self.env._("%(count)s price changes to look at", count=self.line_count)
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=summary)

    @api.model
    def _propose(self, source, quotes, reason="manual", note="", at_once=False):
        """Make a run of the prices that change by more than the shops' thresholds.

        :param Source source: what was priced.
        :param Quotes quotes: the answer.
        :param str reason: of what did not move by itself. Whatever is not asked for by a person
            leaves out prices that wait for approval already.
        :param bool at_once: publish them in the same go; the caller has checked that they may.
        :return: the run; empty when nothing changes
        :rtype: xb.price.run
        """
        shops = self.env["xb.shop"].browse(np.unique(source.shop_id).tolist())
        runs = self.browse()
        for company, those in shops.grouped("company_id").items():
            change = self._changes(source, quotes, those)
            if reason != "manual" and not at_once:
                change = self._not_waiting(source, quotes, change)
            if not len(change):
                continue
            run_sudo = self.sudo().create({
                "name": self.env["ir.sequence"].sudo().next_by_code("xb.price.run") or "/",
                "company_id": company.id, "shop_ids": those.ids, "reason": reason, "note": note})
            run_sudo._insert_lines(source, quotes, change, those, at_once)
            run_sudo._replace_older()
            run_sudo._sum_up()
            if at_once:
                run_sudo._publish_lines(len(change))
            runs |= run_sudo.sudo(self.env.su)
        return runs

    @api.model
    def _changes(self, source, quotes, shops):
        """Return the rows with a new price that differs by at least their shop's threshold."""
        chosen = []
        for shop in shops:
            rows = np.flatnonzero((source.shop_id == shop.id) & (quotes.price > 0)
                                  & (source.listing_id > 0))
            old, new = source.price[rows], quotes.price[rows]
            far = np.abs(new - old) > shop.price_min_change * old
            # below its floor a price is always put right
            chosen.append(rows[(new != old) & (far | ~quotes.old_ok[rows])])
        return np.concatenate(chosen) if chosen else np.zeros(0, np.int64)

    def _not_waiting(self, source, quotes, rows):
        """Return the rows without those whose very price waits in an open run already."""
        waiting = dict(self.env.execute_query(SQL(
            """
            SELECT l.listing_id, round(l.new_price * 10 ^ c.decimal_places)::bigint
              FROM xb_price_run r JOIN xb_price_line l ON l.run_id = r.id
              JOIN xb_listing x ON x.id = l.listing_id
              JOIN res_currency c ON c.id = x.currency_id
             WHERE r.state IN ('to_approve', 'approved') AND l.state = 'proposed'
               AND l.listing_id = ANY(%s::int[]) ORDER BY l.id
            """, array(source.listing_id[rows].tolist()))))
        if not waiting:
            return rows
        return np.array([row for row in rows.tolist() if waiting.get(
            int(source.listing_id[row])) != quotes.price[row]], np.int64)

    def _replace_older(self):
        """Take the run's listings out of older runs that nobody has approved yet."""
        self.ensure_one()
        rows = self.env.execute_query(SQL(
            """
            UPDATE xb_price_line l SET state = 'skipped', remark = 'newer'
              FROM xb_price_run r, xb_price_line own
             WHERE r.id = l.run_id AND r.state = 'to_approve' AND r.id <> %(run)s
               AND l.state = 'proposed' AND own.run_id = %(run)s
               AND own.listing_id = l.listing_id
            RETURNING l.run_id
            """, run=self.id))
        if not rows:
            return
        self.env["xb.price.line"].invalidate_model()
        older = self.browse({run_id for (run_id,) in rows})
        left = dict(self.env["xb.price.line"]._read_group(
            [("run_id", "in", older.ids), ("state", "=", "proposed")], ["run_id"], ["__count"]))
        done = older.filtered(lambda run: run not in left)
        done.write({"state": "replaced"})
        done.activity_unlink(["mail.mail_activity_data_todo"])

    def _insert_lines(self, source, quotes, rows, shops, at_once=False):
        self.ensure_one()
        columns = _LineColumns(self, source, quotes, rows, shops).as_dict()
        state = "proposed"
        if at_once:
            state, columns = "published", {
                **columns, **self._get_list_prices(columns["listing_id"])}
        copy_columns(self.env.cr, "xb_price_line", {
            "run_id": [self.id] * len(rows), "state": [state] * len(rows), **columns})
        self.env["xb.price.line"].invalidate_model()

    def _sum_up(self):
        """Count the lines and what the new prices would have brought last month."""
        self.ensure_one()
        [(count, over)] = self.env.execute_query(SQL(
            "SELECT count(*), count(*) FILTER (WHERE over_limit) FROM xb_price_line"
            " WHERE run_id = %s", self.id))
        self.write({"line_count": count, "over_limit_count": over,
                    "reason": self._get_main_reason(), "effect": self._get_effect()})

    def _get_main_reason(self):
        """Return the reason of most changes; of a run that a person asked for, that."""
        if self.reason == "manual":
            return self.reason
        [(reason,)] = self.env.execute_query(SQL(
            "SELECT mode() WITHIN GROUP (ORDER BY reason) FROM xb_price_line WHERE run_id = %s",
            self.id))
        return reason

    def _get_effect(self):
        """Return what last month's quantities would have brought more, company currency."""
        [(effect,)] = self.env.execute_query(SQL(
            """
            SELECT COALESCE(sum((l.new_profit - l.old_profit) * s.quantity), 0)
              FROM (%s) s JOIN xb_price_line l ON l.listing_id = s.listing_id
             WHERE l.run_id = %s
            """, self.env["xb.listing"]._get_sold_query(self.shop_ids.ids), self.id))
        return float(effect)


class _LineColumns:
    """The columns of a run's lines."""

    def __init__(self, run, source, quotes, rows, shops):
        self.run, self.source, self.quotes, self.rows = run, source, quotes, rows
        place = {shop.id: n for n, shop in enumerate(shops)}
        index = np.array([place[one] for one in source.shop_id[rows].tolist()], np.int64)
        self.unit = np.array([10.0 ** shop.currency_id.decimal_places for shop in shops])[index]
        self.limit = np.array([shop.price_approval_change for shop in shops])[index]
        self.home = 10 ** run.company_id.currency_id.decimal_places

    def as_dict(self):
        """Return the values by column."""
        source, quotes, rows = self.source, self.quotes, self.rows
        old, new = source.price[rows], quotes.price[rows]
        change = np.where(old > 0, (new - old) / np.maximum(old, 1), 1.0)
        return {
            "listing_id": source.listing_id[rows].tolist(),
            "rule_id": quotes.rule[rows].tolist(),
            "old_price": (old / self.unit).tolist(), "new_price": (new / self.unit).tolist(),
            "change": np.round(change, 6).tolist(),
            "floor_price": (quotes.floor[rows] / self.unit).tolist(),
            "old_margin": np.clip(np.round(quotes.old_margin[rows], 6), -99, 99).tolist(),
            "new_margin": np.round(quotes.margin[rows], 6).tolist(),
            "old_profit": (quotes.old_profit[rows] / self.home).tolist(),
            "new_profit": (quotes.profit[rows] / self.home).tolist(),
            "cost": (quotes.cost[rows] / self.home).tolist(),
            "freight": (quotes.freight[rows] / self.home).tolist(),
            "fee": np.round(quotes.fees[rows] / np.maximum(new, 1), 6).tolist(),
            "rate": quotes.rate[rows].tolist(), "reason": self._reasons(),
            "over_limit": (
                (np.abs(change) > self.limit) & (old > 0) & (self.limit > 0)).tolist(),
        }

    def _reasons(self):
        """Return why each price changes: what has moved most since it was last computed."""
        return self.run.env["xb.listing"]._get_reasons(
            self.source, self.quotes, self.rows, self.run.reason)
