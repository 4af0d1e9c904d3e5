import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.xb_base.db import is_database_trouble

from ..const import LABEL_KIND, VOID_KIND

_logger = logging.getLogger(__name__)

_LABEL_STATES = {
    "pending": "ordered",
    "retry": "ordered",
    "sending": "ordered",
    "confirmed": "bought",
    "refused": "refused",
    "dead": "refused",
}


class XbParcel(models.Model):
    """A label is bought in two phases: ordered with the transaction, bought after its commit.

    What wants the label and the order for it are one transaction: rolled back, nothing was ever
    bought. The outbox buys it afterwards, once, however often it has to try.
    """

    _inherit = "xb.parcel"

    label_state = fields.Selection(
        [
            ("ordered", "Ordered"),
            ("bought", "Bought"),
            ("refused", "Refused"),
            ("voiding", "Being Voided"),
            ("voided", "Voided"),
        ],
        readonly=True,
        copy=False,
    )
    label_connection_id = fields.Many2one(
        "xb.connection", string="Label from", readonly=True, copy=False, ondelete="set null"
    )
    label_ref = fields.Char(string="Label's Id", readonly=True, copy=False)
    label_url = fields.Char(string="Label Address", readonly=True, copy=False)
    label_service = fields.Char(readonly=True, copy=False)
    label_reason = fields.Char(string="Label Remark", readonly=True, copy=False)

    # === ACTION METHODS === #

    def action_compare_rates(self):
        """Open the offers of carriers for the parcel, side by side."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["xb.rate.wizard"].create({"parcel_id": self.id})
        wizard._ask()
        return wizard._get_action()

    def action_void_label(self):
        """Give the labels back; the carriers refund what was not used."""
        self.check_access("write")
        for parcel in self:
            parcel._void_label()
        return True

    def action_return_label(self):
        """Make the parcel that comes back, addressed the other way round, and compare its rates."""
        self.ensure_one()
        back = self.copy(
            {"direction": "return", "picking_ids": [fields.Command.clear()], "weight": self.weight}
        )
        return back.action_compare_rates()

    def action_take_label(self):
        """Enter number and carrier of bought labels that could not be entered before."""
        self.check_access("write")
        for parcel in self.filtered(lambda p: p.label_state == "bought" and not p.number):
            answer = parcel._get_label_row_sudo().answer or {}
            parcel.write(parcel._prepare_label_number_vals(answer))
            parcel.label_reason = False
        return True

    # === BUSINESS METHODS === #

    def _order_label(self, connection, rate, variant=""):
        """Order a label; it is bought after the commit.

        :param connection: The `xb.connection` that sells it.
        :param Rate rate: The offer there, see `adapters.labels`; its cost holds until the label
            says so itself, its carrier is entered together with the label's number.
        :param str variant: File type of the label in the service's words.
        :raise UserError: The parcel has a label already.
        """
        self.ensure_one()
        if self.label_state in ("ordered", "bought", "voiding"):
            raise UserError(
                self.env._("%(parcel)s has a label already. Void it first.", parcel=self.name)
            )
        value = {
            "rate": rate.ref,
            "reference": self.key,
            "file": variant or "",
            "carrier": rate.carrier,
        }
        # In sudo mode: whoever packs need not have rights on the outbox.
        self.env["xb.outbox"].sudo().push(
            connection.sudo(), LABEL_KIND, self.key, value, record=self
        )
        currency = self.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", rate.currency)], limit=1)
        self.write(
            {
                "label_state": "ordered",
                "label_connection_id": connection.id,
                "label_service": f"{rate.provider} {rate.service}",
                "label_reason": False,
                "cost": float(rate.amount),
                "currency_id": (currency or self.currency_id).id,
            }
        )

    def _void_label(self):
        """Give a label back; one that was only ordered is not bought any more."""
        self.ensure_one()
        row_sudo = self._get_label_row_sudo()
        if self.label_state in ("ordered", "refused") and row_sudo.state in (
            "pending",
            "retry",
            "refused",
        ):
            if row_sudo.attempts and row_sudo.state == "retry":
                raise UserError(
                    self.env._(
                        "The label of %(parcel)s is just being bought, and nobody knows whether it"
                        " already was. Void it once its state is known.",
                        parcel=self.name,
                    )
                )
            row_sudo.unlink()
            self.write({"label_state": "voided", "label_reason": False})
        elif self.label_state == "bought":
            self.env["xb.outbox"].sudo().push(
                self.label_connection_id.sudo(),
                VOID_KIND,
                f"{self.key}:{self.label_ref}",
                {"label": self.label_ref},
                record=self,
            )
            self.label_state = "voiding"
        else:
            raise UserError(
                self.env._("%(parcel)s has no label that could be voided.", parcel=self.name)
            )

    def _get_label_row_sudo(self):
        return (
            self.env["xb.outbox"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("kind", "=", LABEL_KIND),
                ],
                limit=1,
            )
        )

    def _xb_outbox_changed(self, row):
        """Override: a label was bought, refused or given back."""
        result = super()._xb_outbox_changed(row)
        if row.kind == LABEL_KIND:
            self.write(self._prepare_label_vals(row))
            if self.label_state == "bought":
                self._take_label(row.answer or {})
                self._enqueue_label_file()
        elif row.kind == VOID_KIND:
            done = row.state == "confirmed"
            refused = row.state in ("refused", "dead")
            self.write(
                {
                    "label_state": "voided" if done else "bought" if refused else "voiding",
                    "label_reason": False if done else row.reason,
                    **self._prepare_void_vals(done),
                }
            )
        return result

    @api.model
    def _prepare_void_vals(self, done):
        """Return what a label that was given back leaves of its parcel's number and file."""
        names = ("number", "label_url", "label", "label_name") if done else ()
        return dict.fromkeys(names, False)

    def _take_label(self, answer):
        """Enter the number of a label that was bought, and whatever follows from it.

        The label is paid for: whatever goes wrong after that is told on the parcel and must not
        undo that it was bought. The usual case is a number that another parcel has already.
        """
        try:
            with self.env.cr.savepoint():
                self.write(self._prepare_label_number_vals(answer))
                self.env.flush_all()
        except Exception as error:  # pylint: disable=broad-except
            if is_database_trouble(error):
                raise  # busy: the whole step is repeated
            _logger.exception("The label of parcel %s is bought, its number not entered", self.name)
            self.env.clear()
            self.label_reason = self.env._(
                "Bought, but its number %(number)s could not be entered: %(error)s",
                number=answer.get("number") or "?",
                error=self._describe_label_error(error),
            )

    @api.model
    def _describe_label_error(self, error):
        if isinstance(error, psycopg2.errors.UniqueViolation):
            return self.env._(
                "another parcel has it already. Correct that one, then enter the number again."
            )
        return str(error).strip() or type(error).__name__

    @api.model
    def _prepare_label_number_vals(self, answer):
        """Return number and carrier as the label says."""
        carrier = self.env["xb.carrier"]._find_by_code(
            answer.get("system") or "", answer.get("carrier")
        )
        return {
            "number": answer.get("number"),
            "carrier_id": (carrier or self.carrier_id).id,
        }

    def _prepare_label_vals(self, row):
        """Return what the answer about a label writes on its parcel, apart from its number."""
        state = _LABEL_STATES.get(row.state, "ordered")
        if state != "bought":
            return {"label_state": state, "label_reason": row.reason}
        answer = row.answer or {}
        currency = self.env["res.currency"].search([("name", "=", answer.get("currency"))], limit=1)
        return {
            "label_state": "bought",
            "label_reason": False,
            "label_ref": answer.get("label"),
            "label_url": answer.get("url"),
            **(
                {"cost": float(answer["amount"]), "currency_id": currency.id}
                if currency and answer.get("amount")
                else {}
            ),
        }

    # === SHIPMENTS === #

    def _prepare_shipment(self):
        """Return the shipment that carriers are asked to carry; see `adapters.labels`.

        :raise UserError: Weight, an address or customs data are missing; the text says which.
        """
        self.ensure_one()
        warehouse = self.picking_ids[:1].picking_type_id.warehouse_id
        sender = warehouse.partner_id or self.company_id.partner_id
        missing = [self.env._("weight")] * (not self.weight)
        missing += [self.env._("recipient")] * (not self.partner_id)
        for partner in filter(None, (sender, self.partner_id)):
            missing += [
                self.env._("%(field)s of %(name)s", field=label, name=partner.display_name)
                for label, value in (
                    (self.env._("street"), partner.street),
                    (self.env._("city"), partner.city),
                    (self.env._("country"), partner.country_id),
                )
                if not value
            ]
        if missing:
            raise UserError(
                self.env._(
                    "Enter first what carriers want to know about %(parcel)s: %(missing)s.",
                    parcel=self.name,
                    missing=", ".join(missing),
                )
            )
        abroad = sender.country_id != self.partner_id.country_id
        return {
            "from": self._prepare_address(sender),
            "to": self._prepare_address(self.partner_id),
            "parcels": [self._prepare_box()],
            "customs": self._prepare_customs() if abroad else {},
            "is_return": self.direction == "return",
        }

    def _prepare_box(self):
        kg = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        weight = kg._compute_quantity(self.weight, self.env.ref("uom.product_uom_kgm"), round=False)
        return {
            "length": f"{self.length or 20:.1f}",
            "width": f"{self.width or 15:.1f}",
            "height": f"{self.height or 10:.1f}",
            "weight": f"{weight:.3f}",
        }

    @api.model
    def _prepare_address(self, partner):
        return {
            "name": partner.name or partner.parent_id.name or "",
            "company": partner.commercial_company_name or "",
            "street1": partner.street or "",
            "street2": partner.street2 or "",
            "city": partner.city or "",
            "state": partner.state_id.code or "",
            "zip": partner.zip or "",
            "country": partner.country_id.code or "",
            "phone": partner.phone or "",
            "email": partner.email or "",
        }

    def _prepare_customs(self):
        """Return the customs declaration.

        :raise UserError: Something is missing; the text says of which product.
        """
        gaps = self.item_ids._get_customs_gaps()
        if not self.item_ids or gaps:
            raise UserError(
                self.env._(
                    "Customs will ask for more about %(parcel)s:\n%(gaps)s",
                    parcel=self.name,
                    gaps="\n".join(gaps) or self.env._("The parcel has no content yet."),
                )
            )
        share = self.weight / (sum(self.item_ids.mapped("quantity")) or 1)
        return {
            "signer": self.env.user.name,
            "is_return": self.direction == "return",
            "items": [
                {
                    "description": item.customs_description,
                    "quantity": max(round(item.quantity), 1),
                    "net_weight": f"{item.product_id.weight or share:.3f}",
                    "value": f"{item.customs_value:.2f}",
                    "currency": item.currency_id.name,
                    "origin": item.origin_country_id.code,
                    "hs_code": item.hs_code,
                }
                for item in self.item_ids
            ],
        }
