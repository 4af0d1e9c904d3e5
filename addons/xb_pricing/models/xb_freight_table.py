from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.xb_orders.words import words

from ..core import freight
from ..core.plan import PlanError
from ..money import to_decimal


class XbFreightTable(models.Model):
    """A carrier's prices: how its chargeable weight is found, and a band per zone and weight."""

    _name = "xb.freight.table"
    _description = "Freight Table"
    _inherit = ["mail.thread", "xb.price.input"]
    _order = "name, id"

    # === FIELDS === #

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company,
        help="Empty: for all companies.")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id)
    rule = fields.Selection(
        [(freight.NEVER, "Actual weight only"), (freight.GREATER, "The larger of the two"),
         (freight.TWICE, "Volume, if at least twice the weight"),
         (freight.LONG, "Volume, if a side is 60 cm or more")],
        "Volumetric Weight", required=True, default=freight.NEVER, tracking=True)
    divisor = fields.Integer("Divisor (cm³/kg)", help="5000, 6000, 8000 … as the carrier says.")
    step_kg = fields.Float(
        "Weight Step (kg)", digits=(8, 3), default=0.001, required=True,
        help="The chargeable weight is rounded up to it.")
    min_kg = fields.Float("Minimum Weight (kg)", digits=(8, 3))
    fuel = fields.Float("Fuel Surcharge", digits=(8, 6), tracking=True)
    max_length = fields.Integer("Longest Side (cm)", help="0 for no limit.")
    max_sum = fields.Integer("Length + Width + Height (cm)", help="0 for no limit.")
    line_ids = fields.One2many("xb.freight.line", "table_id", "Prices", copy=True)
    line_count = fields.Integer(compute="_compute_line_count")
    source = fields.Char(tracking=True)
    source_date = fields.Date("As of", tracking=True)

    _name_unique = models.Constraint(
        "UNIQUE NULLS NOT DISTINCT (company_id, name)",
        "There is a freight table of that name already.")

    # === COMPUTE METHODS === #

    @api.depends("line_ids")
    def _compute_line_count(self):
        for table in self:
            table.line_count = len(table.line_ids)

    # === CONSTRAINT METHODS === #

    @api.constrains("rule", "divisor", "step_kg", "min_kg", "fuel", "line_ids")
    def _check_cards(self):
        today = fields.Date.context_today(self)
        for table in self:
            if table.step_kg < 0.001 or table.min_kg < 0 or table.fuel < 0:
                raise ValidationError(self.env._(
                    "%(table)s: weight step, minimum weight and fuel surcharge cannot be below"
                    " zero; the step is at least one gram.", table=table.name))
            for zone in set(table.line_ids.mapped("zone")):
                try:
                    table._prepare_card(zone, today)
                except PlanError as error:
                    message = error.problem.as_dict(words(self.env))["message"]
                    raise ValidationError(self.env._(
                        "%(table)s, %(zone)s: %(problem)s",
                        table=table.name, zone=zone, problem=message)) from None

    # === ACTION METHODS === #

    def action_import(self):
        """Open the dialog that reads a file of freight prices."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_pricing.xb_price_import_action")
        return {**action, "context": {"default_kind": "freight", "default_table_id": self[:1].id}}

    # === BUSINESS METHODS === #

    def _find_zone(self, country):
        """Return the zone of a country, empty when none has it."""
        self.ensure_one()
        own = self.line_ids.filtered(lambda line: country and country in line.country_ids)
        rest = self.line_ids.filtered(lambda line: not line.country_ids)
        return (own or rest)[:1].zone or ""

    def _prepare_card(self, zone, day):
        """Return the prices of a zone as the engine's card.

        :raise PlanError: nothing can be computed with it.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(
            lambda line: line.zone == zone
            and (not line.valid_from or line.valid_from <= day)
            and (not line.valid_to or line.valid_to >= day)).sorted("from_kg")
        return freight.Card(
            bands=tuple(line._prepare_band() for line in lines),
            step_g=freight.grams(to_decimal(self.step_kg, 3)),
            min_g=freight.grams(to_decimal(self.min_kg, 3)), divisor=self.divisor or 0,
            rule=self.rule, fuel=to_decimal(self.fuel),
            surcharge=to_decimal(max(lines.mapped("surcharge"), default=0)),
            max_length=self.max_length * 10, max_sum=self.max_sum * 10,
            decimals=self.currency_id.decimal_places).checked()

    def _get_shop_domain(self):
        """Return the shops that ship by these tables, by themselves or by a rule."""
        if self.env["xb.price.rule"].sudo().search_count(
                [("freight_table_id", "in", self.ids)], limit=1):
            return []
        return [("freight_table_id", "in", self.ids)]

    # === HOOKS === #

    @api.model
    def _is_price_input(self, vals):
        """Override of `xb_pricing`: words and remarks change no price; lines tell themselves."""
        return bool(vals.keys() - {"name", "source", "source_date", "line_ids", "company_id"})

    def _get_price_scope(self):
        """Override of `xb_pricing`."""
        return self._get_shop_domain(), None
