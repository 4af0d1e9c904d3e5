from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.currencies import digits

SHOWN = 200


class XbCarrierBillWizard(models.TransientModel):
    """Reads a carrier's bill: a verdict per row first, then a draft vendor bill."""

    _name = "xb.carrier.bill.wizard"
    _description = "Import Carrier Bill"

    carrier_id = fields.Many2one("xb.carrier", required=True)
    vendor_id = fields.Many2one(
        "res.partner", "Billed By", compute="_compute_vendor_id", store=True, readonly=False,
        help="Who bills for the carrier; remembered.")
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    profile_id = fields.Many2one(
        "xb.carrier.bill.profile", compute="_compute_vendor_id", store=True, readonly=False,
        help="For files whose headings nobody knows. Empty: recognised.")
    name = fields.Char("Bill Number", help="For files that name none.")
    date = fields.Date("Bill Date", help="For files that name none.")
    currency_id = fields.Many2one("res.currency", required=True,
                                  default=lambda self: self.env.company.currency_id,
                                  help="For files that name none.")
    decimal = fields.Selection(
        [(".", "Point: 1234.50"), (",", "Comma: 1234,50")], "Decimal Sign",
        help="Empty: recognised.")
    date_order = fields.Selection(
        [("DMY", "Day first: 31/12/2026"), ("MDY", "Month first: 12/31/2026")],
        help="Empty: recognised.")
    total = fields.Char("Control Total", help="What the rows must add up to.")
    preview_html = fields.Html(compute="_compute_preview", sanitize=False)
    is_readable = fields.Boolean(compute="_compute_preview")

    # === COMPUTE METHODS === #

    @api.depends("carrier_id")
    def _compute_vendor_id(self):
        for wizard in self:
            wizard.vendor_id = wizard.carrier_id.vendor_id
            wizard.profile_id = self.env["xb.carrier.bill.profile"].search(
                [("carrier_id", "=", wizard.carrier_id.id),
                 ("company_id", "=", self.env.company.id)], limit=1) \
                if wizard.carrier_id else False

    @api.depends("file", "carrier_id", "profile_id", "name", "date", "currency_id", "decimal",
                 "date_order", "total")
    def _compute_preview(self):
        for wizard in self:
            wizard.is_readable, wizard.preview_html = False, False
            if not wizard.file or not wizard.carrier_id:
                continue
            verdicts = wizard._ask(dry_run=True)
            wizard.is_readable = any(
                verdict["state"] in ("created", "replaced") for verdict in verdicts)
            wizard.preview_html = self.env["ir.qweb"]._render(
                "xb_finance.carrier_bill_preview",
                {"bills": [wizard._prepare_bill(verdict) for verdict in verdicts]})

    # === ACTION METHODS === #

    def action_recognise(self):
        """Read the file and show the verdicts in the same dialog."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_carrier_bill_wizard_action")
        return {**action, "res_id": self.id}

    def action_import(self):
        """Write the bills that are whole, and open them.

        :raise UserError: when there is none, with the reasons
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        if self.vendor_id and self.vendor_id != self.carrier_id.vendor_id:
            # In sudo mode: carriers are the warehouse's, who bills for them is finance's.
            self.carrier_id.sudo().vendor_id = self.vendor_id
        verdicts = self._ask()
        ids = [verdict["move_id"] for verdict in verdicts if verdict["move_id"]]
        written = [verdict for verdict in verdicts if verdict["state"] in ("created", "replaced")]
        refused = "\n".join(problem["message"] for verdict in verdicts
                            if verdict["state"] == "refused" for problem in verdict["problems"])
        if refused and not written:
            raise UserError(refused)
        message = self.env._("%(count)s bills imported.", count=len(written)) if written \
            else self.env._("This file has been imported before; nothing has changed.")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.account_move_action_carrier")
        if len(ids) == 1:
            action = {**action, "views": [(False, "form")], "res_id": ids[0], "domain": []}
        else:
            action = {**action, "domain": [("id", "in", ids)], "context": {}}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": {
            "message": f"{message}\n{refused}".strip(),
            "type": "warning" if refused else "success", "next": action}}

    # === BUSINESS METHODS === #

    def _ask(self, dry_run=False):
        data = self.with_context(bin_size=False).file
        return self.carrier_id.import_bill(
            self.filename or "", data.decode() if isinstance(data, bytes) else data, {
                "decimal": self.decimal or "", "date_order": self.date_order or "",
                "currency": self.currency_id.name or "", "name": self.name or "",
                "date": (self.date and str(self.date)) or "", "total": self.total or "",
                "profile_id": self.profile_id.id, "partner_id": self.vendor_id.id,
            }, dry_run=dry_run)

    def _prepare_bill(self, verdict):
        """Return what the template shows of a bill: problems first, then the rows to look at."""
        rows = verdict["rows"]
        kinds = dict(self.env["xb.carrier.charge"]._fields["kind"]._description_selection(
            self.env))
        order = {"refused": 0, "open": 1, "matched": 2}
        shown = sorted(rows, key=lambda row: (order[row["state"]], not row["message"]))[:SHOWN]
        own = self.env.company.currency_id
        places = digits(verdict["currency"] or own.name)

        def money(amount):
            return f"{Decimal(amount):,.{places}f}"

        return {
            **verdict, "total": money(verdict["total"]),
            "estimate": own.format(float(verdict["estimate"])),
            "counts": {state: sum(row["state"] == state for row in rows) for state in order},
            "parcels": len({row["parcel_id"] for row in rows if row["parcel_id"]}),
            "shown": [{**row, "kind": kinds[row["kind"]],
                       "amount": money(row["amount"])} for row in shown],
            "more": len(rows) - len(shown),
        }
