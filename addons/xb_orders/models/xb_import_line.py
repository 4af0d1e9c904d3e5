from odoo import api, fields, models

from ..core.merging import merged
from ..core.problem import retold
from .xb_order_intake import search_stored_problems

VERDICTS = [
    ("pending", "Waiting"),
    ("created", "Imported"),
    ("updated", "Updated"),
    ("unchanged", "Unchanged"),
    ("held", "Held"),
    ("rejected", "Rejected"),
]
KINDS = [
    ("order", "Order"),
    ("cancellation", "Cancellation"),
    ("adjustment", "Adjustment"),
    ("rejected", "Unreadable"),
]


class XbImportLine(models.Model):
    """One document of an imported file, and the verdict on it."""

    _name = "xb.import.line"
    _description = "Imported Document"
    _rec_name = "ref"
    _order = "run_id, sequence, id"

    run_id = fields.Many2one("xb.import.run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    shop_id = fields.Many2one(related="run_id.shop_id", store=True)
    sequence = fields.Integer(readonly=True)
    lane = fields.Integer(
        readonly=True, help="Documents of different lanes are imported at the same time.")
    ref = fields.Char("Document", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    rows = fields.Char(readonly=True, help="Rows of the file that make the document.")
    amount = fields.Char(readonly=True, help="What its rows add up to, in the file's currency.")
    document = fields.Json(
        "As Read", readonly=True, help="The document as it was read from the file.")
    state = fields.Selection(VERDICTS, "Verdict", required=True, default="pending", readonly=True)
    problems = fields.Json(readonly=True)
    problem_summary = fields.Text(
        "Problem", compute="_compute_problem_summary", search="_search_problem_summary")
    problem_code = fields.Char(readonly=True)
    changes = fields.Text(readonly=True, help="What an update changes in the order.")
    order_id = fields.Many2one("sale.order", readonly=True, ondelete="set null",
                               index="btree_not_null")
    intake_id = fields.Many2one("xb.order.intake", "Incoming Order", readonly=True,
                                ondelete="set null", index="btree_not_null")
    intake_state = fields.Selection(related="intake_id.state", string="Today")
    remedy = fields.Text(related="intake_id.remedy")

    _run_ref_uniq = models.Constraint(
        "UNIQUE(run_id, ref)", "A document has one line in an import.",
    )
    _pending_idx = models.Index("(run_id, lane, sequence) WHERE state = 'pending'")

    # === COMPUTE METHODS === #

    @api.depends("problems")
    @api.depends_context("lang")
    def _compute_problem_summary(self):
        for line in self:
            line.problem_summary = "\n".join(
                retold(problem, self.env._) for problem in line.problems or []) or False

    def _search_problem_summary(self, operator, value):
        return search_stored_problems(operator, value)

    # === ACTION METHODS === #

    def action_open_order(self):
        """Open the sales order of this document."""
        self.ensure_one()
        return self.order_id.get_formview_action()

    def action_open_intake(self):
        """Open what is kept of this document."""
        self.ensure_one()
        return self.intake_id.get_formview_action()

    # === BUSINESS METHODS === #

    def _set_verdicts(self, verdicts):
        """Write one verdict per line, in order; see ``xb.order.importer._import``."""
        intakes = self.env["xb.order.intake"].search_fetch(
            [("shop_id", "in", self.shop_id.ids), ("ref", "in", self.mapped("ref"))], ["ref"])
        by_ref = {intake.ref: intake.id for intake in intakes}
        for line, verdict in zip(self, verdicts, strict=True):
            problems = verdict["problems"]
            line.write({
                "state": verdict["state"],
                "order_id": verdict["order_id"],
                "intake_id": by_ref.get(line.ref, False),
                "problems": problems or False,
                "problem_code": problems[0]["code"] if problems else False,
                "changes": "\n".join(verdict.get("changes") or []) or False,
            })

    def _is_blocked(self, known=None):
        """Whether reading the file raised a doubt that a person must settle first.

        :param dict known: see :meth:`_get_known_values`.
        """
        self.ensure_one()
        # That a sale is not in the file says nothing: it may have come with an earlier one.
        # Nor does a report without prices, where the prices are known.
        harmless = {"sale_not_in_file"}
        if (known or {}).get(self.ref):
            harmless.add("prices_missing")
        return any(
            problem["blocking"] and problem["code"] not in harmless
            for problem in self.document["problems"]
        )

    def _get_known_values(self):
        """What is known already of the orders that these documents only complete.

        :return: ``{reference: order value}``
        """
        refs = [line.ref for line in self if line.document.get("merge")]
        intakes = self.env["xb.order.intake"].search_fetch(
            [("shop_id", "in", self.shop_id.ids), ("ref", "in", refs), ("kind", "=", "order"),
             "|", ("order_id", "!=", False),
             "&", ("is_blocked", "=", False), ("state", "!=", "rejected")], ["ref", "value"],
        ) if refs else []
        return {intake.ref: intake.value for intake in intakes if intake.value}

    def _get_order_value(self, known):
        """The order value to import, put together with what is known already."""
        self.ensure_one()
        return merged(known.get(self.ref) or {}, self.document["value"],
                      self.document.get("merge") or "")

    def _get_row_numbers(self):
        """The rows of the file that make the document."""
        self.ensure_one()
        return self.document.get("rows") or []

    def _get_reasons(self):
        """Why the document was held or rejected: ``[(row, problem, remedy)]``."""
        self.ensure_one()
        rows = self._get_row_numbers()
        if not rows:
            return []
        remedies = self.env["xb.order.intake"]._get_remedies()
        of_line = self.document.get("line_rows") or {}
        reasons = []
        for problem in self.problems or []:
            row = (problem.get("values") or {}).get("row") or of_line.get(
                problem.get("line") or "")
            reasons.append((row if row in rows else rows[0], retold(problem, self.env._),
                            remedies.get(problem["code"]) or ""))
        return reasons

    def _prepare_cancellation(self):
        """The row for ``import_cancellations`` of this document."""
        self.ensure_one()
        document = self.document
        return {
            "ref": self.ref,
            "cancels": document.get("cancels") or False,
            "placed_at": document.get("placed_at") or False,
            "buyer_id": document.get("buyer_id") or False,
            "lines": document.get("lines") or [],
        }
