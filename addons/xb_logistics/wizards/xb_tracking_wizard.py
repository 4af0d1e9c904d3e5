import base64
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import MAX_ROWS
from ..core import paste


class XbTrackingWizard(models.TransientModel):
    """The dialog *Enter tracking*: paste, drop a file or type; repair in place; write.

    The verdicts in the grid are those of `xb.parcel.set_tracking(dry_run=True)` over the whole
    grid, asked again after each change: what the dialog promises is what is written.
    """

    _name = "xb.tracking.wizard"
    _description = "Enter Tracking Numbers"

    order_ids = fields.Many2many("sale.order", help="Orders the dialog was opened for.")
    paste = fields.Text(help="Rows copied from a spreadsheet, a mail or a carrier's page.")
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    reading = fields.Char(readonly=True, help="What was recognised in the paste or file.")
    reading_failed = fields.Boolean(readonly=True)
    default_carrier_id = fields.Many2one(
        "xb.carrier", help="For rows that name no carrier. It wins over the delivery method's."
    )
    has_details = fields.Boolean(compute="_compute_counts", help="Weight or cost were given, too.")
    line_ids = fields.One2many("xb.tracking.wizard.line", "wizard_id", string="Rows")
    write_count = fields.Integer(compute="_compute_counts")
    refused_count = fields.Integer(compute="_compute_counts")
    write_label = fields.Char(compute="_compute_counts")
    written = fields.Char(readonly=True, help="What the last writing did.")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.state", "line_ids.weight", "line_ids.cost")
    def _compute_counts(self):
        for wizard in self:
            wizard.has_details = any(line.weight or line.cost for line in wizard.line_ids)
            states = wizard.line_ids.mapped("state")
            wizard.write_count = states.count("created") + states.count("changed")
            wizard.refused_count = states.count("refused")
            wizard.write_label = self.env._(
                "Write %(count)s of %(total)s", count=wizard.write_count, total=len(states)
            )

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields_list):
        """Override: a row for each order the dialog is opened for."""
        values = super().default_get(fields_list)
        orders = self.env["sale.order"].browse(self._context_order_ids())
        if orders and "line_ids" in fields_list:
            values["order_ids"] = [fields.Command.set(orders.ids)]
            values["line_ids"] = [
                fields.Command.create(self._prepare_order_line(index, order))
                for index, order in enumerate(orders, start=1)
            ]
        return values

    @api.model
    def _context_order_ids(self):
        context = self.env.context
        if context.get("active_model") == "sale.order":
            return context.get("active_ids") or []
        return context.get("default_order_ids") or []

    @api.model
    def _prepare_order_line(self, index, order):
        parcels = order.xb_parcel_ids.filtered(lambda p: p.direction == "outbound")
        parcel = parcels if len(parcels) == 1 else parcels.browse()
        carrier = parcel.carrier_id or order._xb_get_default_carrier()
        return {
            "sequence": index,
            "order_ref": order.name,
            "number": parcel.number,
            "carrier_id": carrier.id,
            "state": "unchanged" if parcel.number else "todo",
        }

    # === ONCHANGE METHODS === #

    @api.onchange("paste")
    def _onchange_paste(self):
        if self.paste and self.paste.strip():
            self._absorb(lambda: paste.read_text(self.paste, MAX_ROWS))
        self.paste = False

    @api.onchange("file")
    def _onchange_file(self):
        if self.file:
            data = base64.b64decode(self.file)
            self._absorb(lambda: paste.read_file(data, self.filename or "", MAX_ROWS))
        self.file = False

    @api.onchange("line_ids", "default_carrier_id")
    def _onchange_lines(self):
        self._judge()

    # === ACTION METHODS === #

    def action_write(self):
        """Write every row that can be; keep the others open to be repaired."""
        self.ensure_one()
        lines = self.line_ids.filtered("number")
        if not lines:
            raise UserError(self.env._("No row has a tracking number yet."))
        verdicts = self.env["xb.parcel"].set_tracking(self._prepare_rows(lines))
        states = [verdict["state"] for verdict in verdicts]
        self.written = self.env._(
            "Written: %(created)s new, %(changed)s changed. %(unchanged)s were the same.",
            created=states.count("created"),
            changed=states.count("changed"),
            unchanged=states.count("unchanged"),
        )
        done = lines.browse(
            line.id for line, state in zip(lines, states, strict=True) if state != "refused"
        )
        done.unlink()
        if "refused" in states:
            self._judge()
            return self._get_action()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Enter tracking"),
                "message": self.written,
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS METHODS === #

    def _get_action(self):
        """Return the action that opens this dialog (again)."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_logistics.xb_tracking_wizard_action"
        )
        return {**action, "res_id": self.id, "context": {}}

    def _prepare_rows(self, lines):
        return [line._prepare_row(self.default_carrier_id) for line in lines]

    def _judge(self):
        """Ask what would happen and show it on the lines; rows without a number wait."""
        lines = self.line_ids.filtered("number")
        verdicts = self.env["xb.parcel"].set_tracking(self._prepare_rows(lines), dry_run=True)
        for line, verdict in zip(lines, verdicts, strict=True):
            line.state = verdict["state"]
            line.message = " ".join(p["message"] for p in verdict["problems"]) or False
        for line in self.line_ids - lines:
            line.state, line.message = "todo", False

    def _absorb(self, read):
        """Take the rows of a table into the grid and say how it was read.

        :param read: Function that returns the table (`core.paste`), or raises `UnreadableFile`.
        """
        try:
            table = read()
        except paste.UnreadableFile as error:
            self.reading, self.reading_failed = self._get_unreadable_text(error.code), True
            return
        found = self.env["xb.parcel"]._find_orders(paste.sample(table))
        book = self.env["xb.carrier"]._get_book()
        orders = {ref for ref, order in found.items() if order}
        reading = paste.recognise(table, carriers=book, orders=orders)
        self._fill(reading, book)
        self.reading, self.reading_failed = self._get_reading_text(reading), False

    def _fill(self, reading, book):
        """Put rows into the lines of the same order, the rest at the end."""
        open_lines = self.line_ids.filtered(lambda line: line.order_ref and not line.number)
        if "order" not in reading.columns and len(open_lines) == len(reading.rows):
            # A bare column of numbers beside as many open orders: in their order.
            for line, row in zip(open_lines, reading.rows, strict=True):
                line.update(self._prepare_cells(row, book))
            return
        names = self._get_order_names(reading.rows)
        by_name = self._get_fillable_lines(names)
        present = {(line.order_ref, line.number) for line in self.line_ids}
        last = max(self.line_ids.mapped("sequence"), default=0)
        commands = []
        for row, name in zip(reading.rows, names, strict=True):
            cells = self._prepare_cells(row, book)
            if row["number"] and name in by_name:
                by_name.pop(name).update(cells)
            elif not row["number"] or not present & {
                (row["order"], row["number"]),
                (name, row["number"]),
            }:
                last += 1
                commands.append({"sequence": last, "order_ref": row["order"], **cells})
        self.line_ids = [fields.Command.create(vals) for vals in commands]

    def _get_order_names(self, rows):
        """Return each row's order as the grid names it, or as written where it is not known."""
        found = self.env["xb.parcel"]._find_orders({row["order"] for row in rows if row["order"]})
        orders = [found.get(row["order"]) for row in rows]
        return [
            order.name if order and len(order) == 1 else row["order"]
            for order, row in zip(orders, rows, strict=True)
        ]

    def _get_fillable_lines(self, names):
        """Return the lines that a read row of the same order fills, by the order's name.

        Those without a number; and those that only show the number the order has already, where
        the rows name that order once: that is a correction. Named twice, it has two parcels.
        """
        lines = self.line_ids.filtered("order_ref")
        of_order = Counter(lines.mapped("order_ref"))
        read = Counter(names)
        return {
            line.order_ref: line
            for line in lines
            if not line.number
            or (
                line.state == "unchanged"
                and of_order[line.order_ref] == 1
                and read[line.order_ref] == 1
            )
        }

    @api.model
    def _prepare_cells(self, row, book):
        """Return number and carrier of a read row as line values; empty cells say nothing."""
        vals = {name: row[name] for name in ("number", "weight", "cost") if row.get(name)}
        vals.setdefault("number", row["number"])
        if row["carrier"]:
            ids = book.find(row["carrier"])
            vals["carrier_text"] = row["carrier"]
            vals["carrier_id"] = ids[0] if len(ids) == 1 else False
        return vals

    def _get_reading_text(self, reading):
        """Return in words how a table was read."""
        names = {
            "order": self.env._("order"),
            "number": self.env._("tracking number"),
            "carrier": self.env._("carrier"),
            "weight": self.env._("weight"),
            "cost": self.env._("cost"),
            "currency": self.env._("currency"),
        }
        columns = sorted(reading.columns, key=reading.columns.get)
        if not columns:
            return self.env._(
                "%s rows, but no column looks like an order or a tracking number.",
                len(reading.rows),
            )
        return self.env._(
            "%(count)s rows read. Columns: %(columns)s (%(how)s).",
            count=len(reading.rows),
            columns=", ".join(names[name] for name in columns),
            how=self.env._("by their titles")
            if reading.has_header
            else self.env._("by their contents"),
        )

    @api.model
    def _get_unreadable_text(self, code):
        """Return in words why a paste or file was not read, and what helps."""
        if code == "old_excel":
            return self.env._("This is an old Excel file (.xls). Save it as .xlsx or .csv.")
        if code == "too_many":
            return self.env._("More than %s rows. Split the list.", MAX_ROWS)
        if code == "empty":
            return self.env._("There are no rows in it.")
        return self.env._("The file is damaged or no spreadsheet. Save it as .xlsx or .csv.")
