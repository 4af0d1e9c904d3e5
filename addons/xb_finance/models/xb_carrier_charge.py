from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.carrier_bill import KIND_LABELS

TYPED = {"parcel_id", "kind", "note"}
REASONS = [
    ("no_number", "The row names no parcel"),
    ("unknown_number", "No parcel has this tracking number"),
    ("ambiguous", "Several parcels have this tracking number"),
    ("no_order", "The parcel carries no order of a shop"),
]


class XbCarrierCharge(models.Model):
    """One amount that a carrier charges for a parcel: a row of its bill.

    What the carrier said is never edited: a mistake is a charge of our own, with a reason. One
    whose parcel nobody knows stays open with the reason; it is booked and paid like the others.
    """

    _name = "xb.carrier.charge"
    _description = "Carrier Charge"
    _order = "move_id desc, row, part, id"
    _rec_name = "number"
    _check_company_auto = True

    move_id = fields.Many2one("account.move", "Bill", required=True, index=True,
                              ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    carrier_id = fields.Many2one(related="move_id.xb_carrier_id", store=True)
    currency_id = fields.Many2one(related="move_id.currency_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    move_state = fields.Selection(related="move_id.state", string="Bill Is")
    row = fields.Integer("Row of the File", readonly=True)
    part = fields.Integer(readonly=True)
    number = fields.Char("Tracking Number", readonly=True)
    kind = fields.Selection(KIND_LABELS, required=True, default="other")
    words = fields.Char("Carrier's Words", readonly=True)
    weight = fields.Float("Weight Charged", digits=(12, 3), readonly=True,
                          help="In the unit of the carrier's file.")
    amount = fields.Monetary(required=True, readonly=True,
                             help="Positive is a cost. Net of the carrier's own tax.")
    parcel_id = fields.Many2one("xb.parcel", check_company=True, index="btree_not_null",
                                ondelete="restrict")
    order_ids = fields.Many2many(related="parcel_id.order_ids", string="Orders")
    state = fields.Selection([("matched", "Tied to a Parcel"), ("open", "Open")], required=True,
                             default="open", readonly=True)
    reason = fields.Selection(REASONS, "Open Because", readonly=True)
    key = fields.Char(required=True, readonly=True, default="carrier_freight/0",
                      help="The line of the bill that it is in: purpose and shop.")
    value = fields.Monetary(
        "Booked As", currency_field="company_currency_id", readonly=True,
        help="Its share of the posted line, company currency.")
    component = fields.Selection([("freight", "Freight"), ("duty", "Duty")], readonly=True,
                                 help="Of profit. Empty: no cost, such as VAT that comes back.")
    is_correction = fields.Boolean("Correction", readonly=True)
    note = fields.Char("Reason")

    _open_idx = models.Index("(company_id, number) WHERE state = 'open'")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what a person adds is a correction, with a reason, while the bill is a
        draft.

        :raise UserError: otherwise
        """
        if not self.env.su:
            vals_list = [self._check_correction(vals) for vals in vals_list]
        charges = super().create(vals_list)
        # In sudo mode: what the correction is tied to follows from its number.
        corrections = charges.filtered("is_correction").sudo()
        if corrections:
            corrections._match()
            corrections._take_parcels(self.env["xb.parcel"])
        return charges

    def write(self, vals):
        """Override: what the carrier said stays as it is; a parcel can be named for it.

        :raise UserError: for anything else
        """
        if not self.env.su:
            if vals.keys() - TYPED:
                raise UserError(self.env._(
                    "A row of a carrier's bill is not edited. Add a correction with the reason."))
            self.check_access("write")
            if "kind" in vals:
                self._check_draft()
        before = self.parcel_id
        result = super(XbCarrierCharge, self.sudo()).write(vals)
        if not self.env.su and vals.keys() & {"parcel_id", "kind"}:
            self.sudo()._take_parcels(before)
        return result

    def _check_draft(self):
        if any(charge.move_id.state != "draft" for charge in self):
            raise UserError(self.env._(
                "The bill is posted. Reset it to draft, or enter the correction with a bill of "
                "its own."))

    def _check_correction(self, vals):
        move = self.env["account.move"].browse(vals.get("move_id")).exists()
        if not move or not move.xb_carrier_id:
            raise UserError(self.env._("Open the carrier's bill that the correction belongs to."))
        move.check_access("write")
        if move.state != "draft":
            self.new({"move_id": move.id})._check_draft()
        if not (vals.get("note") or "").strip() or not vals.get("amount"):
            raise UserError(self.env._("A correction needs an amount and the reason."))
        allowed = {"move_id", "number", "kind", "amount", "note", "parcel_id"}
        return {**{name: vals[name] for name in allowed & vals.keys()}, "is_correction": True,
                "words": vals["note"].strip()}

    # === ACTION METHODS === #

    def action_match(self):
        """Look for the parcels of open charges again."""
        self.check_access("write")
        self.filtered(lambda charge: charge.state == "open")._match()
        return True

    def action_open_bill(self):
        """Open the bill."""
        self.ensure_one()
        return self.move_id.get_formview_action()

    # === BUSINESS METHODS === #

    def _match(self):
        """Tie charges to the parcels of their numbers, or say why not.

        :return: those whose parcel was found
        """
        # In sudo mode: matching follows from numbers, nobody types it.
        charges = self.sudo().exists().filtered(lambda charge: not charge.parcel_id)
        found = self._find_parcels(
            {(charge.company_id.id, charge.carrier_id.id, charge.number) for charge in charges})
        groups = {}
        for charge in charges:
            parcel, reason = found[charge.company_id.id, charge.carrier_id.id, charge.number]
            groups.setdefault((parcel, reason), []).append(charge.id)
        tied = charges.browse()
        for (parcel, reason), ids in groups.items():
            group = charges.browse(ids)
            group.write({"parcel_id": parcel.id if parcel else False, "reason": reason})
            tied += group if parcel else group.browse()
        tied._take_parcels(self.env["xb.parcel"])
        return tied.with_env(self.env)

    def _take_parcels(self, before):
        """State, line of the bill and profit follow from charges' parcels.

        :param xb.parcel before: parcels that they were tied to
        """
        purposes, groups = {}, {}
        for charge in self:
            place = charge.kind, charge.company_id, charge.parcel_id.country_id
            if place not in purposes:
                purposes[place] = self.env["account.move"]._xb_get_charge_purpose(*place)
            vals = charge._prepare_match_vals(purposes[place])
            groups.setdefault(tuple(vals.items()), []).append(charge.id)
        for vals, ids in groups.items():
            self.browse(ids).write(dict(vals))
        self.move_id._xb_build_lines()
        posted = self.move_id.filtered(lambda move: move.state == "posted")
        if posted:
            self.env["xb.order.profit"]._rebuild_bills(
                posted, (before | self.parcel_id).order_ids)

    def _prepare_match_vals(self, purpose):
        """State and line of a charge from its parcel; on a posted bill the line stays."""
        self.ensure_one()
        shops = self.parcel_id.order_ids.xb_shop_id
        reason = self.reason or "unknown_number"
        if self.parcel_id:
            reason = False if shops else "no_order"
        vals = {"state": "open" if reason else "matched", "reason": reason}
        if self.move_id.state == "draft":
            vals["key"] = f"{purpose}/{shops.id if len(shops) == 1 else 0}"
        return vals

    @api.model
    def _find_parcels(self, wanted):
        """Return the parcels of tracking numbers, one query.

        :param set wanted: (company id, carrier id, number)
        :return: {that: (xb.parcel or False, reason)}
        """
        numbers = {number for _company, _carrier, number in wanted if number}
        by_number = {}
        # In sudo mode: finance need not be let into the warehouse to pay the carrier.
        for parcel in self.env["xb.parcel"].sudo().search([
                ("number", "in", list(numbers)), ("direction", "!=", "inbound"),
                ("company_id", "in", [company for company, _carrier, _number in wanted])]):
            by_number.setdefault((parcel.company_id.id, parcel.number), []).append(parcel)
        found = {}
        for company_id, carrier_id, number in wanted:
            parcels = by_number.get((company_id, number), [])
            own = [parcel for parcel in parcels if parcel.carrier_id.id == carrier_id]
            parcels = own or parcels
            reason = "no_number" if not number else (
                "unknown_number" if not parcels else len(parcels) > 1 and "ambiguous")
            found[company_id, carrier_id, number] = (
                parcels[0] if len(parcels) == 1 else False, reason)
        return found

    def _prepare_reversal_vals(self):
        """Values of the charge that takes this one back."""
        self.ensure_one()
        return {
            "row": self.row, "part": self.part, "number": self.number, "kind": self.kind,
            "words": self.words, "weight": self.weight, "amount": -self.amount,
            "parcel_id": self.parcel_id.id, "state": self.state, "reason": self.reason,
            "key": self.key, "note": self.note,
        }

    @api.model
    def _get_estimates(self, moves):
        """Return what bills' parcels were expected to cost and what was charged for carrying
        them, company currency.

        :return: {move id: (estimate, billed)}
        """
        if not moves.ids:
            return {}
        self.flush_model()
        self.env["xb.parcel"].flush_model()
        rate = self.env["xb.order.profit"]._sql_rate(
            SQL("p.currency_id"), SQL("m.company_id"),
            SQL("COALESCE(p.shipped_at, p.create_date)::date"))
        rows = self.env.execute_query(SQL(
            """
            SELECT m.id, COALESCE(SUM(c.estimate), 0), COALESCE(SUM(c.billed), 0)
              FROM account_move m
              JOIN LATERAL (
                  SELECT SUM(CASE WHEN m.state = 'posted' THEN g.value ELSE
                             g.amount / NULLIF(m.invoice_currency_rate, 0)::numeric END) AS billed,
                         MAX(p.cost * %s) AS estimate
                    FROM xb_carrier_charge g JOIN xb_parcel p ON p.id = g.parcel_id
                   WHERE g.move_id = m.id AND split_part(g.key, '/', 1) = 'carrier_freight'
                   GROUP BY p.id) c ON TRUE
             WHERE m.id IN %s AND m.xb_carrier_id IS NOT NULL GROUP BY m.id
            """, rate, tuple(moves.ids)))
        currencies = {move.id: move.company_currency_id for move in moves}
        return {move_id: (currencies[move_id].round(float(estimate)),
                          currencies[move_id].round(float(billed)))
                for move_id, estimate, billed in rows}
