import json

from odoo import api, fields, models

ADDRESS_KEYS = ("name", "company", "street", "street2", "zip", "city", "state", "country", "phone",
                "email", "tax_id")
RAW_LIMIT = 20_000


class SaleOrder(models.Model):
    """What the platform said of an order, word for word, beside what was made of it."""

    _inherit = "sale.order"

    xb_platform_html = fields.Html(
        "As Sent by the Platform", compute="_compute_xb_platform_html", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends("xb_intake_id.value", "partner_shipping_id", "partner_invoice_id")
    @api.depends_context("lang")
    def _compute_xb_platform_html(self):
        render = self.env["ir.qweb"]._render  # escapes what comes from the platform
        for order in self:
            # In sudo mode: who may read the order may read what it was made of.
            value = order.sudo().xb_intake_id.value
            order.xb_platform_html = bool(value) and isinstance(value, dict) and render(
                "xb_orders.order_platform", order._xb_prepare_platform_values(value))

    def _xb_prepare_platform_values(self, value):
        """What the template of the Platform tab shows."""
        self.ensure_one()
        labels = self._xb_get_address_labels()
        raw = json.dumps(value.get("raw") or {}, indent=2, ensure_ascii=False)
        return {
            "buyer": self._xb_labelled(value.get("buyer") or {}, {
                "id": self.env._("Buyer's Number"), "language": self.env._("Language"), **labels}),
            "addresses": [
                {"title": title, "original": self._xb_labelled(value.get(key) or {}, labels),
                 "used": [line for line in (partner.contact_address or "").splitlines() if line]}
                for key, title, partner in self._xb_get_address_sources()
                if value.get(key)
            ],
            "lines": [line for line in value.get("lines") or []
                      if line.get("gift_message") or line.get("fulfilled_by")],
            "fees": value.get("fees") or [],
            "payments": value.get("payments") or [],
            "tags": value.get("tags") or [],
            "currency": value.get("currency") or "",
            "raw": raw if len(raw) <= RAW_LIMIT else raw[:RAW_LIMIT] + " …",
            "has_raw": bool(value.get("raw")),
        }

    def _xb_get_address_sources(self):
        return [
            ("ship_to", self.env._("Ship To"), self.partner_shipping_id),
            ("bill_to", self.env._("Bill To"), self.partner_invoice_id),
        ]

    def _xb_get_address_labels(self):
        return {
            "name": self.env._("Name"), "company": self.env._("Company"),
            "street": self.env._("Street"), "street2": self.env._("Street 2"),
            "zip": self.env._("Postcode"), "city": self.env._("City"),
            "state": self.env._("State"), "country": self.env._("Country"),
            "phone": self.env._("Phone"), "email": self.env._("E-Mail"),
            "tax_id": self.env._("Tax Number"),
        }

    def _xb_labelled(self, node, labels):
        return [{"label": label, "text": node[key]} for key, label in labels.items()
                if node.get(key)]
