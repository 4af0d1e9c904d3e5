from odoo import fields, models

SAVED = ("layout", "encoding", "delimiter", "decimal", "date_order", "tz", "currency")


class XbImportMapping(models.Model):
    """How a shop's files with certain headings are read, as a person once said."""

    _name = "xb.import.mapping"
    _description = "File Mapping"
    _order = "shop_id, name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    shop_id = fields.Many2one("xb.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    signature = fields.Char(
        required=True, readonly=True, index=True,
        help="Mark of the headings: files with the same ones are read in the same way.")
    header = fields.Json(readonly=True)
    header_text = fields.Text("Headings", compute="_compute_texts")
    mapping = fields.Json(readonly=True, help="Field -> heading.")
    mapping_text = fields.Text("Columns", compute="_compute_texts")
    options = fields.Json(readonly=True, help="What was chosen under Read It Differently.")
    last_used_at = fields.Datetime("Last Used", readonly=True)
    use_count = fields.Integer("Files Read", readonly=True)

    _shop_signature_uniq = models.Constraint(
        "UNIQUE(shop_id, signature)", "A shop has one mapping for the same headings.",
    )

    # === COMPUTE METHODS === #

    def _compute_texts(self):
        labels = {
            name: self.env._(item.label)
            for layout in self.env["xb.import.wizard"]._get_layouts()
            for name, item in layout.fields.items()
        }
        for mapping in self:
            mapping.header_text = " · ".join(text for text in mapping.header or [] if text)
            mapping.mapping_text = "\n".join(
                f"{heading} → {labels.get(name, name)}"
                for name, heading in (mapping.mapping or {}).items())

    # === BUSINESS METHODS === #

    def _get_saved_options(self):
        """What was saved for these shops, for ``core.options.ReadOptions.saved``.

        :rtype: dict[str, dict]
        """
        return {
            mapping.signature: {
                **{key: value for key, value in (mapping.options or {}).items() if key in SAVED},
                "mapping": mapping.mapping or {},
            }
            for mapping in self
        }

    def _remember(self, shop, reading, chosen):
        """Keep what a person said about a file, for the next one with the same headings.

        :param xb.shop shop: the shop.
        :param core.reader.Reading reading: the file as it was read.
        :param dict chosen: options that the person chose.
        """
        vals = {
            "header": reading.header,
            "mapping": reading.mapping,
            "options": {key: chosen[key] for key in SAVED if chosen.get(key)}
            | {"layout": reading.layout},
        }
        known = self.with_context(active_test=False).search([
            ("shop_id", "=", shop.id), ("signature", "=", reading.signature)])
        if known:
            known.write({**vals, "active": True})
            return
        self.create({
            "shop_id": shop.id, "signature": reading.signature,
            "name": self.env._("File with %(columns)s…", columns=", ".join(reading.header[:3])),
            **vals,
        })

    def _count_use(self, shop, signature):
        """Note that a file was read by the saved mapping of its headings."""
        for mapping in self.search([("shop_id", "=", shop.id), ("signature", "=", signature)]):
            mapping.write({"last_used_at": fields.Datetime.now(),
                           "use_count": mapping.use_count + 1})
