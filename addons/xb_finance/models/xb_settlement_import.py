import logging
from datetime import UTC
from itertools import islice

from psycopg2.extras import execute_values

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.xb_orders.words import words

from ..const import CHUNK
from ..core.kinds import KINDS
from ..core.statements.base import BALANCE

_logger = logging.getLogger(__name__)

# What is looked at anew when a person has done something about it.
RECHECKED = ("overlaps", "fraction_here")
COLUMNS = (
    "settlement_id", "company_id", "shop_id", "currency_id", "row", "part", "kind",
    "kind_group", "amount", "original_amount", "original_currency_id", "happened_at",
    "order_ref", "reference", "related_ref", "description", "sku", "match", "create_uid",
    "write_uid",
)


class XbSettlement(models.Model):
    """From a statement that was read to settlements: once, and whole or not at all."""

    _inherit = "xb.settlement"

    @api.model
    def _import_reader(self, shop, reader, source, tell=None):
        """Write down the documents of a statement.

        :param xb.shop shop: whose statement it is
        :param reader: a :class:`~..core.statements.base.Format` that has been read
        :param dict source: see ``xb.shop._import_stream``
        :param tell: called with ``phase``, ``count``, ``total`` from time to time
        :return: verdicts, see ``xb.shop.import_statement``
        """
        currencies = self._get_currencies(reader)
        verdicts, wanted = [], {}
        for place, document in reader.documents.items():
            currency = currencies.get(document.currency)
            if not currency:
                verdicts.append(self._refuse_currency(document))
                continue
            settlement, state = self._prepare_settlement(shop, reader, document, currency, source)
            verdicts.append({"key": document.key, "state": state,
                             "settlement_id": settlement.id, "problems": []})
            if state in ("created", "replaced"):
                wanted[place] = settlement
        self._write_lines(reader, wanted, tell)
        for settlement in wanted.values():
            settlement._match_lines()
            settlement._check_whole()
        for verdict in verdicts:
            settlement = self.browse(verdict["settlement_id"] or [])
            verdict["problems"] = verdict["problems"] or settlement.problems or []
        return verdicts

    @api.model
    def _get_currencies(self, reader):
        codes = {document.currency for document in reader.documents.values()}
        return {currency.name: currency for currency in self.env["res.currency"].search(
            [("name", "in", list(codes))])}

    def _refuse_currency(self, document):
        return {
            "key": document.key, "state": "refused", "settlement_id": False,
            "problems": [{
                "code": "currency_inactive", "row": False, "column": False, "line": False,
                "path": False, "blocking": True,
                "message": self.env._(
                    "%(document)s is in %(currency)s, which is not an active currency here. "
                    "Activate it under Accounting, Currencies, and import the file again.",
                    document=document.key, currency=document.currency),
            }],
        }

    def _prepare_settlement(self, shop, reader, document, currency, source):
        """Return the settlement of a document, made or emptied, and the verdict on it."""
        known = self.search([
            ("shop_id", "=", shop.id), ("format_code", "=", reader.code),
            ("name", "=", document.key), ("state", "!=", "cancelled")], limit=1)
        if not known and document.summary:
            detailed = self._search_same_payout(shop, document, currency, is_summary=False)
            if detailed:
                detailed._take_control_total(document)
                return detailed, "unchanged"
        if not known:
            self._search_same_payout(shop, document, currency, is_summary=True)._give_way()
            # In sudo mode: finance imports settlements, it does not write what was in the file.
            return self.sudo().create(self._prepare_settlement_vals(
                shop, reader, document, currency, source)).sudo(False), "created"
        if known.digest == document.digest:
            return known, "unchanged"
        if known.state == "posted":
            known._message_log(body=self.env._(
                "The platform's statement has changed since this was posted (%(file)s). Reverse "
                "the settlement and import the file again.", file=source["filename"]))
            return known, "refused"
        self.env.flush_all()
        self.env.cr.execute(SQL(
            "DELETE FROM xb_settlement_line WHERE settlement_id = %s AND is_correction IS NOT TRUE",
            known.id))
        known.sudo().write({
            **self._prepare_settlement_vals(shop, reader, document, currency, source),
            "state": "open"})
        return known, "replaced"

    def _search_same_payout(self, shop, document, currency, is_summary):
        """Return the settlement of the same payout by the other kind of statement: totals only,
        or with its transactions."""
        same = self.search([
            ("shop_id", "=", shop.id), ("currency_id", "=", currency.id),
            ("is_summary", "=", is_summary), ("state", "!=", "cancelled"),
            ("paid_on", "=", document.paid_on)]) if document.paid_on else self.browse()
        return same.filtered(
            lambda s: not currency.compare_amounts(s.payout, float(document.payout)))[:1]

    def _take_control_total(self, document):
        """Let the totals of a payout prove its transactions, and name the bank's reference."""
        self.sudo().write({
            "declared": document.declared, "is_declared": True, "proof": "total",
            "bank_ref": self.bank_ref or document.bank_ref or False})
        self._message_log(body=self.env._("The platform's list of payouts confirms the total."))
        self._refresh()

    def _give_way(self):
        """Put totals aside that are not booked yet: their transactions have come."""
        for settlement in self.filtered(lambda s: s.state != "posted"):
            settlement.sudo().state = "cancelled"
            settlement._message_log(body=self.env._(
                "Cancelled: the transactions of this payout were imported."))

    def _get_source_file(self, shop, source):
        """Return the record of the file, made once there is something to write of it."""
        if not source.get("file"):
            # In sudo mode: finance hands files in, it does not write what was in them.
            source["file"] = self.env["xb.settlement.file"].sudo().create({
                "name": source["filename"], "shop_id": shop.id, "file": source["data"],
                "sha256": source["sha256"]}).sudo(False)
            # The content is in the attachment; the memory need not hold it as well.
            source["file"].invalidate_recordset(["file"])
        return source["file"]

    def _prepare_settlement_vals(self, shop, reader, document, currency, source):
        return {
            "name": document.key,
            "shop_id": shop.id,
            "file_id": self._get_source_file(shop, source).id,
            "currency_id": currency.id,
            "format_code": reader.code,
            "nature": document.nature,
            "is_summary": document.summary,
            "date_start": document.start or document.paid_on,
            "date_end": document.end or document.paid_on,
            "paid_on": document.paid_on or document.end,
            "bank_ref": document.bank_ref or False,
            "opening": document.opening,
            "closing": document.closing,
            "declared": document.declared or 0,
            "is_declared": document.declared is not None,
            "proof": document.proof or False,
            "problems": [problem.as_dict(words(self.env)) for problem in document.problems],
            "remarks": [problem.as_dict(words(self.env)) for problem in reader.remarks],
            "digest": document.digest,
        }

    def _prepare_line_owner_vals(self):
        """Values that every line of the settlement has."""
        self.ensure_one()
        return {"settlement_id": self.id, "company_id": self.company_id.id,
                "shop_id": self.shop_id.id, "currency_id": self.currency_id.id}

    @api.model
    def _get_kind_group(self, kind):
        return KINDS[kind].group

    def _write_lines(self, reader, wanted, tell=None):
        """Stream the lines into the table, some thousands at a time.

        Straight SQL: a statement has 100,000 lines of plain values, no line has a computed field
        of its own, and memory must not grow with them.

        :param dict wanted: place of a document in the reader -> settlement
        """
        self.env.flush_all()
        currencies = {currency.name: currency.id for currency in
                      self.env["res.currency"].with_context(active_test=False).search([])}
        owners = {place: settlement._prepare_line_owner_vals()
                  for place, settlement in wanted.items()}
        total = sum(reader.documents[place].count for place in wanted)
        rows = (self._prepare_line_row(line, owners[line.document], currencies)
                for line in reader.lines() if line.document in owners) if wanted else iter(())
        written = 0
        while chunk := list(islice(rows, CHUNK)):
            self._insert_rows(chunk)
            written += len(chunk)
            if tell:
                tell("writing", written, total)
        self.env["xb.settlement.line"].invalidate_model()
        self.invalidate_model(["line_ids"])

    def _prepare_line_row(self, line, owner, currencies):
        original = line.original or (None, "")
        return (
            owner["settlement_id"], owner["company_id"], owner["shop_id"], owner["currency_id"],
            line.row, line.part, line.kind, KINDS[line.kind].group, line.amount,
            original[0], currencies.get(original[1]),
            line.happened_at and line.happened_at.astimezone(UTC).replace(tzinfo=None),
            line.order_ref or None, line.reference or None, line.related_ref or None,
            line.description or None, line.sku or None, "open", self.env.uid, self.env.uid,
        )

    def _insert_rows(self, rows):
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        execute_values(
            self.env.cr._obj, f"INSERT INTO xb_settlement_line ({names}) VALUES %s", rows,
            page_size=1000)

    def _check_whole(self):
        """Hold a settlement for what only its lines, or other settlements, can tell."""
        self.ensure_one()
        found = [*self._get_fraction_problems(), *self._get_overlap_problems()]
        kept = [problem for problem in self.problems or [] if problem["code"] not in RECHECKED]
        if found or kept != (self.problems or []):
            self.sudo().problems = kept + found
            self._refresh()

    def _prepare_problem_vals(self, code, message, row=False):
        return {"code": code, "row": row, "column": False, "line": False, "path": False,
                "blocking": True, "message": message}

    def _get_fraction_problems(self):
        """Amounts that the currency, as it is set up here, has no decimals for."""
        if any(problem["code"] == "fraction" for problem in self.problems or []):
            return []  # the reader has said so
        rows = self.env.execute_query(SQL(
            "SELECT row, amount FROM xb_settlement_line WHERE settlement_id = %s "
            "AND amount != ROUND(amount, %s) ORDER BY row, part LIMIT 1",
            self.id, self.currency_id.decimal_places))
        return [self._prepare_problem_vals("fraction_here", self.env._(
            "Row %(row)s: %(amount)s has more decimals than %(currency)s has here. If the file is "
            "right, set the currency's rounding under Accounting, Currencies, and check again.",
            row=row, amount=amount, currency=self.currency_id.name), row)
            for row, amount in rows]

    def _get_overlap_problems(self):
        """Another statement of the shop that has brought the same money already."""
        if not (self.date_start and self.date_end):
            return []
        domain = Domain([
            ("shop_id", "=", self.shop_id.id), ("currency_id", "=", self.currency_id.id),
            ("state", "!=", "cancelled"), ("id", "!=", self.id),
            "|", ("paid_on", "=", self.nature != BALANCE and self.paid_on),
            "&", ("date_start", "<=", self.date_end), ("date_end", ">=", self.date_start),
        ])
        same = Domain("format_code", "=", self.format_code)
        # Payouts of one format follow each other; other formats, and two stretches of one
        # account, tell the same money twice.
        domain &= Domain(True) if self.nature == BALANCE else ~same
        others = self.search(domain, limit=3)
        return [self._prepare_problem_vals("overlaps", self.env._(
            "The same days are in %(others)s already. Cancel the one that is not to be "
            "booked, then check again.", others=", ".join(others.mapped("name"))),
        )] if others else []

    def action_check_again(self):
        """Check again after another settlement was cancelled or a correction was added."""
        self.shop_id._check_finance_access()
        for settlement in self.filtered(lambda s: s.state not in ("posted", "cancelled")):
            settlement._match_lines()
            settlement._check_whole()
        return True
