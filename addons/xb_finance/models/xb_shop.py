import base64
import hashlib
import io

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.xb_orders.core.problem import ReadError
from odoo.addons.xb_orders.words import words

from ..const import FINANCE_GROUP
from ..core.statements.base import Options
from ..core.statements.registry import BY_CODE, read_statement


class XbShop(models.Model):
    _inherit = "xb.shop"

    # === FIELDS === #

    settlement_mode = fields.Selection(
        [("revenue", "Book sales from the settlement"),
         ("receivable", "Settle the customers' invoices")],
        "Settlements", required=True, default="revenue",
        help="Book sales: orders are not invoiced, revenue is what the platform settles. Settle "
             "invoices: every order has an invoice; the settlement pays it.",
    )
    settlement_ids = fields.One2many("xb.settlement", "shop_id", readonly=True)
    settlement_open_count = fields.Integer(compute="_compute_settlement_counts")
    settlement_count = fields.Integer(compute="_compute_settlement_counts")
    analytic_account_id = fields.Many2one(
        "account.analytic.account", check_company=True, copy=False,
        help="Fees and sales of the shop's settlements are analysed by it.",
    )

    # === COMPUTE METHODS === #

    def _compute_settlement_counts(self):
        counts = {}
        for shop, state, count in self.env["xb.settlement"]._read_group(
                [("shop_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["shop_id", "state"], ["__count"]):
            counts.setdefault(shop.id, {})[state] = count
        for shop in self:
            by_state = counts.get(shop.id, {})
            shop.settlement_count = sum(by_state.values())
            shop.settlement_open_count = shop.settlement_count - by_state.get("posted", 0)

    # === ACTION METHODS === #

    def action_view_settlements(self):
        """Open the settlements of this shop."""
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_finance.xb_settlement_action")
        return {**action, "domain": [("shop_id", "in", self.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _check_finance_access(self):
        """Let finance in, for writing and for this shop.

        :raise AccessError: for anybody else
        """
        if not self.env.su and not self.env.user.has_group(FINANCE_GROUP):
            raise AccessError(self.env._("Only the finance role handles settlements."))
        self.check_access("read")

    def import_statement(self, filename, data, options=None):
        """Import a platform's statement: the one way in, also over RPC.

        :param str filename: its name, for messages and for documents without a number
        :param str data: the file, base64
        :param dict options: ``format``, ``encoding``, ``decimal``, ``date_order``, ``currency``
            (ISO code), ``mapping``; all optional, see ``core/statements/base.py``
        :return: one verdict per document: ``{"key", "state": created | replaced | unchanged |
            refused, "settlement_id", "problems": [{"code", "message", "row", "column"}]}``;
            a file that is refused whole gives one verdict without a key
        :rtype: list[dict]
        :raise AccessError: without the finance role
        :raise UserError: when ``data`` is not base64
        """
        self.ensure_one()
        self._check_finance_access()
        raw = self._decode_statement(data)
        source = {"filename": filename, "data": data, "sha256": hashlib.sha256(raw).hexdigest()}
        verdicts = self._import_stream(source, io.BytesIO(raw), options or {})
        if source.get("file"):
            source["file"]._close(verdicts)
        return verdicts

    def enqueue_statement(self, filename, data, options=None):
        """Import a platform's statement in the background: for files that take a while.

        :param: as of :meth:`import_statement`
        :return: id of the ``xb.settlement.file`` on which progress and verdicts appear; the same
            one while the same file waits already
        :rtype: int
        :raise AccessError: without the finance role
        :raise UserError: when ``data`` is not base64
        """
        self.ensure_one()
        self._check_finance_access()
        digest = hashlib.sha256(self._decode_statement(data)).hexdigest()
        waiting = self.env["xb.settlement.file"].search([
            ("shop_id", "=", self.id), ("sha256", "=", digest), ("state", "=", "waiting")], limit=1)
        if waiting:
            return waiting.id
        # In sudo mode: finance hands files in, it does not write what was in them.
        file = self.env["xb.settlement.file"].sudo().create({
            "name": filename, "shop_id": self.id, "file": data, "sha256": digest,
            "options": options or {}}).sudo(False)
        # The content is in the attachment; the memory need not hold it as well.
        file.invalidate_recordset(["file"])
        file._enqueue()
        return file.id

    def _decode_statement(self, data):
        try:
            return base64.b64decode(data, validate=True)
        except (ValueError, TypeError):
            raise UserError(self.env._("Hand over the file's bytes in base64.")) from None

    def _import_stream(self, source, stream, options, tell=None):
        """Read a statement, prove it and write down what is in it.

        :param dict source: ``filename`` and ``file`` (``xb.settlement.file``); without a file
            ``data`` (base64) and ``sha256`` to make one of, once there is something to write
        :param stream: the binary file
        :param tell: called with ``phase``, ``count``, ``total`` from time to time
        :return: verdicts, see :meth:`import_statement`
        """
        size = stream.seek(0, io.SEEK_END)
        reading = tell and (lambda: tell("reading", stream.tell(), size))
        try:
            readers = read_statement(source["filename"], stream,
                                     *self._get_statement_options(options), tell=reading)
        except ReadError as error:
            return [{"key": False, "state": "refused", "settlement_id": False,
                     "problems": [error.problem.as_dict(words(self.env))]}]
        verdicts = []
        for reader in readers:
            verdicts += self.env["xb.settlement"]._import_reader(self, reader, source, tell)
        return verdicts

    def _get_statement_options(self, options):
        """Return the checked options of an import, and the format."""
        def text(name):
            value = options.get(name)
            return value if isinstance(value, str) else ""

        mapping = options.get("mapping")
        code = text("format")
        return Options(
            encoding=text("encoding"), decimal=text("decimal") if text("decimal") in ".," else "",
            date_order=text("date_order") if text("date_order") in ("DMY", "MDY") else "",
            tz=self.tz or "UTC", currency=text("currency") or self.currency_id.name,
            mapping=mapping if isinstance(mapping, dict) else {},
        ), code if code in BY_CODE else ""
