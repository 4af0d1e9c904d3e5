from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import SecretError, VendorError

from ..adapters.shippo import ShippoAdapter
from ..const import BASE_URL, RATE_PER_MINUTE, VENDOR


class XbConnection(models.Model):
    _inherit = "xb.connection"

    vendor = fields.Selection(
        selection_add=[(VENDOR, "Shippo")],
        ondelete={VENDOR: lambda connections: connections._forget_exchange()},
    )
    shippo_unsigned = fields.Boolean(
        string="Webhooks Are Not Signed",
        tracking=True,
        help="Shippo signs webhooks only for accounts that have asked for it. If yours has not, "
        "the secret part of the address is all that protects it; messages are then only taken as "
        "a hint to ask Shippo.",
    )

    # === ONCHANGE METHODS === #

    @api.onchange("vendor")
    def _onchange_vendor_shippo(self):
        if self.vendor == VENDOR:
            self.base_url = self.base_url or BASE_URL
            self.rate_per_minute = RATE_PER_MINUTE

    # === ACTION METHODS === #

    def action_shippo_webhook(self):
        """Have Shippo send its news to this connection's address."""
        self.ensure_one()
        self.check_access("write")
        try:
            is_new = self._get_adapter().add_webhook(
                self.webhook_url, self.environment != "production"
            )
        except (VendorError, SecretError) as error:
            raise UserError(self._describe_error(error)) from error
        return self._notify(
            "success",
            self.env._("Shippo sends its news here now.")
            if is_new
            else self.env._("Shippo sends its news here already."),
        )

    # === BUSINESS METHODS === #

    def _get_base_url(self):
        """Override of `xb_base`: Shippo has one address."""
        return super()._get_base_url() or (BASE_URL if self.vendor == VENDOR else "")

    def _get_adapter_settings(self):
        """Override of `xb_base`: whether webhooks may come unsigned."""
        settings = super()._get_adapter_settings()
        if self.vendor == VENDOR:
            settings["unsigned"] = self.shippo_unsigned
        return settings

    def _get_adapter_class(self):
        """Override of `xb_base` to speak to Shippo."""
        return ShippoAdapter if self.vendor == VENDOR else super()._get_adapter_class()

    def _get_tracking_class(self):
        """Override of `xb_logistics`: Shippo tracks parcels."""
        return ShippoAdapter if self.vendor == VENDOR else super()._get_tracking_class()

    def _get_label_class(self):
        """Override of `xb_logistics`: Shippo sells labels."""
        return ShippoAdapter if self.vendor == VENDOR else super()._get_label_class()

    def _process_inbox(self, events):
        """Override of `xb_logistics`: an unsigned message is a hint to ask, not a fact."""
        if self.vendor != VENDOR:
            return super()._process_inbox(events)
        hints = events.filtered(lambda event: event.topic == "hint")
        super()._process_inbox(events - hints)
        numbers, adapter = set(), ShippoAdapter(None, {}, {})
        for event in hints:
            try:
                numbers |= {update.number for update in adapter.read_webhook(event._get_body())}
            except ValueError as error:
                event._reject(str(error))
        if numbers:
            parcels = self.env["xb.parcel"].search(
                [
                    ("number", "in", list(numbers)),
                    ("tracker_id", "=", self.id),
                    ("is_over", "=", False),
                ]
            )
            self._enqueue_poll(parcels.ids)
