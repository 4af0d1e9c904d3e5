import pytz

from odoo import models
from odoo.tools.misc import hmac


class SaleOrder(models.Model):
    """What the customer sees of his parcels: values for a page, in his language and zone."""

    _inherit = "sale.order"

    # === ACTION METHODS === #

    def action_xb_tracking_page(self):
        """Open the page that the customer of the order sees."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_url", "url": self._xb_get_tracking_link(), "target": "new"}

    # === BUSINESS METHODS === #

    def _xb_get_tracking_signature(self):
        """Return what makes the link to the order's tracking page genuine."""
        self.ensure_one()
        return hmac(self.env(su=True), "xb_logistics.tracking_page", self.id)[:40]

    def _xb_get_tracking_link(self):
        """Return the address of the customer's tracking page, for mails and messages."""
        self.ensure_one()
        path = f"/xb/track/{self._xb_get_tracking_signature()}/{self.id}"
        return f"{self.get_base_url()}{path}"

    def _xb_get_customer_tz(self):
        """Return the customer's time zone: his own, his country's, or the company's.

        A country with several zones is shown in the one its capital or most people have first in
        the list of zones; the page names the zone.
        """
        partner = self.partner_shipping_id
        zones = pytz.country_timezones.get(partner.country_id.code or "", [])
        return partner.tz or next(iter(zones), "") or self.company_id.partner_id.tz or "UTC"

    def _xb_prepare_tracking_page(self):
        """Return what the page shows, as plain values in the language of the context.

        Only this order's goods are named, whoever else's are in the same parcel.
        """
        self.ensure_one()
        tz = self._xb_get_customer_tz()
        parcels = self.xb_parcel_ids.filtered("active").sorted("id")
        going = parcels.filtered(lambda p: p.direction == "outbound")
        waiting = [
            (line.product_id.display_name, quantity)
            for line, quantity in self.order_line._xb_get_qty_to_pack().items()
            if quantity
        ]
        return {
            "order": self.client_order_ref or self.name,
            "company": self.company_id,
            "tz": tz,
            "parcels": [parcel._prepare_tracking_page(self, tz) for parcel in going],
            "returns": [parcel._prepare_tracking_page(self, tz) for parcel in parcels - going],
            "waiting": [(name, f"{quantity:g}") for name, quantity in waiting],
            "help_email": self.company_id.email,
        }
