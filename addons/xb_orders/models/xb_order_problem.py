import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import CHUNK, STOCK_SHORT, WAITING_CODES
from ..core.problem import retold, stored
from ..words import words

SEVERITIES = [("blocking", "Blocking"), ("warning", "Warning")]
STATES = [("open", "Open"), ("solved", "Solved"), ("waived", "Waived")]


class XbOrderProblem(models.Model):
    """One thing that keeps an order, or a document that is to become one, from going on.

    What is stored is a code and the sentence's values; message and remedy are made when somebody
    reads them, in his language. Problems are found and closed by the import; people retry or
    waive them.
    """

    _name = "xb.order.problem"
    _description = "Order Problem"
    _rec_name = "code"
    _order = "state, id desc"

    shop_id = fields.Many2one(
        "xb.shop", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    intake_id = fields.Many2one(
        "xb.order.intake", "Incoming Order", readonly=True, index="btree_not_null",
        ondelete="cascade")
    order_id = fields.Many2one(
        "sale.order", "Sales Order", readonly=True, index="btree_not_null", ondelete="cascade")
    ref = fields.Char("Platform Reference", compute="_compute_ref")
    code = fields.Char(required=True, readonly=True, index=True)
    subject = fields.Char(
        "Concerns", readonly=True, index="btree_not_null",
        help="The SKU, currency or place that is missing; repairing it once repairs all that"
             " wait for it.",
    )
    line_ref = fields.Char("Platform Line", readonly=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True, default="blocking")
    state = fields.Selection(STATES, required=True, readonly=True, default="open")
    data = fields.Json(readonly=True, help="The sentence and its values, in no language.")
    title = fields.Char("Problem", compute="_compute_texts")
    message = fields.Text(compute="_compute_texts")
    remedy = fields.Text("What to Do", compute="_compute_texts")
    fix_label = fields.Char(compute="_compute_texts")
    closed_at = fields.Datetime("Closed On", readonly=True)
    closed_by_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Char("Waived Because", readonly=True)

    _open_idx = models.Index("(shop_id, code) WHERE state = 'open'")
    _subject_idx = models.Index("(subject, shop_id) WHERE state = 'open'")
    _has_owner = models.Constraint(
        "CHECK (intake_id IS NOT NULL OR order_id IS NOT NULL)",
        "A problem belongs to an incoming document or to an order.",
    )

    # === COMPUTE METHODS === #

    @api.depends("intake_id.ref", "order_id.xb_ref", "order_id.name")
    def _compute_ref(self):
        for problem in self:
            order = problem.order_id
            problem.ref = problem.intake_id.ref or order.xb_ref or order.name

    @api.depends("code", "data")
    @api.depends_context("lang")
    def _compute_texts(self):
        titles, remedies = self._get_titles(), self.env["xb.order.intake"]._get_remedies()
        fixes = self._get_fixes()
        for problem in self:
            problem.title = titles.get(problem.code, problem.code)
            problem.message = retold(problem.data or {}, words(self.env))
            problem.remedy = remedies.get(problem.code, False)
            problem.fix_label = fixes.get(problem.code, (False,))[0]

    @api.depends("title", "ref")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for problem in self:
            problem.display_name = f"{problem.ref}: {problem.title}"

    # === ACTION METHODS === #

    def action_fix(self):
        """Do what repairs the problem, or open the form in which a person does.

        :return: an action
        """
        self.ensure_one()
        self._check_may_act()
        fix = self._get_fixes().get(self.code)
        return getattr(self, fix[1])() if fix else self.action_open()

    def action_open(self):
        """Open the order, or the document where there is no order yet."""
        self.ensure_one()
        return (self.order_id or self.intake_id).get_formview_action()

    def action_retry(self):
        """Try again what the problems keep back, in bulk.

        :return: a notification that says what became of it
        """
        todo = self.filtered(lambda problem: problem.state == "open")
        todo._check_may_act()
        if not todo:
            raise UserError(self.env._("None of these problems is open."))
        todo._retry()
        left = len(todo.filtered(lambda problem: problem.state == "open"))
        return self._notify(self.env._(
            "%(done)s problems solved, %(left)s still open.", done=len(todo) - left, left=left),
            left)

    def action_waive(self, reason=False):
        """Let the orders go on in spite of these problems, in bulk.

        An order goes on, a document without an order is dismissed.

        :param str reason: kept with the problems.
        :return: a notification
        """
        todo = self.filtered(lambda problem: problem.state == "open")
        todo._check_may_act()
        if not todo:
            raise UserError(self.env._("None of these problems is open."))
        todo._waive(reason if isinstance(reason, str) else False)
        return self._notify(self.env._("%(count)s problems waived.", count=len(todo)))

    def _notify(self, message, left=0):
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {"type": "warning" if left else "success", "message": message,
                       "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    # === BUSINESS METHODS === #

    def _check_may_act(self):
        """Acting on problems needs the right to import; the rows are written by the import."""
        self.check_access("read")
        self.shop_id._check_import_access()

    def _retry(self):
        """Import the documents again, look at the orders again."""
        # In sudo mode: the callers have checked the right to import.
        self_sudo = self.sudo()
        intakes = self_sudo.intake_id.filtered(
            lambda intake: intake.state in ("held", "rejected") and not intake.is_blocked)
        for start in range(0, len(intakes), CHUNK):
            intakes[start:start + CHUNK]._retry()
        self_sudo.filtered(lambda problem: not problem.intake_id).order_id._xb_recheck_problems()

    def _waive(self, reason):
        self_sudo = self.sudo()
        self_sudo._close("waived", reason)
        orders, intakes = self_sudo.order_id, self_sudo.intake_id
        for intake in intakes.filtered(lambda intake: intake.state in ("held", "rejected")):
            if any(problem.state == "open" for problem in intake.problem_ids):
                continue
            if intake.order_id:
                intake.write({"state": "imported", **intake._prepare_problem_vals([])})
            else:
                intake.write({
                    "state": "dismissed", "dismiss_reason": reason or self.env._("Waived")})
        orders._message_log_batch(bodies={
            order.id: self.env._(
                "Problem waived by %(user)s: %(what)s", user=self.env.user.name,
                what=", ".join(self_sudo.filtered(
                    lambda problem, order=order: problem.order_id == order).mapped("message")))
            for order in orders
        })
        orders._xb_go_on(self_sudo.filtered(lambda row: row.code == STOCK_SHORT).order_id)

    def _close(self, state, reason=False):
        """Close the open ones among these problems."""
        todo = self.sudo().filtered(lambda problem: problem.state == "open")
        if todo:
            todo.write({
                "state": state, "closed_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid, "reason": reason,
            })

    # === BUSINESS METHODS - FINDING === #

    @api.model
    def _sync(self, drafts):
        """Make the open problems of imported documents what the import has just found.

        :param list drafts: :class:`~..core.draft.Draft` objects with their intakes.
        """
        orders = {draft.intake: draft.order for draft in drafts if draft.order}
        self._sync_documents({draft.intake: draft.problems for draft in drafts}, orders)
        self.env["xb.order.address"]._check_orders(
            self.env["sale.order"].union(*orders.values()))

    @api.model
    def _sync_documents(self, found, orders=None):
        """See :meth:`_sync`.

        :param dict found: problems by intake, see :func:`~..core.problem.stored`.
        :param dict orders: sale order by intake, where there is one.
        """
        orders = orders or {}
        self_sudo = self.sudo()
        intakes = self.env["xb.order.intake"].union(*found)
        rows = self_sudo.search([("intake_id", "in", intakes.ids), ("state", "=", "open")])
        known = {(row.intake_id, self._key(row.data)): row for row in rows}
        vals_list = []
        for intake, problems in found.items():
            order = orders.get(intake)
            for problem in problems:
                row = known.pop((intake, self._key(problem)), None)
                if row is None:
                    vals_list.append(self._prepare_vals(problem, intake.shop_id, intake, order))
                elif order and row.order_id != order:
                    row.order_id = order
        self.union(*known.values())._close("solved")
        if vals_list:
            self_sudo.create(vals_list)

    @api.model
    def _prepare_vals(self, problem, shop, intake=None, order=None):
        values = problem.get("values") or {}
        return {
            "shop_id": shop.id,
            "intake_id": intake.id if intake else False,
            "order_id": order.id if order else False,
            "code": problem["code"],
            "line_ref": problem.get("line") or False,
            "severity": problem.get("severity") or "blocking",
            "subject": str(values.get("sku") or values.get("code") or "") or False,
            "data": problem,
        }

    @api.model
    def _key(self, problem):
        return json.dumps(problem or {}, sort_keys=True)

    @api.model
    def _raise_on(self, order, code, template, at=False, severity="blocking", /, **values):
        """Add a problem to an order, once.

        :param str template: marked English sentence, ``%(name)s`` filled from ``values``.
        """
        problem = {**stored(code, template, values, at), "severity": severity}
        rows = self.sudo().search([("order_id", "=", order.id), ("state", "=", "open")])
        if self._key(problem) not in [self._key(row.data) for row in rows]:
            self.sudo().create(self._prepare_vals(problem, order.xb_shop_id, None, order))

    # === BUSINESS METHODS - GOING ON === #

    @api.model
    def _release(self, shop, subjects):
        """Try again all that waits for these subjects; what is much, in the background.

        :param xb.shop shop: only of this shop; an empty one for all of them.
        :param subjects: SKUs, currency codes …
        """
        domain = Domain("state", "=", "open") & Domain("subject", "in", list(subjects))
        if shop:
            domain &= Domain("shop_id", "in", shop.ids)
        # In sudo mode: whoever maps an SKU releases the orders that wait for it.
        waiting = self.sudo().search(domain)
        intakes = waiting.intake_id.filtered(lambda intake: intake.state == "held")
        if len(intakes) <= CHUNK:
            intakes._retry()
            return
        for start in range(0, len(intakes), CHUNK):
            intakes[start:start + CHUNK]._enqueue_retry()

    @api.model
    def _cron_retry(self):
        """Enqueue what may have been repaired meanwhile."""
        rows = self.search([("state", "=", "open"), ("code", "in", list(WAITING_CODES)),
                            ("intake_id.state", "=", "held")])
        for intakes in rows.intake_id.grouped("shop_id").values():
            for start in range(0, len(intakes), CHUNK):
                intakes[start:start + CHUNK]._enqueue_retry()

    # === HOOKS === #

    @api.model
    def _get_titles(self):
        """Short name of each code, in the user's language.

        :rtype: dict[str, str]
        """
        return {
            "unknown_sku": self.env._("SKU not mapped"),
            "ambiguous_sku": self.env._("SKU of several products"),
            "unknown_currency": self.env._("Currency not active"),
            "unknown_country": self.env._("Unknown country"),
            "tax_mismatch": self.env._("Tax does not fit"),
            "total_mismatch": self.env._("Total does not fit"),
            "quantity_precision": self.env._("Quantity too precise"),
            STOCK_SHORT: self.env._("Not enough stock"),
            "too_late": self.env._("Change came too late"),
            "already_delivered": self.env._("Cancelled after delivery"),
            "cancelled_here": self.env._("Cancelled here only"),
            "confirm_failed": self.env._("Not confirmed"),
            "refused": self.env._("Refused by Odoo"),
            "sale_unknown": self.env._("Sale missing"),
            "sale_not_named": self.env._("Sale not named"),
            "more_than_sold": self.env._("More cancelled than sold"),
            "not_a_sale": self.env._("No sale"),
            "address": self.env._("Address doubtful"),
            "schema": self.env._("Malformed"),
        }

    @api.model
    def _get_fixes(self):
        """What *Fix* does per code: its label and the method.

        :rtype: dict[str, tuple[str, str]]
        """
        order = (self.env._("Open Order"), "action_open")
        return {
            "unknown_sku": (self.env._("Map SKU"), "_fix_listing"),
            "ambiguous_sku": (self.env._("Map SKU"), "_fix_listing"),
            "unknown_currency": (self.env._("Activate Currency"), "_fix_currency"),
            "tax_mismatch": (self.env._("Open Taxes"), "_fix_taxes"),
            "total_mismatch": order, "confirm_failed": order, "cancelled_here": order,
            "too_late": (self.env._("Decide"), "_fix_late"),
            "already_delivered": (self.env._("Decide"), "_fix_late"),
            "address": (self.env._("Correct Address"), "_fix_address"),
        }
