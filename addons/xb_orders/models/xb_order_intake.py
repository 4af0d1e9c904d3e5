import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.xb_base.jobs import CHANNEL_IMPORT

from ..core import order_value
from ..core.problem import _lt, retold, stored
from .xb_order_builder import to_utc


def search_stored_problems(operator, value):
    """Domain of a search in the sentences of a ``problems`` field."""
    if operator not in ("ilike", "like", "=", "=ilike") or not isinstance(value, str):
        return NotImplemented
    return Domain.custom(to_sql=lambda model, alias, query: SQL(
        "%s::text ILIKE %s", model._field_to_sql(alias, "problems", query), f"%{value}%"))


INTAKE_STATES = [
    ("new", "New"),
    ("imported", "Imported"),
    ("held", "Held"),
    ("rejected", "Rejected"),
    ("dismissed", "Dismissed"),
]


class XbOrderIntake(models.Model):
    """What came in under one reference of a shop, and what became of it.

    One row per (shop, reference). It is the claim that keeps two imports from making two orders,
    the memory by which a repeated import is recognised, and the list of what a person must
    decide.
    """

    _name = "xb.order.intake"
    _description = "Incoming Order"
    _inherit = ["mail.thread"]
    _rec_name = "ref"
    _order = "id desc"
    # clerks discuss what they may not change
    _mail_post_access = "read"

    ref = fields.Char("Platform Reference", required=True, readonly=True)
    shop_id = fields.Many2one(
        "xb.shop", required=True, readonly=True, index=True, ondelete="cascade",
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("order", "Order"), ("cancellation", "Cancellation"), ("other", "Other document")],
        required=True, default="order", readonly=True,
    )
    state = fields.Selection(
        INTAKE_STATES, required=True, default="new", readonly=True, index=True,
    )
    digest = fields.Char(readonly=True, copy=False)
    value = fields.Json(readonly=True)
    value_text = fields.Text("Payload", compute="_compute_value_text")
    problems = fields.Json(readonly=True)
    problem_code = fields.Char(readonly=True, index="btree_not_null")
    problem_summary = fields.Text(
        "Problem", compute="_compute_problem_summary", search="_search_problem_summary")
    problem_ids = fields.One2many("xb.order.problem", "intake_id", "Problems", readonly=True)
    cancels = fields.Char(
        readonly=True, index="btree_not_null",
        help="Reference of the order that this cancellation is about, if it names one.",
    )
    buyer_key = fields.Char(readonly=True, index="btree_not_null")
    placed_at = fields.Datetime("Placed On", readonly=True)
    value_updated_at = fields.Datetime("Changed on Platform", readonly=True)
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="set null",
    )
    run_id = fields.Many2one(
        "xb.import.run", "Import", readonly=True, index="btree_not_null", ondelete="set null",
    )
    is_blocked = fields.Boolean(
        "Needs Acceptance", readonly=True,
        help="Reading the file raised a doubt: it is imported only if a person accepts it.",
    )
    dismiss_reason = fields.Char("Dismissed Because", readonly=True, copy=False)

    _shop_ref_uniq = models.Constraint(
        "UNIQUE(shop_id, ref)", "A reference exists once per shop.",
    )
    _arrival_idx = models.Index("(shop_id, id) WHERE kind = 'order' AND run_id IS NULL")
    _attention_idx = models.Index("(shop_id, state) WHERE state IN ('held', 'rejected')")

    # === COMPUTE METHODS === #

    @api.depends("value")
    def _compute_value_text(self):
        for intake in self:
            intake.value_text = json.dumps(
                intake.value or {}, indent=2, ensure_ascii=False, sort_keys=True,
            )

    @api.depends("problems")
    @api.depends_context("lang")
    def _compute_problem_summary(self):
        for intake in self:
            intake.problem_summary = "\n".join(
                retold(problem, self.env._) for problem in intake.problems or []) or False

    def _search_problem_summary(self, operator, value):
        """The sentences are made when they are read; what is stored is their English and what
        they speak of, and that is searched."""
        return search_stored_problems(operator, value)

    # === ACTION METHODS === #

    def action_retry(self):
        """Import again what is held; what has been repaired meanwhile goes on.

        :return: a notification that says what became of the documents.
        """
        before = self.filtered(
            lambda intake: intake.state in ("held", "rejected", "dismissed")
            and intake.kind in ("order", "cancellation") and not intake.is_blocked)
        if not before:
            raise UserError(self.env._(
                "Nothing here can be tried again. Documents that are no sale are dismissed;"
                " doubtful ones are accepted one by one."))
        before._retry()
        done = len(before.filtered(lambda intake: intake.state == "imported"))
        left = len(before) - done
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if not left else "warning",
                "message": self.env._(
                    "%(done)s imported, %(left)s still held.", done=done, left=left,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_accept(self):
        """Import documents as they were read, in spite of the doubt their file raised."""
        self._check_may_act()
        self.sudo().write({"is_blocked": False})
        return self.action_retry()

    def action_dismiss(self):
        """Open the dialog that asks why these documents need no work."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dismiss"),
            "res_model": "xb.intake.dismiss",
            "view_mode": "form",
            "target": "new",
            "context": {"default_intake_ids": self.ids},
        }

    def action_open_order(self):
        """Open the sales order of this document."""
        self.ensure_one()
        return self.order_id.get_formview_action()

    # === BUSINESS METHODS === #

    def _check_may_act(self):
        """Retrying and dismissing need the right to import, not the right to write rows: those
        are written by the import alone, in sudo mode."""
        self.check_access("read")
        self.shop_id._check_import_access()

    def _retry(self):
        """Hand the stored values to the import again, one batch per shop.

        :return: verdicts of all of them, see ``xb.shop.import_orders``.
        """
        self._check_may_act()
        verdicts = []
        for shop, intakes in self.grouped("shop_id").items():
            by_kind = intakes.grouped("kind")
            orders = by_kind.get("order", self.browse())
            verdicts += self.env["xb.order.importer"]._import(
                shop, [intake.value for intake in orders], {"retry": True},
            )
            cancellations = by_kind.get("cancellation", self.browse())
            verdicts += self.env["xb.order.canceller"]._import(
                shop, [intake.value for intake in cancellations], {"retry": True},
            )
        return verdicts

    def _enqueue_retry(self):
        """Try these documents again in the background."""
        for shop, intakes in self.grouped("shop_id").items():
            intakes.with_delay(
                channel=CHANNEL_IMPORT,
                identity_key=f"xb.order.intake.retry:{shop.id}:{intakes[:1].id}:{len(intakes)}",
                description=self.env._("Try held orders of %(shop)s again", shop=shop.name),
            )._job_retry()

    def _job_retry(self):
        """Import again what is still held; safe to run twice."""
        self.exists().filtered(lambda intake: intake.state == "held")._retry()

    @api.model
    def _hold(self, shop, lines, options):
        """Keep documents that are not imported: adjustments, unreadable ones, and those that a
        person must look at first. The same document again changes nothing.

        :param xb.shop shop: the shop.
        :param xb.import.line lines: the documents as they were read from a file.
        :param dict options: see ``xb.order.importer._import``.
        :return: verdicts, in order.
        """
        _importer, shop = self.env["xb.order.importer"]._with_import_env(shop)
        self = self.with_env(shop.env)
        found = self.search([("shop_id", "=", shop.id), ("ref", "in", lines.mapped("ref"))])
        known = {intake.ref: intake for intake in found}
        new = {line.ref: line for line in lines if line.ref not in known}
        claimed = self._claim(shop, {
            ref: line.kind if line.kind in ("order", "cancellation") else "other"
            for ref, line in new.items()
        }) if new else {}
        verdicts = []
        for line in lines:
            intake = known.get(line.ref) or claimed[line.ref]
            problems, state = self._get_hold_reasons(line)
            verdict = {
                "ref": line.ref, "state": state, "changes": [], "order_id": intake.order_id.id,
                "problems": [{**problem, "message": retold(problem, self.env._)}
                             for problem in problems],
            }
            digest = order_value.digest({
                # a sentence depends on the language of who uploads
                **line.document, "problems": [problem["code"] for problem in problems],
            })
            if intake.digest == digest or intake.state in ("imported", "dismissed"):
                verdict["state"] = "unchanged"
            else:
                intake.write({
                    "state": state, "digest": digest, "run_id": options.get("run_id"),
                    "value": line._prepare_cancellation() if line.kind == "cancellation"
                    else line.document["value"] or line.document,
                    "is_blocked": line.kind in ("order", "cancellation"),
                    "placed_at": to_utc(line.document.get("placed_at")),
                    **self._prepare_problem_vals(problems),
                })
                self.env["xb.order.problem"]._sync_documents({intake: problems})
            verdicts.append(verdict)
        return verdicts

    @api.model
    def _get_hold_reasons(self, line):
        """Why a document of a file is not imported.

        :return: ``(problems, state)``
        """
        problems = [
            {key: problem[key] for key in ("code", "template", "values", "line")}
            if problem.get("template") else
            {"code": problem["code"], "message": problem["message"], "line": problem["line"]}
            for problem in line.document["problems"]
        ]
        if not problems:
            problems = [stored("not_a_sale", _lt(
                "The document moves stock or money, but nothing is sold in it."
            ), {})]
        return problems, "rejected" if line.kind == "rejected" else "held"

    def _dismiss(self, reason):
        """Take the documents off the list of work; the same document will not come back.

        :param str reason: shown in the history.
        """
        self._check_may_act()
        todo = self.sudo().filtered(lambda intake: intake.state in ("held", "rejected"))
        todo.write({"state": "dismissed", "dismiss_reason": reason})
        todo.problem_ids._close("waived", reason)
        todo._message_log_batch(bodies={
            intake.id: self.env._("Dismissed: %(reason)s", reason=reason) for intake in todo
        })

    def _claim(self, shop, rows):
        """Take the references in hand for this transaction.

        New ones are inserted, known ones are locked. Whoever comes second waits here until the
        first has committed and then gets a serialization failure, upon which Odoo (or the queue)
        runs his whole transaction again and he finds the order made: that is how two imports of
        one order end with one order, and why this must be the first statement that writes.

        :param xb.shop shop: the shop.
        :param dict rows: reference -> kind.
        :rtype: dict[str, xb.order.intake]
        """
        refs = sorted(rows)  # one order for everybody: no deadlock
        self.env.execute_query(SQL(
            """
            INSERT INTO xb_order_intake
                   (shop_id, company_id, ref, kind, state,
                    create_uid, write_uid, create_date, write_date)
            SELECT %s, %s, ref, kind, 'new', %s, %s,
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM unnest(%s, %s) AS new(ref, kind)
             WHERE NOT EXISTS (SELECT FROM xb_order_intake old
                                WHERE old.shop_id = %s AND old.ref = new.ref)
             ORDER BY ref
                ON CONFLICT (shop_id, ref) DO NOTHING
            RETURNING id
            """,
            shop.id, shop.company_id.id, self.env.uid, self.env.uid,
            refs, [rows[ref] for ref in refs], shop.id,
        ))
        found = self.env.execute_query(SQL(
            """
            SELECT id FROM xb_order_intake WHERE shop_id = %s AND ref = ANY(%s)
             ORDER BY ref FOR NO KEY UPDATE
            """,
            shop.id, refs,
        ))
        intakes = self.browse(row_id for [row_id] in found)
        return {intake.ref: intake for intake in intakes}

    def _prepare_problem_vals(self, problems):
        """Values of the problem fields.

        :param list problems: see :func:`~..core.problem.stored`.
        """
        return {
            "problems": problems or False,
            "problem_code": problems[0]["code"] if problems else False,
        }
