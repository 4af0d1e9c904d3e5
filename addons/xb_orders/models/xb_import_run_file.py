from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core import repair
from ..core.problem import ReadError
from ..core.text import REASON_MARK

# Older imports whose decisions a repaired file may need.
REMEMBERED_RUNS = 20
# Documents of one verdict that a trial's page spells out; the list has them all.
DIFF_ROWS = 200
# Verdict -> badge, icon, and the field that says more.
DIFF_LOOK = {
    "created": ("text-bg-success", "fa-plus", ""),
    "updated": ("text-bg-info", "fa-pencil", "changes"),
    "held": ("text-bg-warning", "fa-hand-paper-o", "problem_summary"),
    "rejected": ("text-bg-danger", "fa-times", "problem_summary"),
    "unchanged": ("text-bg-light", "fa-minus", ""),
}
TO_REPAIR = ("held", "rejected")


class XbImportRun(models.Model):
    """What a file says of itself, and its rows to be repaired."""

    _inherit = "xb.import.run"

    layout = fields.Char(readonly=True)
    signature = fields.Char("Mark of the Headings", readonly=True, index="btree_not_null")
    day_totals = fields.Json(
        readonly=True, copy=True,
        help="What the file's own orders come to per day of the shop and currency:"
             ' {"2026-05-04": {"EUR": {"count": 3, "sum": "120.5"}}}. Cancelled orders do not'
             " count.")

    diff_html = fields.Html("What Would Change", compute="_compute_diff_html", sanitize=False)
    days_html = fields.Html("Days", compute="_compute_days_html", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends("line_ids.state", "line_ids.changes", "line_ids.problem_summary")
    @api.depends_context("lang")
    def _compute_diff_html(self):
        render = self.env["ir.qweb"]._render  # escapes what comes from the file
        for run in self:
            run.diff_html = run.dry_run and run.state == "done" and render(
                "xb_orders.import_diff", {"groups": run._get_diff_groups()})

    @api.depends("day_totals")
    def _compute_days_html(self):
        render = self.env["ir.qweb"]._render
        for run in self:
            days = [{"day": day, "currency": currency, **entry}
                    for day, by_currency in (run.day_totals or {}).items()
                    for currency, entry in by_currency.items()]
            run.days_html = days and render("xb_orders.import_days", {"days": days})

    def _get_diff_groups(self):
        """What a trial found, by verdict: new, changed field by field, unchanged, problems."""
        self.ensure_one()
        titles = {
            "created": self.env._("new"),
            "updated": self.env._("changed"),
            "held": self.env._("held for a person"),
            "rejected": self.env._("unreadable: the file must be repaired"),
            "unchanged": self.env._("unchanged"),
        }
        by_state = self.line_ids.grouped("state")
        found = []
        for state, (badge, icon, detail) in DIFF_LOOK.items():
            lines = by_state.get(state, self.line_ids.browse())
            shown = lines[:DIFF_ROWS] if detail else lines.browse()
            found.append({
                "title": titles[state], "badge": badge, "icon": icon, "count": len(lines),
                "rows": [{"ref": line.ref, "parts": [
                    _diff_part(text) for text in (line[detail] or "").splitlines() or [""]]}
                    for line in shown],
                "more": len(lines) - len(shown) if detail else 0,
            })
        return [group for group in found if group["count"]]

    # === ACTION METHODS === #

    def action_repair_xlsx(self):
        """Download the rows that were held or rejected, with the reason beside each."""
        return self._prepare_download_action("xlsx")

    def action_repair_csv(self):
        """The same as CSV."""
        return self._prepare_download_action("csv")

    def _prepare_download_action(self, kind):
        self.ensure_one()
        if not self._get_lines_to_repair():
            raise UserError(self.env._("No row of this file was held or rejected."))
        return {"type": "ir.actions.act_url", "target": "download",
                "url": f"/xb/import/{self.id}/repair.{kind}"}

    # === BUSINESS METHODS === #

    def _finish(self):
        """Extend: the file's own totals prove the completeness of its days."""
        result = super()._finish()
        if not self.dry_run:
            self.env["xb.shop.day"]._record_file(self)
        return result

    def _get_lines_to_repair(self):
        return self.line_ids.filtered(lambda line: line.state in TO_REPAIR)

    def _build_repair_file(self, kind):
        """The rows that were held or rejected as a file that can be repaired and uploaded again.

        :param str kind: ``xlsx`` or ``csv``.
        :return: ``(file name, bytes)``
        :raise UserError: when the import kept no file.
        """
        self.ensure_one()
        lines = self._get_lines_to_repair()
        data = self.with_context(bin_size=False).file
        if not data:
            raise UserError(self.env._("This import has no file."))
        numbers, reasons = set(), defaultdict(lambda: ([], []))
        for line in lines:
            numbers.update(line._get_row_numbers())
            for row, problem, remedy in line._get_reasons():
                reasons[row][0].append(problem)
                reasons[row][1].append(remedy)
        texts = {row: tuple("\n".join(dict.fromkeys(filter(None, part))) for part in parts)
                 for row, parts in reasons.items()}
        settings = {setting["key"]: setting["value"] for setting in self.settings or []}
        try:
            table = repair.table(self._decode_file(data), settings, numbers)
        except ReadError as error:
            raise UserError(error.problem.as_dict(self.env._)["message"]) from error
        write = repair.write_csv if kind == "csv" else repair.write_xlsx
        stem, mark = self.name.rpartition(".")[0] or self.name, self.env._("to repair")
        headings = (self.env._("Problem"), self.env._("What to do"))
        return f"{stem} - {mark}.{kind}", write(table, headings, texts)

    def _decode_file(self, data):
        return self.env["xb.import.wizard"]._decode(data)

    def _get_repair_options(self, shop):
        """How the shop's latest files were read, for the repaired rows of one of them: a few
        rows prove less than the whole file did.

        :rtype: dict[str, dict]
        """
        runs = self.search([("shop_id", "=", shop.id), ("signature", "!=", False)],
                           limit=REMEMBERED_RUNS)
        saved = {}
        for run in reversed(runs):
            settings = {setting["key"]: setting["value"] for setting in run.settings or []}
            saved[f"{REASON_MARK}{run.signature}"] = {
                "layout": run.layout,
                "tz": settings.get("tz") or "",
                "decimal": _by_field(settings, "decimal."),
                "date_order": _by_field(settings, "date_order."),
                "mapping": _by_field(settings, "mapping."),
            }
        return saved


def _by_field(settings, prefix):
    return {key.removeprefix(prefix): value for key, value in settings.items()
            if key.startswith(prefix) and value}


def _diff_part(text):
    """A change as it is shown: "Ship By: 1 May → 2 May" is a field, a value and another."""
    before, arrow, new = text.partition(" → ")
    label, colon, old = before.rpartition(": ")
    if colon and arrow:
        return {"field": label, "old": old, "new": new, "text": ""}
    return {"field": "", "old": "", "new": "", "text": text}
