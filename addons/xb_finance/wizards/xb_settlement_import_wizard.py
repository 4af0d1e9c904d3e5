import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_orders.core.problem import ReadError
from odoo.addons.xb_orders.words import words

from ..const import FORMAT_SELECTION, LARGE, LARGE_PACKED
from ..core.statements.registry import read_statement, recognise
from ..core.statements.source import ARCHIVE


class XbSettlementImportWizard(models.TransientModel):
    """Reads a statement, shows what it understood, and imports it."""

    _name = "xb.settlement.import.wizard"
    _description = "Import Statement"

    shop_id = fields.Many2one("xb.shop", required=True, default=lambda self: self._default_shop())
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    format_code = fields.Selection(
        FORMAT_SELECTION, "Statement",
        help="Empty: recognised by its content.")
    profile_id = fields.Many2one("xb.settlement.profile",
                                 help="For files whose columns a person has named.")
    encoding = fields.Selection(
        [("utf-8", "Unicode (UTF-8)"), ("gb18030", "Chinese (GB 18030)"),
         ("cp1252", "Western Europe"), ("cp932", "Japanese (Shift JIS)")], "Characters",
        help="Empty: recognised.")
    decimal = fields.Selection(
        [(".", "Point: 1234.50"), (",", "Comma: 1234,50")], "Decimal Sign",
        help="Empty: recognised, and proved by the total.")
    date_order = fields.Selection(
        [("DMY", "Day first: 31/12/2026"), ("MDY", "Month first: 12/31/2026")],
        help="Empty: recognised.")
    currency_id = fields.Many2one("res.currency", help="For files that name none.")
    total = fields.Char("Control Total", help="What the rows of a profile's file must add up to.")
    preview = fields.Json(compute="_compute_preview")
    preview_html = fields.Html(compute="_compute_preview", sanitize=False)
    is_readable = fields.Boolean(compute="_compute_preview")

    # === DEFAULTS === #

    @api.model
    def _default_shop(self):
        shops = self.env["xb.shop"].search([], limit=2)
        return shops if len(shops) == 1 else shops.browse()

    # === COMPUTE METHODS === #

    @api.depends("file", "shop_id", "format_code", "profile_id", "encoding", "decimal",
                 "date_order", "currency_id", "total")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._read_preview() if wizard.file and wizard.shop_id else False
            wizard.is_readable = bool(wizard.preview) and not wizard.preview["refused"]
            wizard.preview_html = wizard.preview and self.env["ir.qweb"]._render(
                "xb_finance.statement_preview", wizard.preview)

    # === ACTION METHODS === #

    def action_recognise(self):
        """Read the file and show the result in the same dialog."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_settlement_import_wizard_action")
        return {**action, "res_id": self.id}

    def action_import(self):
        """Import the file and open what came of it; a large one in the background, to be watched.

        :raise UserError: when the file is refused, with row, column and remedy
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        handed_in = (self.filename or self.env._("statement"), self._get_data(),
                     self._prepare_options())
        if self._is_large(base64.b64decode(handed_in[1])):
            file_id = self.shop_id.enqueue_statement(*handed_in)
            return self.env["xb.settlement.file"].browse(file_id).get_formview_action()
        verdicts = self.shop_id.import_statement(*handed_in)
        refused = [problem["message"] for verdict in verdicts
                   if verdict["state"] == "refused" and not verdict["settlement_id"]
                   for problem in verdict["problems"]]
        if refused:
            raise UserError("\n".join(refused))
        ids = [verdict["settlement_id"] for verdict in verdicts if verdict["settlement_id"]]
        if all(verdict["state"] == "unchanged" for verdict in verdicts):
            message = self.env._("This file has been imported before; nothing has changed.")
        else:
            message = self.env._("%(count)s settlements imported.", count=len(ids))
        return self._prepare_notification(message, ids)

    # === BUSINESS METHODS === #

    def _prepare_notification(self, message, ids):
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_finance.xb_settlement_action")
        if len(ids) == 1:
            action = {**action, "views": [(False, "form")], "res_id": ids[0], "domain": []}
        else:
            action = {**action, "domain": [("id", "in", ids)], "context": {}}
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {"message": message, "type": "success", "next": action},
        }

    def _get_data(self):
        data = self.with_context(bin_size=False).file
        return data.decode() if isinstance(data, bytes) else data

    def _prepare_options(self):
        mapping = self.profile_id._get_mapping() if self.profile_id else {}
        if mapping and self.total:
            mapping["total"] = self.total
        return {
            "format": "mapped" if self.profile_id else self.format_code or "",
            "encoding": self.encoding or "", "decimal": self.decimal or "",
            "date_order": self.date_order or "", "mapping": mapping,
            "currency": self.currency_id.name or "",
        }

    @staticmethod
    def _is_large(data):
        """Tell whether reading the file would keep a person, and the web server, waiting."""
        return len(data) > (LARGE_PACKED if data.startswith(ARCHIVE) else LARGE)

    def _read_preview(self):
        """Return what the template shows: documents with their equation, or the refusal."""
        data = base64.b64decode(self._get_data() or "")
        handed_in = (self.filename or "", data,
                     *self.shop_id._get_statement_options(self._prepare_options()))
        large = self._is_large(data)
        try:
            if large and data.startswith(ARCHIVE):
                readers, label = [], False
            elif large:
                readers, label = [], self._get_format_label(recognise(*handed_in))
            else:
                readers, label = read_statement(*handed_in), False
        except ReadError as error:
            return {"refused": error.problem.as_dict(words(self.env)), "large": False,
                    "documents": [], "remarks": []}
        return {
            "refused": False,
            "large": large and {"label": label, "size": f"{len(data) / (1 << 20):.1f}"},
            "documents": [
                self._prepare_document(reader, document) for reader in readers
                for document in reader.documents.values()],
            "remarks": [remark.as_dict(words(self.env))["message"] for reader in readers
                        for remark in reader.remarks[:10]],
        }

    def _get_format_label(self, reader):
        return dict(self._fields["format_code"]._description_selection(self.env))[reader.code]

    def _prepare_document(self, reader, document):
        labels = dict(self.env["xb.settlement.line"]._fields["kind_group"]
                      ._description_selection(self.env))
        groups = document.groups()

        def said(amount):
            return f"{amount:,.{document.digits}f}"

        return {
            "key": document.key, "label": self._get_format_label(reader),
            "currency": document.currency, "style": reader.numbers.style,
            "count": document.count, "payout": said(document.payout),
            "start": str(document.start or ""), "end": str(document.end or ""),
            "terms": [(labels[name], said(amount)) for name, amount in groups.items()
                      if name != "payout"],
            "opening": document.opening and said(document.opening),
            "closing": document.closing and said(document.closing),
            "problems": [problem.as_dict(words(self.env))["message"]
                         for problem in document.problems],
        }
