from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import EVIDENCE
from ..core.truth import to_words

OPEN_STATES = ("needs_response", "under_review")


class XbPaymentDispute(models.Model):
    """A buyer wants the money back through the provider or the bank.

    Made from the provider's notifications. It has a deadline: who does not answer in time loses.
    """

    _name = "xb.payment.dispute"
    _description = "Payment Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "deadline, id desc"
    _rec_name = "reference"
    _check_company_auto = True

    # === FIELDS === #

    reference = fields.Char(
        required=True, readonly=True, index=True, help="The provider's number of the dispute."
    )
    provider_id = fields.Many2one("payment.provider", required=True, readonly=True)
    company_id = fields.Many2one(related="provider_id.company_id", store=True, index=True)
    transaction_id = fields.Many2one(
        "payment.transaction", string="Payment", readonly=True, index="btree_not_null"
    )
    partner_id = fields.Many2one(related="transaction_id.partner_id", string="Customer", store=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    reason = fields.Char(readonly=True, help="Why, in the provider's words.")
    state = fields.Selection(
        [
            ("needs_response", "Answer Needed"),
            ("under_review", "Under Review"),
            ("won", "Won"),
            ("lost", "Lost"),
            ("closed", "Closed"),
        ],
        required=True,
        readonly=True,
        default="needs_response",
        tracking=True,
        index=True,
        group_expand=True,
    )
    opened_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    deadline = fields.Datetime(
        tracking=True, help="Answer before it: who does not answer loses the money."
    )
    days_left = fields.Integer(compute="_compute_days_left")
    evidence = fields.Text(
        string="Our Answer", help="What happened, in short sentences, for the person who decides."
    )
    parcel_ids = fields.Many2many(
        "xb.parcel", string="Proof of Shipment", compute="_compute_parcel_ids"
    )
    answer_state = fields.Selection(
        [
            ("none", "Not Answered"),
            ("sending", "Being Sent"),
            ("sent", "Sent"),
            ("refused", "Refused"),
            ("manual", "Answered by Hand"),
        ],
        default="none",
        readonly=True,
        tracking=True,
    )
    answer_reason = fields.Char(readonly=True)
    can_answer = fields.Boolean(compute="_compute_can_answer")

    _reference_unique = models.Constraint(
        "UNIQUE(provider_id, reference)", "This dispute is known already."
    )

    # === COMPUTE METHODS === #

    @api.depends("deadline")
    def _compute_days_left(self):
        now = fields.Datetime.now()
        for dispute in self:
            left = dispute.deadline - now if dispute.deadline else timedelta()
            dispute.days_left = max(left.days, 0)

    @api.depends("transaction_id")
    def _compute_parcel_ids(self):
        for dispute in self:
            # In sudo mode: finance proves shipment with parcels that the warehouse owns.
            tx_sudo = dispute.sudo().transaction_id
            orders_sudo = (
                tx_sudo.sale_order_ids | tx_sudo.invoice_ids.line_ids.sale_line_ids.order_id
            )
            parcels = (
                self.env["xb.parcel"]
                .sudo()
                .search([("order_ids", "in", orders_sudo.ids), ("number", "!=", False)])
            )
            dispute.parcel_ids = parcels.ids

    @api.depends("provider_id")
    def _compute_can_answer(self):
        for dispute in self:
            abilities = dispute.sudo().provider_id._xb_get_abilities()
            dispute.can_answer = "evidence" in abilities

    # === ACTION METHODS === #

    def action_answer(self):
        """Send our answer, with carriers and numbers of what was shipped, to the provider.

        :raise UserError: there is nothing to say, or the provider takes no answers by API
        """
        self.check_access("write")
        for dispute in self:
            if dispute.state not in OPEN_STATES:
                raise UserError(self.env._("“%s” is decided already.", dispute.reference))
            if not dispute.can_answer:
                raise UserError(
                    self.env._(
                        "%s takes answers on its own site only: answer there, then press"
                        " “Answered by Hand”.",
                        dispute.provider_id.sudo().name,
                    )
                )
            if not (dispute.evidence or dispute.parcel_ids):
                raise UserError(
                    self.env._("Write our answer first, or enter the tracking number of the goods.")
                )
            dispute._push_answer()
        return True

    def action_answered_by_hand(self):
        """Note that a person has answered on the provider's site."""
        self.check_access("write")
        for dispute in self:
            dispute.write({"answer_state": "manual", "state": "under_review"})
            dispute.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_view_transaction(self):
        """Open the disputed payment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "payment.transaction",
            "res_id": self.transaction_id.id,
            "view_mode": "form",
        }

    # === BUSINESS METHODS === #

    def _push_answer(self):
        parcels_sudo = self.sudo().parcel_ids
        value = {
            "dispute": self.reference,
            "note": self.evidence or "",
            "parcels": [
                {
                    "number": parcel.number,
                    "carrier": parcel.carrier_id.code or "",
                    "carrier_name": parcel.carrier_id.name or "",
                }
                for parcel in parcels_sudo
            ],
        }
        # In sudo mode: the outbox belongs to integrators.
        self.env["xb.outbox"].sudo().push(
            self.sudo().provider_id.xb_connection_id, EVIDENCE, self.reference, value, record=self
        )
        self.write({"answer_state": "sending", "answer_reason": False})

    def _xb_outbox_changed(self, row):
        """Hook of the outbox: our answer has arrived, was refused, or is put off."""
        if row.state == "confirmed":
            self.write({"answer_state": "sent", "state": "under_review", "answer_reason": False})
            self.activity_feedback(["mail.mail_activity_data_todo"])
        elif row.state == "refused":
            self.write({"answer_state": "refused", "answer_reason": row.reason})

    @api.model
    def _take_claim(self, connection, claim):
        """Make or update the dispute that a provider tells about.

        A repeat changes nothing, and an old notification never reopens what is decided.

        :param connection: the ``xb.connection`` it came through
        :param Claim claim: what it says
        :return: the dispute; empty when no provider uses the connection
        """
        providers = self.env["payment.provider"].search([("xb_connection_id", "=", connection.id)])
        if not providers:
            return self.browse()
        dispute = self.search(
            [("provider_id", "in", providers.ids), ("reference", "=", claim.reference)], limit=1
        )
        vals = self._prepare_claim_vals(dispute.provider_id or providers, claim)
        if not dispute:
            dispute = self.create({**vals, "reference": claim.reference})
            dispute._ask_for_answer()
            return dispute
        if dispute.state not in OPEN_STATES and claim.state in OPEN_STATES:
            return dispute
        if dispute.answer_state in ("sent", "manual") and claim.state == "needs_response":
            if claim.deadline == dispute._get_deadline():
                vals["state"] = dispute.state
        changed = {
            name: value
            for name, value in vals.items()
            if dispute._fields[name].convert_to_write(dispute[name], dispute) != value
        }
        if changed:
            dispute.write(changed)
        return dispute

    def _get_deadline(self):
        return self.deadline.replace(tzinfo=UTC) if self.deadline else None

    @api.model
    def _prepare_claim_vals(self, providers, claim):
        tx = self.env["payment.transaction"].search(
            [
                ("provider_id", "in", providers.ids),
                "|",
                ("xb_attempt", "=", claim.payment),
                ("provider_reference", "=", claim.payment),
                ("operation", "!=", "refund"),
            ],
            limit=1,
        )
        provider = tx.provider_id or providers[:1]
        vals = {"provider_id": provider.id, "state": claim.state}
        currency = self.env["res.currency"].search([("name", "=", claim.currency)], limit=1)
        if tx:
            vals["transaction_id"] = tx.id
        if claim.amount is not None or tx:
            vals["amount"] = float(claim.amount) if claim.amount is not None else tx.amount
            vals["currency_id"] = (currency or tx.currency_id).id
        if claim.reason:
            vals["reason"] = to_words(claim.reason)
        if claim.deadline:
            moment = claim.deadline.astimezone(UTC).replace(tzinfo=None, microsecond=0)
            vals["deadline"] = moment
        return vals

    def _ask_for_answer(self):
        """Remind whoever does finance, two days before it is too late."""
        for dispute in self:
            user = self.env.ref("xb_base.group_finance").all_user_ids.filtered(
                lambda user, dispute=dispute: (
                    dispute.company_id in user.company_ids and not user.share and user.active
                )
            )[:1]
            due = (dispute.deadline or fields.Datetime.now() + timedelta(days=5)) - timedelta(
                days=2
            )
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=max(due.date(), fields.Date.today()),
                summary=self.env._("Answer the dispute %s", dispute.reference),
                user_id=(user or self.env.user).id,
            )
            if dispute.transaction_id:
                dispute.transaction_id._log_message_on_linked_documents(
                    self.env._(
                        "The customer disputes payment %(ref)s: %(reason)s",
                        ref=dispute.transaction_id.reference,
                        reason=dispute.reason or dispute.reference,
                    )
                )
