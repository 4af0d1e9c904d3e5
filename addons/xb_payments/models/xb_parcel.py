from odoo import models

from ..const import TRACKING


class XbParcel(models.Model):
    """Shipping proof: whoever took the money gets to know carrier and number."""

    _inherit = "xb.parcel"

    def _get_upload_destinations(self):
        """Override of `xb_logistics`: the providers that the parcel's orders were paid with."""
        destinations = super()._get_upload_destinations()
        for tx_sudo in self._get_paid_transactions():
            provider_sudo = tx_sudo.provider_id
            value = {
                "attempt": tx_sudo.xb_attempt,
                "payment_reference": tx_sudo.provider_reference or "",
                "order": tx_sudo.xb_order_reference or "",
                "number": self.number or "",
                "carrier": self.carrier_id.code or "",
                "carrier_name": self.carrier_id.name or "",
                "tracking_url": self.tracking_url or "",
                "shipped": (self.shipped_at or self.create_date).strftime("%Y-%m-%d"),
                "codes": self._get_payment_carrier_codes(provider_sudo),
            }
            key = f"{self.key}:{tx_sudo.xb_attempt}"
            destinations.append((provider_sudo.xb_connection_id, TRACKING, key, value))
        return destinations

    def _get_paid_transactions(self):
        """Return the transactions, in sudo mode, whose provider wants to know about this parcel."""
        # In sudo mode: warehouse people ship what they need not see the payment of.
        orders_sudo = self.sudo().order_ids
        txs_sudo = orders_sudo.transaction_ids | orders_sudo.invoice_ids.transaction_ids
        return txs_sudo.filtered(
            lambda tx: (
                tx.state == "done"
                and tx.operation != "refund"
                and not tx.source_transaction_id
                and tx.provider_id.xb_send_tracking
                and tx.provider_id.xb_has_tracking
            )
        ).sorted("id")

    def _get_payment_carrier_codes(self, provider_sudo):
        """Return what the provider's systems call the carrier: ``{system: code}``."""
        systems = provider_sudo.xb_connection_id._get_adapter_class().code_systems
        found = {system: self.carrier_id._get_code(system) for system in systems}
        return {system: code for system, code in found.items() if code}

    def _filter_auto_upload(self):
        """Override of `xb_logistics`: shipped and paid through a provider goes out by itself."""
        return super()._filter_auto_upload() | self.filtered(
            lambda parcel: parcel.shipped_at and parcel._get_paid_transactions()
        )
