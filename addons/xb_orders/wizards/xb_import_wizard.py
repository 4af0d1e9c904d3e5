import base64
import hashlib
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..core import reader
from ..core.layouts import LAYOUTS
from ..core.text import REASON_MARK

ENCODINGS = [
    ("utf-8-sig", "Unicode (UTF-8)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("cp1252", "Western Europe (Windows)"),
    ("iso8859-1", "Western Europe (ISO 8859-1)"),
    ("cp1250", "Central Europe (Windows)"),
    ("cp1251", "Cyrillic (Windows)"),
    ("gb18030", "Chinese, simplified (GB 18030)"),
    ("big5", "Chinese, traditional (Big5)"),
    ("cp932", "Japanese (Shift JIS)"),
    ("cp949", "Korean (Windows)"),
]
# How the reader names the tabulator; a selection value must not be blank.
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
OPTIONS = ("file", "layout", "encoding", "delimiter", "sheet", "header_row", "decimal",
           "date_order", "currency_id", "tz", "column_ids.field_name")
# What base64 makes of three bytes.
BASE64_GROUP = 4
SAMPLE_CELLS = 3


class XbImportWizard(models.TransientModel):
    """Reads an order file, shows how it understood it, and starts the import."""

    _name = "xb.import.wizard"
    _description = "Import File"

    shop_id = fields.Many2one("xb.shop", required=True, default=lambda self: self._default_shop())
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    layout = fields.Selection(selection="_selection_layout", help="Empty: recognised.")
    encoding = fields.Selection(ENCODINGS, string="Characters", help="Empty: recognised.")
    delimiter = fields.Selection(
        [("comma", "Comma ,"), ("semicolon", "Semicolon ;"), ("tab", "Tabulator"),
         ("pipe", "Vertical bar |")], string="Columns End With", help="Empty: recognised.")
    sheet = fields.Char(help="Empty: the one whose headings fit best.")
    header_row = fields.Integer("Row of Headings", help="0: recognised.")
    column_ids = fields.One2many(
        "xb.import.wizard.column", "wizard_id", "Columns",
        help="Which column means what, where the headings are not known.")
    remember = fields.Boolean(
        "Remember for This Shop", default=True,
        help="The next file with the same headings is read in the same way by itself.")
    mapping_id = fields.Many2one("xb.import.mapping", compute="_compute_mapping_id")
    decimal = fields.Selection(
        [(".", "Point: 1234.50"), (",", "Comma: 1234,50")], string="Decimal Sign",
        help="Empty: recognised.")
    date_order = fields.Selection(
        [("DMY", "Day first: 31/12/2026"), ("MDY", "Month first: 12/31/2026")],
        help="Empty: recognised.")
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False,
        help="For files that name none.")
    tz = fields.Selection(related="shop_id.tz", readonly=True)
    create_products = fields.Boolean(
        "Create Missing Products", compute="_compute_create_products", store=True,
        readonly=False)
    track_products = fields.Boolean("Track Their Stock")
    dry_run = fields.Boolean(
        "Trial", help="Only say what the import would do, document by document.")
    reading = fields.Json(compute="_compute_reading", store=True)
    is_readable = fields.Boolean(compute="_compute_summary")
    is_ambiguous = fields.Boolean(compute="_compute_summary")
    summary_html = fields.Html(compute="_compute_summary", sanitize=False)
    preview_html = fields.Html(compute="_compute_summary", sanitize=False)
    earlier_run_id = fields.Many2one("xb.import.run", compute="_compute_earlier_run")

    # === DEFAULTS === #

    @api.model
    def _default_shop(self):
        shops = self.env["xb.shop"].search([], limit=2)
        return shops if len(shops) == 1 else shops.browse()

    @api.model
    def _selection_layout(self):
        return [(layout.code, self.env._(layout.name)) for layout in self._get_layouts()]

    # === COMPUTE METHODS === #

    @api.depends("shop_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.shop_id.currency_id

    @api.depends("shop_id")
    def _compute_create_products(self):
        for wizard in self:
            wizard.create_products = wizard.shop_id.product_policy == "create"

    @api.depends(*OPTIONS)
    def _compute_reading(self):
        for wizard in self:
            wizard.reading = wizard.file and wizard._read().as_dict(self.env._)

    @api.depends("reading")
    def _compute_summary(self):
        for wizard in self:
            reading = wizard.reading or {}
            wizard.is_readable = bool(reading) and not any(
                problem["blocking"] for problem in reading["problems"])
            wizard.is_ambiguous = any(
                setting["ambiguous"] for setting in reading.get("settings", ()))
            render = self.env["ir.qweb"]._render  # escapes what comes from the file
            values = {**wizard._prepare_view_values(reading), "_": self.env._}
            wizard.summary_html = reading and render("xb_orders.import_summary", values)
            wizard.preview_html = reading and render("xb_orders.import_preview", values)

    @api.depends("file", "shop_id")
    def _compute_earlier_run(self):
        for wizard in self:
            digest = wizard.file and wizard._get_sha256()
            wizard.earlier_run_id = digest and self.env["xb.import.run"].search([
                ("shop_id", "=", wizard.shop_id.id), ("sha256", "=", digest),
                ("dry_run", "=", False),
            ], limit=1)

    @api.depends("reading")
    def _compute_mapping_id(self):
        for wizard in self:
            mark = (wizard.reading or {}).get("recalled")
            wizard.mapping_id = mark and self.env["xb.import.mapping"].search([
                ("shop_id", "=", wizard.shop_id.id), ("signature", "=", mark)], limit=1)

    # === ONCHANGE METHODS === #

    @api.onchange("file", "layout", "encoding", "delimiter", "sheet", "header_row")
    def _onchange_columns(self):
        """List the file's columns anew, with what each of them was read as."""
        self.column_ids = [Command.clear(), *self._prepare_column_commands()]

    # === ACTION METHODS === #

    def action_recognise(self):
        """Read the file and show the result in the same dialog."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        if not self.column_ids:
            self._onchange_columns()
        action = self.env["ir.actions.act_window"]._for_xml_id("xb_orders.xb_import_wizard_action")
        return {**action, "res_id": self.id}

    def action_import(self):
        """Start the import and open it, so that its progress can be watched or left.

        :raise UserError: if the file cannot be read.
        """
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        reading = self._read()
        if not reading.is_readable:
            raise UserError("\n".join(
                problem.as_dict(self.env._)["message"] for problem in reading.problems
                if problem.blocking))
        self._remember(reading)
        run = self.env["xb.import.run"]._start(
            self.shop_id, self._prepare_run_vals(reading), reading.documents)
        return run.get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def _decode(self, data):
        """The bytes of a Binary field's value."""
        return base64.b64decode(data or b"")

    def _get_data(self):
        self.ensure_one()
        return self._decode(self.with_context(bin_size=False).file)

    def _get_sha256(self):
        return hashlib.sha256(self._get_data()).hexdigest()

    def _read(self):
        """Read the file with what the person has chosen; the rest is recognised.

        :rtype: core.reader.Reading
        """
        self.ensure_one()
        given = self.with_context(bin_size=False).file or b""
        refused = reader.refused_by_size(len(given) // BASE64_GROUP * 3)
        return refused or reader.read(
            self._decode(given), self.filename or "", self._get_options(), self._get_layouts())

    def _get_options(self):
        """What a person chose, and what was chosen for such a file before."""
        return {
            **self._get_chosen(),
            "mapping": self._get_chosen_mapping(),
            "saved": {
                **self.env["xb.import.run"]._get_repair_options(self.shop_id),
                **self.env["xb.import.mapping"].search(
                    [("shop_id", "=", self.shop_id.id)])._get_saved_options(),
            },
        }

    def _get_chosen(self):
        return {
            "layout": self.layout,
            "encoding": self.encoding,
            "delimiter": DELIMITERS.get(self.delimiter),
            "sheet": self.sheet,
            "header_row": self.header_row,
            "decimal": self.decimal,
            "date_order": self.date_order,
            "tz": self.tz,
            "currency": self.currency_id.name,
        }

    def _get_chosen_mapping(self):
        """The columns a person named: field -> heading."""
        return {column.field_name: column.heading for column in self.column_ids
                if column.field_name and column.field_name != column.known_as}

    def _remember(self, reading):
        """Keep a mapping made by hand; count the use of a kept one."""
        names = [column.field_name for column in self.column_ids if column.field_name]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice and self._get_chosen_mapping():
            raise UserError(self.env._(
                "Two columns are read as the same: %(name)s. Choose one.",
                name=dict(self.column_ids._selection_field_name())[twice]))
        Mapping = self.env["xb.import.mapping"]
        if self._get_chosen_mapping() and self.remember:
            Mapping._remember(self.shop_id, reading, self._get_chosen())
        elif reading.recalled:
            Mapping._count_use(self.shop_id, reading.recalled)

    def _prepare_column_commands(self):
        """One line per column of the file, with its first cells."""
        reading = self.reading or {}
        if reading.get("layout") and reading["layout"] != "generic":
            return []  # a platform's own file needs no mapping
        known = {heading: name for name, heading in (reading.get("mapping") or {}).items()}
        rows = [row["cells"] for row in reading.get("preview") or []][:SAMPLE_CELLS]
        return [
            Command.create({
                "sequence": index,
                "heading": heading,
                "sample": " · ".join(cells[index]["text"] for cells in rows
                                     if index < len(cells) and cells[index]["text"]),
                "known_as": known.get(heading),
                "field_name": known.get(heading),
            })
            for index, heading in enumerate(reading.get("header") or [])
            if heading and not heading.startswith(REASON_MARK)
        ]

    def _prepare_run_vals(self, reading):
        return {
            "name": self.filename or self.env._("Order file"),
            "file": self.with_context(bin_size=False).file,
            "sha256": self._get_sha256(),
            "settings": [setting.as_dict(self.env._) for setting in reading.settings],
            "layout": reading.layout,
            "signature": reading.signature,
            "day_totals": reading.day_totals(ZoneInfo(self.tz or "UTC")),
            "dry_run": self.dry_run,
            "create_products": self.create_products,
            "track_products": self.track_products,
        }

    def _prepare_view_values(self, reading):
        """What the templates of summary and preview show, in the user's language."""
        words, labels = self._get_words(), reading.get("labels") or {}
        return {
            "reading": reading,
            "settings": [
                {**setting, "how": words[setting["how"]]}
                for setting in reading.get("settings", ())
                if not setting["key"].startswith("mapping.")
            ],
            "counts": [(words[kind], count)
                       for kind, count in (reading.get("counts") or {}).items()],
            "titles": {heading: labels.get(name, name)
                       for name, heading in (reading.get("mapping") or {}).items()},
        }

    @api.model
    def _get_words(self):
        """How a decision came about, and the kinds of documents in the plural."""
        return {
            "given": self.env._("chosen"),
            "measured": self.env._("recognised"),
            "hint": self.env._("likely"),
            "default": self.env._("assumed"),
            "order": self.env._("orders"),
            "cancellation": self.env._("cancellations"),
            "adjustment": self.env._("adjustments"),
            "rejected": self.env._("unreadable"),
        }

    # === HOOKS === #

    @api.model
    def _get_layouts(self):
        """The file layouts to choose from; a plug-in adds its own.

        :rtype: tuple[core.layouts.Layout, ...]
        """
        return LAYOUTS
