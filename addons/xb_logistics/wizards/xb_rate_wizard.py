from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.exceptions import SecretError, VendorError

from ..adapters.labels import LabelAdapter, mark


class XbRateWizard(models.TransientModel):
    """What carriers offer for a parcel, side by side; one click orders the label."""

    _name = "xb.rate.wizard"
    _description = "Compare Rates"
    _rec_name = "parcel_id"

    parcel_id = fields.Many2one("xb.parcel", required=True, readonly=True, ondelete="cascade")
    problems = fields.Text(readonly=True)
    line_ids = fields.One2many("xb.rate.wizard.line", "wizard_id", readonly=True)

    def _ask(self):
        """Ask all services that sell labels to the parcel's company.

        :raise UserError: Nobody sells labels, or the parcel lacks what carriers want to know.
        """
        self.ensure_one()
        sellers = self._get_sellers_sudo(self.parcel_id.company_id)
        if not sellers:
            raise UserError(
                self.env._(
                    "No connection sells labels. Connect a label service under Configuration,"
                    " Connections."
                )
            )
        shipment = self.parcel_id._prepare_shipment()
        problems, commands = [], []
        for connection in sellers:
            try:
                offers = connection._get_adapter().get_rates(shipment)
            except (VendorError, SecretError) as error:
                problems.append(f"{connection.name}: {connection._describe_error(error)}")
                continue
            commands += [
                fields.Command.create(self._prepare_line(connection, *offer))
                for offer in mark(offers)
            ]
        self.write({"problems": "\n".join(problems) or False, "line_ids": commands})

    @api.model
    def _get_sellers_sudo(self, company):
        """Return the company's connections that sell labels, in sudo mode."""
        connections_sudo = self.env["xb.connection"].sudo()
        found = connections_sudo.search([("company_id", "=", company.id)])
        return found.filtered(lambda c: issubclass(c._get_label_class() or object, LabelAdapter))

    @api.model
    def _prepare_line(self, connection, rate, cheapest, fastest):
        currency = self.env["res.currency"].with_context(active_test=False)
        return {
            "connection_id": connection.id,
            "ref": rate.ref,
            "carrier": rate.carrier,
            "provider": rate.provider,
            "service": rate.service,
            "service_code": rate.service_code,
            "amount": float(rate.amount),
            "currency_id": currency.search([("name", "=", rate.currency)], limit=1).id,
            "days": rate.days or 0,
            "is_cheapest": cheapest,
            "is_fastest": fastest,
        }

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare Rates"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
