from odoo import models
from odoo.tools import format_date, format_datetime

# How far along the bar a status is, in percent.
PROGRESS = {
    "pending": 5,
    "info_received": 15,
    "in_transit": 50,
    "exception": 50,
    "expired": 50,
    "out_for_delivery": 80,
    "delivery_failed": 80,
    "available_for_pickup": 90,
    "delivered": 100,
    "returned": 100,
}


class XbParcel(models.Model):
    """What the customer sees of a parcel."""

    _inherit = "xb.parcel"

    def _prepare_tracking_page(self, order, tz):
        """Return what the customer's page shows of the parcel; see `sale.order`."""
        self.ensure_one()
        labels = dict(self._fields["status"]._description_selection(self.env))
        expected = self.expected_on if self.status not in ("delivered", "returned") else False
        lines = self.item_ids.filtered(lambda item: item.order_id == order)
        return {
            "number": self.number,
            "carrier": self.carrier_id.name,
            "url": self.tracking_url,
            "status": self.status,
            "label": labels[self.status],
            "progress": PROGRESS[self.status],
            "trouble": self.status in ("exception", "delivery_failed", "expired"),
            "expected": format_date(self.env, expected) if expected else "",
            "days": f"{self.days_under_way:.0f}" if self.shipped_at else "",
            "goods": [
                (item.product_id.display_name, f"{item.quantity:g}" if item.quantity else "")
                for item in lines
            ],
            "events": [
                {
                    "at": format_datetime(self.env, event.at, tz=tz, dt_format="medium"),
                    "label": labels[event.status],
                    "text": event.text or "",
                    "place": event.place or "",
                }
                for event in self.event_ids.sorted(lambda e: (e.at, e.id), reverse=True)
            ],
        }
