from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..const import FINANCE_GROUP
from ..core.charges import CHARGES, COMPONENT, VAT, VAT_BACK


class AccountMove(models.Model):
    """A carrier's bill is an ordinary vendor bill whose lines add up charges of parcels.

    The charges are what the carrier said, one per row; the lines are their sums per account and
    shop. Posted, each charge has its share of the lines' value, to the cent.
    """

    _inherit = "account.move"

    xb_carrier_id = fields.Many2one(
        "xb.carrier", "Carrier", readonly=True, copy=False, index="btree_not_null",
        ondelete="restrict", help="Whose bill it is, split over its parcels.")
    xb_charge_ids = fields.One2many("xb.carrier.charge", "move_id", "Charges", readonly=True,
                                    groups=FINANCE_GROUP)
    xb_charge_count = fields.Integer("Charges", compute="_compute_xb_charges",
                                     groups=FINANCE_GROUP)
    xb_charge_open_count = fields.Integer("Open Charges", compute="_compute_xb_charges",
                                          groups=FINANCE_GROUP)
    xb_parcel_count = fields.Integer("Parcels", compute="_compute_xb_charges",
                                     groups=FINANCE_GROUP)
    xb_freight_estimate = fields.Monetary(
        "Estimated Freight", compute="_compute_xb_charges",
        currency_field="company_currency_id", groups=FINANCE_GROUP,
        help="What the bill's parcels were expected to cost.")
    xb_freight_billed = fields.Monetary(
        "Billed Freight", compute="_compute_xb_charges", currency_field="company_currency_id",
        groups=FINANCE_GROUP,
        help="What the bill charges for the carriage of these parcels.")
    xb_freight_difference = fields.Monetary(
        "Above Estimate", compute="_compute_xb_charges", currency_field="company_currency_id",
        groups=FINANCE_GROUP)
    xb_charge_digest = fields.Char("Checksum", readonly=True, copy=False,
                                   help="Checksum of the file's rows.")

    xb_settlement_id = fields.Many2one(
        "xb.settlement", "Settlement", readonly=True, copy=False, index="btree_not_null",
        help="Whose sales have become payments of invoices by this entry.")

    # === COMPUTE METHODS === #

    @api.depends("state", "xb_charge_ids.state", "xb_charge_ids.amount", "xb_charge_ids.parcel_id")
    def _compute_xb_charges(self):
        counts = {move.id: dict.fromkeys(("all", "open", "parcels"), 0) for move in self}
        Charge = self.env["xb.carrier.charge"]
        for move, state, count, parcels in Charge._read_group(
                [("move_id", "in", self.ids)], ["move_id", "state"],
                ["__count", "parcel_id:count_distinct"]):
            found = counts[move.id]
            found["all"] += count
            found["open"] += count if state == "open" else 0
            found["parcels"] += parcels
        estimates = Charge._get_estimates(self)
        for move in self:
            found = counts.get(move._origin.id) or dict.fromkeys(("all", "open", "parcels"), 0)
            move.xb_charge_count, move.xb_charge_open_count, move.xb_parcel_count = (
                found["all"], found["open"], found["parcels"])
            estimate, billed = estimates.get(move._origin.id, (0.0, 0.0))
            move.xb_freight_estimate, move.xb_freight_billed = estimate, billed
            move.xb_freight_difference = billed - estimate

    # === CRUD METHODS === #

    def write(self, vals):
        """Override: what a carrier's bill means for orders follows its state, and so does what an
        invoice means for settlements."""
        left = self.browse()
        if "state" in vals and vals["state"] != "posted":
            left = self.filtered(lambda move: move.state == "posted")
        result = super().write(vals)
        if left:
            left._xb_book_settlements()
        if "state" in vals:
            bills = self.filtered("xb_carrier_id")
            if bills:
                bills._xb_after_state()
        return result

    # === ACTION METHODS === #

    def action_xb_view_charges(self):
        """Open the charges, the open ones first if there are any."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_carrier_charge_action")
        return {**action, "domain": [("move_id", "=", self.id)], "context": {
            "default_move_id": self.id, "search_default_open": bool(self.xb_charge_open_count)}}

    def action_xb_view_parcels(self):
        """Open the bill's parcels, with what was expected and what was billed."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_parcel_action_billed")
        return {**action, "domain": [("id", "in", self.xb_charge_ids.parcel_id.ids)]}

    def action_xb_match(self):
        """Look for the parcels of the open charges again: they may have come in since."""
        self.check_access("read")
        # In sudo mode: whoever reads the bill may have its numbers looked up.
        self.sudo().xb_charge_ids.filtered(lambda charge: charge.state == "open")._match()
        return True

    # === POSTING === #

    def _post(self, soft=True):
        """Override of `account`: lines and charges say the same, or the bill is not posted; an
        invoice of an order whose sale a settlement has booked is paid by it.

        :raise UserError: naming the line that differs
        """
        bills = self.filtered("xb_carrier_id")
        bills._xb_check_charges()
        posted = super()._post(soft)
        posted._xb_book_settlements()
        return posted

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override of `account`: a carrier's credit note takes the charges back."""
        default_values_list = default_values_list or [{} for _move in self]
        for move, defaults in zip(self, default_values_list, strict=True):
            if move.xb_carrier_id:
                defaults["xb_carrier_id"] = move.xb_carrier_id.id
                defaults["xb_charge_ids"] = [
                    Command.create(charge._prepare_reversal_vals())
                    for charge in move.sudo().xb_charge_ids]
        # In sudo mode where there are charges: nobody types a carrier's charges.
        return super(AccountMove, self.sudo() if self.xb_carrier_id else self)._reverse_moves(
            default_values_list, cancel).sudo(self.env.su)

    def _xb_book_settlements(self):
        """Sales that settlements have booked are paid invoices from now on, or sales again."""
        documents = self.filtered(lambda move: move.is_sale_document(include_receipts=True))
        if documents:
            # In sudo mode: who posts an invoice need not be of finance.
            self.env["xb.settlement"].sudo()._book_invoices(documents.sudo())

    # === CARRIER'S BILLS === #

    def _xb_check_charges(self):
        sums = {}
        # In sudo mode: an accountant who posts the bill need not be of our finance.
        for move, key, amount in self.env["xb.carrier.charge"].sudo()._read_group(
                [("move_id", "in", self.ids)], ["move_id", "key"], ["amount:sum"]):
            sums.setdefault(move.id, {})[key] = amount
        for move in self:
            sign = -1 if move.move_type == "in_refund" else 1
            booked = {}
            for line in move.invoice_line_ids.filtered("xb_charge_key"):
                key = line.xb_charge_key
                booked[key] = booked.get(key, 0.0) + sign * line.price_subtotal
            wanted = sums.get(move.id, {})
            for key in booked.keys() | wanted.keys():
                if move.currency_id.compare_amounts(booked.get(key, 0), wanted.get(key, 0)):
                    raise UserError(self.env._(
                        "%(bill)s: “%(line)s” has %(booked)s, its charges add up to %(wanted)s. "
                        "A charge is corrected by a charge of its own with the reason, not on "
                        "the line.", bill=move.ref or move.name,
                        line=move._xb_get_line_label(key),
                        booked=move.currency_id.format(booked.get(key, 0)),
                        wanted=move.currency_id.format(wanted.get(key, 0))))

    def _xb_get_line_label(self, key):
        """Return the name of a line: what is charged, and for which shop."""
        purpose, shop_id = key.split("/")
        field = self.env["xb.settlement.account"]._fields["purpose"]
        label = dict(field._description_selection(self.env))[purpose]
        shop = self.env["xb.shop"].browse(int(shop_id)).exists()
        return f"{label}, {shop.name}" if shop else label

    def _xb_prepare_charge_lines(self):
        """Return the commands of the lines that add the charges up; taxes are finance's to set,
        as on every bill.

        :return: list of commands for ``invoice_line_ids``
        """
        self.ensure_one()
        sign = -1 if self.move_type == "in_refund" else 1
        known = {line.xb_charge_key: line for line in self.invoice_line_ids
                 if line.xb_charge_key}
        commands = []
        for key, amount in self.env["xb.carrier.charge"]._read_group(
                [("move_id", "=", self.id)], ["key"], ["amount:sum"], order="key"):
            if key in known:
                commands.append(Command.update(
                    known.pop(key).id, {"price_unit": sign * amount, "quantity": 1}))
            elif not self.currency_id.is_zero(amount):
                commands.append(Command.create(self._xb_prepare_charge_line(key, sign * amount)))
        return commands + [Command.delete(line.id) for line in known.values()]

    def _xb_prepare_charge_line(self, key, price):
        purpose, shop_id = key.split("/")
        shop = self.env["xb.shop"].browse(int(shop_id))
        account = self.env["xb.settlement.account"]._get_account(
            purpose, shop, self.currency_id, company=self.company_id)
        vals = {
            "name": self._xb_get_line_label(key), "account_id": account.id, "quantity": 1,
            "price_unit": price, "tax_ids": [Command.clear()], "xb_charge_key": key,
        }
        if shop.analytic_account_id:
            vals["analytic_distribution"] = {str(shop.analytic_account_id.id): 100}
        return vals

    def _xb_build_lines(self):
        """Make a draft's lines what its charges add up to."""
        for move in self.filtered(lambda m: m.state == "draft"):
            move.sudo().write({"invoice_line_ids": move._xb_prepare_charge_lines()})

    def _xb_after_state(self):
        """Value the charges of what was posted, and work the profit of its orders out anew."""
        for move in self:
            if move.state == "posted":
                move._xb_value_charges()
        # In sudo mode: the rows follow from what was booked, nobody writes them.
        self.env["xb.order.profit"].sudo()._rebuild_bills(self)

    def _xb_value_charges(self):
        """Give each charge its share of its line's value in the company's currency.

        Largest remainder: the shares of a line add up to its balance, to the cent. Where the
        line's account is no expense (import VAT that comes back), the charge is nobody's profit.
        """
        self.ensure_one()
        self.env.flush_all()
        components = SQL(", ").join(
            SQL("(%s, %s)", *pair) for pair in COMPONENT.items())
        self.env.cr.execute(SQL(
            """
            WITH line AS (
                SELECT l.xb_charge_key AS key, SUM(l.balance) AS balance,
                       SUM(l.amount_currency) AS amount,
                       bool_or(a.account_type LIKE 'income%%' OR a.account_type LIKE 'expense%%')
                           AS is_cost
                  FROM account_move_line l JOIN account_account a ON a.id = l.account_id
                 WHERE l.move_id = %(id)s AND l.xb_charge_key IS NOT NULL GROUP BY 1
            ), exact AS (
                SELECT c.id, c.key, l.is_cost, COALESCE(l.balance, 0) * %(unit)s AS whole,
                       c.amount * COALESCE(l.balance / NULLIF(l.amount, 0), %(rate)s) * %(unit)s
                           AS exact
                  FROM xb_carrier_charge c LEFT JOIN line l ON l.key = c.key
                 WHERE c.move_id = %(id)s
            ), share AS (
                SELECT id, key, is_cost, FLOOR(exact) AS cents,
                       ROUND(whole - SUM(FLOOR(exact)) OVER (PARTITION BY key)) AS rest,
                       ROW_NUMBER() OVER (PARTITION BY key
                                          ORDER BY exact - FLOOR(exact) DESC, id) AS place
                  FROM exact
            )
            UPDATE xb_carrier_charge c
               SET value = (s.cents + (s.place <= s.rest)::int) / %(unit)s,
                   component = CASE WHEN COALESCE(s.is_cost, TRUE) THEN (
                       SELECT k.component FROM (VALUES %(components)s) k(purpose, component)
                        WHERE k.purpose = split_part(s.key, '/', 1)) END
              FROM share s WHERE s.id = c.id
            """, id=self.id, unit=10 ** self.company_currency_id.decimal_places,
            rate=1 / (self.invoice_currency_rate or 1.0), components=components))
        self.env["xb.carrier.charge"].invalidate_model(["value", "component"])

    @api.model
    def _xb_get_vat_purpose(self, company, country):
        """Return the purpose of import VAT: a cost, unless the company declares VAT there."""
        home = company.account_fiscal_country_id or company.country_id
        registered = country and (country == home or self.env[
            "account.fiscal.position"].sudo().search_count([
                ("company_id", "=", company.id), ("foreign_vat", "!=", False),
                ("country_id", "=", country.id)], limit=1))
        return VAT_BACK if registered else VAT

    @api.model
    def _xb_get_charge_purpose(self, kind, company, country):
        purpose = CHARGES[kind].purpose
        return self._xb_get_vat_purpose(company, country) if purpose == VAT else purpose
