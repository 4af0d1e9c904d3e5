from odoo import api, models

from ..const import SHIPMENT_KIND


class XbParcel(models.Model):
    _inherit = "xb.parcel"

    @api.model
    def _get_order_ref_fields(self):
        """Override of `xb_logistics`: orders are also known by the platform's number."""
        tiers = super()._get_order_ref_fields()
        return [*tiers[:1], ["xb_ref", *(tiers[1] if len(tiers) > 1 else [])], *tiers[2:]]

    def _filter_auto_upload(self):
        """Override of `xb_logistics`: shops may want numbers as soon as there are any.

        Not those that the platform itself has told us.
        """
        parcels = super()._filter_auto_upload()
        if self.env.context.get("xb_importing"):
            return parcels
        return parcels | self.filtered(
            lambda parcel: "automatic" in parcel.order_ids.xb_shop_id.mapped("tracking_upload"))

    def _get_upload_destinations(self):
        """Override of `xb_logistics`: every order's shop that has a connection wants to know."""
        destinations = super()._get_upload_destinations()
        for order in self.order_ids:
            connection = order.xb_shop_id.connection_id
            if connection and order.xb_ref:
                destinations.append((
                    connection, SHIPMENT_KIND, f"{self.key}:{order.xb_ref}",
                    self._prepare_shipment_value(order),
                ))
        return destinations

    def _prepare_shipment_value(self, order):
        """What the platform is told about this parcel.

        :param sale.order order: the order it is told for; a parcel may carry several.
        :return: ``{"order", "shipment", "carrier", "carrier_name", "tracking", "shipped_at",
            "lines": [{"ref", "qty"}]}``; no lines where the content is not stated.
        """
        self.ensure_one()
        items = self.item_ids.filtered(
            lambda item: item.order_id == order and item.quantity
            # of a bundle its first part stands for all
            and item.sale_line_id.xb_of_ref
            and item.sale_line_id.xb_line_ref in (
                item.sale_line_id.xb_of_ref, f"{item.sale_line_id.xb_of_ref}#1"))
        return {
            "order": order.xb_ref,
            "shipment": self.key,
            "carrier": self.carrier_id.code or "",
            "carrier_name": self.carrier_id.name or "",
            "tracking": self.number or "",
            "shipped_at": (self.shipped_at or self.create_date).isoformat(
                timespec="seconds") + "+00:00",
            "lines": [
                {"ref": item.sale_line_id.xb_of_ref,
                 "qty": f"{item.quantity / (item.sale_line_id.xb_per_unit or 1):.6g}"}
                for item in items
            ],
        }
