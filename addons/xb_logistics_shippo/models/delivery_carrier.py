from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import SecretError, VendorError
from odoo.addons.xb_logistics.adapters.labels import mark

from ..const import VENDOR

FILE_TYPES = (
    "PDF_4x6", "PDF_4x8", "PDF_A4", "PDF_A5", "PDF_A6", "PDF", "PDF_2.3x7.5",
    "PNG", "PNG_2.3x7.5", "ZPLII",
)  # fmt: skip


class DeliveryCarrier(models.Model):
    """Shippo as a delivery method: its price on the order, its label on the delivery."""

    _inherit = "delivery.carrier"

    delivery_type = fields.Selection(
        selection_add=[(VENDOR, "Shippo")],
        ondelete={VENDOR: lambda carriers: carriers.write({"delivery_type": "fixed"})},
    )
    shippo_connection_id = fields.Many2one(
        "xb.connection", string="Shippo Account", domain=[("vendor", "=", VENDOR)]
    )
    shippo_service = fields.Char(
        string="Service Level",
        help="Shippo's token, such as usps_priority; empty takes the cheapest offer.",
    )
    shippo_file_type = fields.Selection(
        [(name, name) for name in FILE_TYPES], string="Label Format", default="PDF_4x6"
    )

    # === COMPUTE METHODS === #

    def _compute_can_generate_return(self):
        result = super()._compute_can_generate_return()
        self.filtered(lambda c: c.delivery_type == VENDOR).can_generate_return = True
        return result

    # === THE CONTRACT OF `delivery` === #

    def shippo_rate_shipment(self, order):
        """Return what sending the order costs; see `delivery.carrier.rate_shipment`."""
        parcel = self.env["xb.parcel"].new(
            {
                "name": order.name,
                "company_id": order.company_id.id,
                "partner_id": order.partner_shipping_id.id,
                "weight": order._get_estimated_weight(),
                "item_ids": [
                    fields.Command.create(
                        {"sale_line_id": line.id, "quantity": line.product_uom_qty}
                    )
                    for line in order.order_line._xb_filter_goods()
                ],
            }
        )
        try:
            rate = self._shippo_get_rate(parcel._prepare_shipment())
        except UserError as error:
            return {
                "success": False,
                "price": 0.0,
                "error_message": str(error),
                "warning_message": False,
            }
        price = self._shippo_to_company(rate, order.company_id, order.date_order)
        return {"success": True, "price": price, "error_message": False, "warning_message": False}

    def shippo_send_shipping(self, pickings):
        """Order a label for each package of the transfers; it is bought after the commit.

        The tracking numbers are not known yet: they come onto parcels and transfers by themselves.

        :return: `[{"exact_price", "tracking_number": False}]`, one per transfer
        :raise UserError: Nobody offers a rate; nothing is delivered then.
        """
        result = []
        for picking in pickings:
            price = 0.0
            for parcel in picking._shippo_make_parcels():
                rate = self._shippo_get_rate(parcel._prepare_shipment())
                price += self._shippo_to_company(rate, picking.company_id, fields.Date.today())
                connection_sudo = self._shippo_get_connection_sudo(picking.company_id)
                parcel._order_label(connection_sudo, rate, variant=self.shippo_file_type)
            result.append({"exact_price": price, "tracking_number": False})
        return result

    def shippo_get_tracking_link(self, picking):
        """Return the carrier's page about the transfer's first parcel, or the customer's page."""
        parcel = picking.xb_parcel_ids.filtered("tracking_url")[:1]
        return parcel.tracking_url or (
            (picking.sale_id and picking.sale_id._xb_get_tracking_link()) or False
        )

    def shippo_cancel_shipment(self, pickings):
        """Give the labels of the transfers back."""
        parcels = pickings.xb_parcel_ids.filtered(
            lambda p: p.label_state in ("ordered", "bought", "refused")
        )
        for parcel in parcels:
            parcel._void_label()

    def shippo_get_return_label(self, pickings, tracking_number=None, origin_date=None):
        """Order a label for the way back of each parcel."""
        for parcel in pickings.xb_parcel_ids.filtered(lambda p: p.direction == "outbound"):
            back = parcel.copy({"direction": "return"})
            rate = self._shippo_get_rate(back._prepare_shipment())
            connection_sudo = self._shippo_get_connection_sudo(back.company_id)
            back._order_label(connection_sudo, rate, variant=self.shippo_file_type)

    # === BUSINESS METHODS === #

    def _shippo_get_connection_sudo(self, company):
        """Return the account, in sudo mode: whoever ships need not read connections.

        :raise UserError: There is none.
        """
        connections_sudo = self.env["xb.connection"].sudo()
        found = self.shippo_connection_id.sudo() or connections_sudo.search(
            [("vendor", "=", VENDOR), ("company_id", "=", company.id)], limit=1
        )
        if not found:
            raise UserError(self.env._("Choose a Shippo account for “%s” first.", self.name))
        return found

    def _shippo_get_rate(self, shipment):
        """Return the offer of this method's service level, the cheapest without one.

        :rtype: Rate
        :raise UserError: Nobody offers it; the text says why.
        """
        connection_sudo = self._shippo_get_connection_sudo(self.company_id or self.env.company)
        try:
            offers = connection_sudo._get_adapter().get_rates(shipment)
        except (VendorError, SecretError) as error:
            raise UserError(connection_sudo._describe_error(error)) from error
        wanted = [
            rate
            for rate, _cheapest, _fastest in mark(offers)
            if self.shippo_service in (False, "", rate.service_code)
        ]
        if not wanted:
            raise UserError(
                self.env._(
                    "Shippo has no offer “%(service)s” for this shipment. It has: %(others)s.",
                    service=self.shippo_service,
                    others=", ".join(sorted({rate.service_code for rate in offers})),
                )
            )
        return wanted[0]

    def _shippo_to_company(self, rate, company, date):
        currency = self.env["res.currency"].with_context(active_test=False)
        found = currency.search([("name", "=", rate.currency)], limit=1)
        amount = float(rate.amount)
        return found._convert(amount, company.currency_id, company, date) if found else amount
