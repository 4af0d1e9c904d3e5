import base64
from decimal import Decimal, InvalidOperation

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.xb_orders.core.problem import ReadError
from odoo.addons.xb_orders.words import words

from ..const import FINANCE_GROUP
from ..core.carrier_bill import BillOptions, BillReader
from ..core.statements.source import open_source

DOCUMENTS = ("in_invoice", "in_refund")


class XbCarrier(models.Model):
    """From a carrier's file to its bill: a verdict per row first, then all of a bill or none."""

    _inherit = "xb.carrier"

    vendor_id = fields.Many2one(
        "res.partner", "Billed By", company_dependent=True,
        help="Who bills for this carrier: the vendor of its bills.")

    # === BUSINESS METHODS === #

    def import_bill(self, filename, data, options=None, dry_run=False):
        """Import a carrier's bill with its charges per parcel: the one way in, also over RPC.

        :param str filename: its name, for messages
        :param str data: the file, base64
        :param dict options: ``decimal``, ``date_order``, ``currency`` (ISO code), ``name`` (bill
            number), ``date`` (ISO), ``total`` (text), ``profile_id``, ``partner_id`` (the vendor,
            where the carrier has none), ``company_id``; all optional
        :param bool dry_run: say what would be done, and do nothing
        :return: a verdict per bill: ``{"bill", "currency", "total", "estimate", "state": created |
            replaced | unchanged | refused, "move_id", "problems": [{"code", "message", "row"}],
            "rows": [{"row", "number", "kind", "words", "amount", "state": matched | open |
            refused, "reason", "message", "parcel_id"}]}``; a file that is refused whole gives
            one verdict without a bill
        :rtype: list[dict]
        :raise AccessError: without the finance role
        :raise UserError: when ``data`` is not base64, or an option is none
        """
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group(FINANCE_GROUP):
            raise AccessError(self.env._("Only the finance role handles carriers' bills."))
        self.check_access("read")
        try:
            raw = base64.b64decode(data, validate=True)
        except (ValueError, TypeError):
            raise UserError(self.env._("Hand over the file's bytes in base64.")) from None
        options = options or {}
        company = self.env["res.company"].browse(
            options.get("company_id") or self.env.company.id)
        if company not in self.env.companies:
            raise AccessError(self.env._("The company is not one of yours."))
        try:
            sources = open_source(filename, raw)
            if len(sources) > 1:
                raise UserError(self.env._(
                    "The archive has %(count)s files. Unpack it and import them one by one.",
                    count=len(sources)))
            reader = BillReader(sources[0], self._get_bill_options(options))
            bills = reader.read()
        except ReadError as error:
            return [self._prepare_verdict(False, [error.problem])]
        for bill in bills:
            bill.problems.extend(reader.remarks)
        return self.with_company(company)._take_bills(company, bills, options, dry_run)

    def _get_bill_options(self, options):
        def text(name):
            value = options.get(name)
            return value.strip() if isinstance(value, str) else ""

        total = text("total").replace(" ", "")
        try:
            total = Decimal(total) if total else None
        except InvalidOperation:
            raise UserError(self.env._(
                "“%(total)s” is no control total. Write it like 1234.50.", total=total)) from None
        profile = self.env["xb.carrier.bill.profile"].browse(
            options.get("profile_id") or []).exists()
        return BillOptions(
            decimal=text("decimal") if text("decimal") in (".", ",") else "",
            date_order=text("date_order") if text("date_order") in ("DMY", "MDY") else "",
            currency=text("currency"), name=text("name"), total=total, **profile._get_options())

    def _take_bills(self, company, bills, options, dry_run):
        """Judge every bill, and write those that are whole."""
        currencies = {currency.name: currency for currency in self.env["res.currency"].search(
            [("name", "in", [bill.currency for bill in bills])])}
        known = {(move.ref, move.currency_id.name): move for move in self.env[
            "account.move"].search([
                ("company_id", "=", company.id), ("xb_carrier_id", "=", self.id),
                ("move_type", "in", DOCUMENTS), ("state", "!=", "cancel"),
                ("reversed_entry_id", "=", False),
                ("ref", "in", [bill.name for bill in bills])])}
        verdicts = []
        for bill in bills:
            if bill.currency in currencies:
                bill.round(currencies[bill.currency].decimal_places)
            verdict = self._prepare_verdict(bill, bill.problems)
            verdict["rows"], parcels = self._judge_rows(company, bill)
            move = known.get((bill.name, bill.currency), self.env["account.move"])
            self._judge_bill(verdict, bill, move, currencies)
            verdict["estimate"] = str(self._get_estimate(company, parcels))
            if verdict["state"] in ("created", "replaced") and not dry_run:
                move = self._write_bill(
                    company, bill, verdict, move, currencies[bill.currency], options)
            verdict["move_id"] = move.id or False
            verdicts.append(verdict)
        return verdicts

    def _prepare_verdict(self, bill, problems):
        translate = words(self.env)
        return {
            "bill": bill.name if bill else False, "currency": bill.currency if bill else False,
            "total": str(bill.total) if bill else "0", "estimate": "0", "move_id": False,
            "state": "refused", "rows": [],
            "problems": [problem.as_dict(translate) for problem in problems],
        }

    def _judge_rows(self, company, bill):
        """Return a verdict per charge, and the parcels that were found."""
        found = self.env["xb.carrier.charge"]._find_parcels(
            {(company.id, self.id, charge.number) for charge in bill.charges})
        reasons = dict(self.env["xb.carrier.charge"]._fields["reason"]
                       ._description_selection(self.env))
        parcels = self.env["xb.parcel"].sudo().union(
            *(parcel for parcel, _reason in found.values() if parcel))
        before = self._get_billed_before(parcels, bill)
        translate, rows = words(self.env), []
        for charge in bill.charges:
            parcel, reason = found[company.id, self.id, charge.number]
            if parcel and not parcel.order_ids.xb_shop_id:
                reason = "no_order"
            state = "refused" if charge.problem else "open" if reason else "matched"
            message = charge.problem.as_dict(translate)["message"] if charge.problem else (
                reasons.get(reason) or before.get((parcel.id, charge.kind), ""))
            rows.append({
                "row": charge.row, "part": charge.part, "number": charge.number or False,
                "kind": charge.kind, "words": charge.words, "amount": str(charge.amount),
                "weight": str(charge.weight or ""), "state": state, "reason": reason or False,
                "message": message or False, "parcel_id": parcel.id if parcel else False})
        return rows, parcels

    def _get_billed_before(self, parcels, bill):
        """Return {(parcel id, kind): remark} of what another bill charged for already."""
        charges = self.env["xb.carrier.charge"].search([
            ("parcel_id", "in", parcels.ids), ("amount", ">", 0),
            ("move_id.ref", "!=", bill.name), ("move_state", "!=", "cancel"),
            ("move_id.payment_state", "!=", "reversed")]) if parcels else []
        return {(charge.parcel_id.id, charge.kind): self.env._(
            "%(bill)s has charged for this parcel already", bill=charge.move_id.ref)
            for charge in charges}

    def _judge_bill(self, verdict, bill, move, currencies):
        """Say what becomes of a bill: written whole or not at all."""
        def refuse(code, message):
            verdict["problems"].append({
                "code": code, "message": message, "row": False, "column": False,
                "blocking": True})

        if bill.currency and len(bill.currency) == 3 and bill.currency not in currencies:
            refuse("currency_inactive", self.env._(
                "%(bill)s is in %(currency)s, which is not an active currency here. Activate it "
                "under Accounting, Currencies, and import the file again.",
                bill=bill.name, currency=bill.currency))
        broken = sum(row["state"] == "refused" for row in verdict["rows"])
        if broken:
            refuse("rows_broken", self.env._(
                "%(count)s rows cannot be read. A bill is taken whole: correct them in the file.",
                count=broken))
        if move and move.xb_charge_digest == bill.digest:
            verdict["state"] = "unchanged"
        elif move.state == "posted":
            refuse("bill_posted", self.env._(
                "%(bill)s is posted with other rows. Reset it to draft and import the file again, "
                "or import the correction under a number of its own.", bill=bill.name))
        elif not any(problem["blocking"] for problem in verdict["problems"]):
            verdict["state"] = "replaced" if move else "created"

    def _get_estimate(self, company, parcels):
        own, rates, total = company.currency_id, {}, 0.0
        for parcel in parcels.filtered("cost"):
            place = parcel.currency_id, (parcel.shipped_at or parcel.create_date).date()
            if place not in rates:
                rates[place] = self.env["res.currency"]._get_conversion_rate(
                    place[0], own, company, place[1])
            total += own.round(parcel.cost * rates[place])
        return own.round(total)

    # === WRITING === #

    def _write_bill(self, company, bill, verdict, move, currency, options):
        """Make the draft of a bill, or its charges anew; corrections stay."""
        day = bill.day or self._get_day(options) or fields.Date.context_today(self)
        vals = {"xb_charge_digest": bill.digest, "invoice_date": day}
        # In sudo mode: finance imports bills, it does not write what was in the file.
        if move:
            move = move.sudo()
            move.xb_charge_ids.filtered(lambda charge: not charge.is_correction).unlink()
            move.write(vals)
        else:
            partner = self.vendor_id or self.env["res.partner"].browse(
                options.get("partner_id") or []).exists()
            if not partner:
                raise UserError(self.env._(
                    "Nobody bills for %(carrier)s yet. Choose its vendor.", carrier=self.name))
            move = self.env["account.move"].sudo().with_company(company).create({
                **vals, "move_type": "in_invoice" if bill.total >= 0 else "in_refund",
                "partner_id": partner.id, "company_id": company.id, "ref": bill.name,
                "currency_id": currency.id, "xb_carrier_id": self.id})
        charges = self.env["xb.carrier.charge"].sudo().create([
            self._prepare_charge_vals(move, charge, row)
            for charge, row in zip(bill.charges, verdict["rows"], strict=True)])
        charges._take_parcels(self.env["xb.parcel"])
        return move.with_env(self.env)

    def _get_day(self, options):
        try:
            return fields.Date.to_date(options.get("date") or False)
        except (ValueError, TypeError):
            raise UserError(self.env._(
                "“%(date)s” is no date. Write it like 2026-05-31.",
                date=options["date"])) from None

    def _prepare_charge_vals(self, move, charge, row):
        return {
            "move_id": move.id, "row": charge.row, "part": charge.part,
            "number": charge.number or False, "kind": charge.kind, "words": charge.words or False,
            "weight": float(charge.weight or 0), "amount": float(charge.amount),
            "parcel_id": row["parcel_id"], "reason": row["reason"],
            "state": "open" if row["reason"] else "matched",
        }
