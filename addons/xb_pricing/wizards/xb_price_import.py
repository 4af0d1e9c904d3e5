import base64
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import file_open

from odoo.addons.xb_orders.core.reader import read
from odoo.addons.xb_orders.words import words

from ..const import WRITE_GROUPS
from ..core.tables import LAYOUTS


class XbPriceImport(models.TransientModel):
    """Reads a file of fees or freight prices: a verdict per row, then what is good is written."""

    _name = "xb.price.import"
    _description = "Import of Fees and Freight"

    kind = fields.Selection([("fees", "Fee schedule"), ("freight", "Freight table")],
                            required=True, default="fees")
    data = fields.Binary("File", attachment=False)
    filename = fields.Char()
    schedule_id = fields.Many2one(
        "xb.fee.schedule", "Into Schedule", help="For files without a column for the schedule.")
    table_id = fields.Many2one("xb.freight.table", "Into Table")
    state = fields.Selection([("file", "File"), ("read", "Read"), ("done", "Done")],
                             default="file", required=True)
    line_ids = fields.One2many("xb.price.import.line", "import_id", "Rows")
    good_count = fields.Integer("To Import", compute="_compute_counts")
    same_count = fields.Integer("Unchanged", compute="_compute_counts")
    refused_count = fields.Integer("Refused", compute="_compute_counts")
    message = fields.Text(readonly=True)

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for wizard in self:
            states = wizard.line_ids.mapped("state")
            wizard.good_count = states.count("new") + states.count("changed")
            wizard.same_count = states.count("same")
            wizard.refused_count = states.count("refused")

    # === ACTION METHODS === #

    def action_read(self):
        """Read the file and say what would become of each row. Writes no fee."""
        self.ensure_one()
        self._check_import_access()
        if not self.data:
            raise UserError(self.env._("Choose a file first."))
        verdicts, message = self._read(base64.b64decode(self.data), self.filename)
        self.line_ids.unlink()
        self.write({"state": "read", "message": message, "line_ids": [
            (0, 0, {"row": verdict["row"], "state": verdict["state"],
                    "summary": verdict["summary"], "message": "\n".join(
                        problem["message"] for problem in verdict["problems"])})
            for verdict in verdicts]})
        return self._reopen()

    def action_import(self):
        """Write the rows that are good; the refused ones stay out and are listed."""
        self.ensure_one()
        self._check_import_access()
        verdicts, _message = self._read(
            base64.b64decode(self.data), self.filename, dry_run=False)
        for line, verdict in zip(self.line_ids, verdicts, strict=True):
            line.state = verdict["state"]
        self.state = "done"
        return self._reopen()

    def action_back(self):
        """Choose another file."""
        self.line_ids.unlink()
        self.write({"state": "file", "data": False, "message": False})
        return self._reopen()

    def _reopen(self):
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id,
                "view_mode": "form", "target": "new"}

    def _check_import_access(self):
        if not self.env.su and not any(map(self.env.user.has_group, WRITE_GROUPS)):
            raise AccessError(self.env._("Only buyers and managers import fees and freight."))

    # === BUSINESS METHODS === #

    def _read(self, data, filename="", dry_run=True):
        """Read a file.

        :return: verdicts ``{"row", "state": new|changed|same|refused, "summary", "problems"}``,
            and what is wrong with the file as a whole.
        """
        reading = read(data, filename or "", layouts=LAYOUTS[self.kind])
        message = "\n".join(
            problem.as_dict(words(self.env))["message"] for problem in reading.problems)
        write = self._write_fee if self.kind == "fees" else self._write_freight
        verdicts = []
        for row in reading.documents:
            problems = [problem.as_dict(words(self.env)) for problem in row.problems]
            state = "refused"
            if not row.refused:
                try:
                    with self.env.cr.savepoint(flush=not dry_run):
                        state = write(row.values, dry_run)
                except _RowError as error:
                    problems.append({"code": error.code, "message": error.message,
                                     "row": row.row})
            verdicts.append({"row": row.row, "state": state, "problems": problems,
                             "summary": self._summary(row.values)})
        if not reading.is_readable and not verdicts:
            raise UserError(message)
        return verdicts, message

    def _summary(self, values):
        if self.kind == "freight":
            return (f"{values['carrier']} {values['zone']}: {values['from_kg']:f}–"
                    f"{values['to_kg']:f} kg")
        limit = f" ≤ {values['up_to']:f}" if values["up_to"] else ""
        return (f"{values['schedule'] or self.schedule_id.name or ''} {values['name']}"
                f" {values['category']}{limit}: {(values['rate'] * 100).normalize():f} %"
                + (f" + {values['fixed']:f}" if values["fixed"] else ""))

    def _find_currency(self, code, default):
        if not code:
            if not default:
                raise _RowError("currency_missing", self.env._(
                    "The row names no currency. Fill in the column “currency”."))
            return default
        currency = self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", code)], limit=1)
        if not currency:
            raise _RowError("currency_unknown", self.env._(
                "There is no currency “%(code)s”. Use a code such as USD.", code=code))
        return currency

    def _find_countries(self, codes):
        countries = self.env["res.country"].search([("code", "in", codes)])
        missing = set(codes) - set(countries.mapped("code"))
        if missing:
            raise _RowError("country_unknown", self.env._(
                "There is no country “%(code)s”. Use codes such as US, separated by blanks.",
                code=", ".join(sorted(missing))))
        return countries

    # === FEES === #

    def _write_fee(self, values, dry_run):
        schedule = self._find_schedule(values, dry_run)
        vals = self._prepare_fee_vals(values)
        found = schedule.line_ids.filtered(
            lambda line: (line.code, line.category or "", f"{line.up_to:.6f}",
                          line.valid_from or False)
            == (vals["code"], vals["category"] or "", f"{vals['up_to']:.6f}",
                fields.Date.to_date(vals["valid_from"]) or False))[:1]
        if found:
            if all(_same(found[name], value) for name, value in vals.items()):
                return "same"
            if not dry_run:
                found.write(vals)
            return "changed"
        if not dry_run:
            self.env["xb.fee.line"].create({**vals, "schedule_id": schedule.id})
        return "new"

    def _find_schedule(self, values, dry_run):
        Schedule = self.env["xb.fee.schedule"]
        name = values["schedule"]
        schedule = self.schedule_id
        if name:
            schedule = Schedule.search([("name", "=", name)], limit=1)
        if schedule:
            currency = self._find_currency(values["currency"], schedule.currency_id)
            if currency != schedule.currency_id:
                raise _RowError("currency_differs", self.env._(
                    "Schedule %(schedule)s is in %(have)s, the row in %(want)s. Use one schedule"
                    " per currency.", schedule=schedule.name, have=schedule.currency_id.name,
                    want=currency.name))
            return schedule
        if not name:
            raise _RowError("schedule_missing", self.env._(
                "The row names no schedule. Fill in the column “schedule”, or choose one above."))
        currency = self._find_currency(values["currency"], self.env["res.currency"])
        country = self._find_countries([values["country"]] if values["country"] else [])
        if dry_run:
            return Schedule.new({"name": name, "currency_id": currency.id})
        return Schedule.create({
            "name": name, "currency_id": currency.id, "country_id": country.id,
            "source": values["source"], "source_date": values["source_date"] or False,
            **self._get_schedule_vals()})

    def _get_schedule_vals(self):
        return {"company_id": False} if self.env.context.get("xb_examples") else {}

    def _prepare_fee_vals(self, values):
        return {
            "code": values["code"], "name": values["name"], "group": values["group"],
            "category": values["category"] or False, "base": values["base"],
            "parent_code": values["parent"] or False, "mode": values["mode"],
            "up_to": float(values["up_to"]), "limit_included": values["limit_included"],
            "rate": float(values["rate"]), "fixed": float(values["fixed"]),
            "minimum": float(values["minimum"]), "maximum": float(values["maximum"]),
            "tax_rate": float(values["tax_rate"]), "refundable": values["refundable"],
            "valid_from": values["valid_from"] or False, "valid_to": values["valid_to"] or False,
            "source": values["source"] or False, "source_date": values["source_date"] or False,
            "is_confirmed": values["confirmed"],
        }

    # === FREIGHT === #

    def _write_freight(self, values, dry_run):
        table = self._find_table(values, dry_run)
        vals = self._prepare_freight_vals(values)
        found = table.line_ids.filtered(
            lambda line: (line.zone, f"{line.from_kg:.3f}", line.valid_from or False)
            == (vals["zone"], f"{vals['from_kg']:.3f}",
                fields.Date.to_date(vals["valid_from"]) or False))[:1]
        if found:
            if all(_same(found[name], value) for name, value in vals.items()):
                return "same"
            if not dry_run:
                found.write(vals)
            return "changed"
        if not dry_run:
            self.env["xb.freight.line"].create({**vals, "table_id": table.id})
        return "new"

    def _find_table(self, values, dry_run):
        Table = self.env["xb.freight.table"]
        name = " ".join(filter(None, (values["carrier"], values["service"])))
        table = self.table_id or Table.search([("name", "=", name)], limit=1)
        if table:
            return table
        currency = self._find_currency(values["currency"], self.env.company.currency_id)
        vals = {
            "name": name, "currency_id": currency.id, "rule": values["rule"],
            "divisor": int(values["divisor"]), "step_kg": float(values["step_kg"]),
            "min_kg": float(values["min_kg"]), "fuel": float(values["fuel"]),
            "max_length": int(values["max_length"]), "max_sum": int(values["max_sum"]),
            "source": values["source"], "source_date": values["valid_from"] or False,
            **self._get_schedule_vals()}
        return Table.new(vals) if dry_run else Table.create(vals)

    def _prepare_freight_vals(self, values):
        return {
            "zone": values["zone"],
            "country_ids": [(6, 0, self._find_countries(values["countries"]).ids)],
            **{name: float(values[name]) for name in (
                "from_kg", "to_kg", "registration", "first_kg", "first_fee", "per_kg",
                "surcharge")},
            "valid_from": values["valid_from"] or False, "valid_to": values["valid_to"] or False,
            "source": values["source"] or False,
        }

    @api.model
    def _load_example(self, kind, path):
        """Read a file of examples that comes with an addon; all rows must be good.

        :param str path: as `odoo.tools.misc.file_open` takes it.
        """
        with file_open(path, "rb") as file:
            data = file.read()
        wizard = self.with_context(xb_examples=True, mail_create_nolog=True).new({"kind": kind})
        verdicts, _message = wizard._read(data, path, dry_run=False)
        bad = [verdict for verdict in verdicts if verdict["state"] == "refused"]
        if bad:
            # For whoever ships the file. pylint: disable-next=translation-required
            raise UserError(
                f"{path}: {bad[:3]}")


class _RowError(Exception):
    """A row that cannot be written, with the remedy in its sentence."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def _same(have, want):
    if isinstance(want, list):
        return set(have.ids) == set(want[0][2])
    if isinstance(want, float | Decimal):
        return abs((have or 0) - float(want)) < 1e-9
    if hasattr(have, "isoformat"):
        return have.isoformat() == want
    return (have or False) == (want or False)
