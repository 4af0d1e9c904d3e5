from odoo import api, fields, models

FOLLOWED = {"cost", "currency_id", "active", "label_state", "number", "shipped_at"}


class XbParcel(models.Model):
    """What a parcel costs: what was expected, what the carrier billed."""

    _inherit = "xb.parcel"

    charge_ids = fields.One2many("xb.carrier.charge", "parcel_id", "Carrier Charges",
                                 readonly=True, groups="xb_base.group_finance")
    billed_currency_id = fields.Many2one(related="company_id.currency_id",
                                         string="Company Currency")
    estimated_cost = fields.Monetary(
        "Estimate", currency_field="billed_currency_id", compute="_compute_billed_cost",
        groups="xb_base.group_finance", help="Its cost in the company's currency.")
    billed_cost = fields.Monetary(
        "Billed", currency_field="billed_currency_id", compute="_compute_billed_cost",
        groups="xb_base.group_finance",
        help="What posted bills of carriers charge for carrying it, company currency.")
    billed_difference = fields.Monetary(
        "Above Estimate", currency_field="billed_currency_id", compute="_compute_billed_cost",
        groups="xb_base.group_finance")
    billed_duty = fields.Monetary(
        "Duty Billed", currency_field="billed_currency_id", compute="_compute_billed_cost",
        groups="xb_base.group_finance")

    # === COMPUTE METHODS === #

    def _compute_billed_cost(self):
        billed = {}
        for parcel, component, value in self.env["xb.carrier.charge"]._read_group(
                [("parcel_id", "in", self.ids), ("move_state", "=", "posted")],
                ["parcel_id", "component"], ["value:sum"]):
            billed[parcel.id, component] = value
        for parcel in self:
            own = parcel.company_id.currency_id
            parcel.estimated_cost = parcel.currency_id._convert(
                parcel.cost, own, parcel.company_id,
                parcel.shipped_at or parcel.create_date or fields.Date.today()) \
                if parcel.currency_id and own else parcel.cost
            parcel.billed_cost = billed.get((parcel.id, "freight"), 0.0)
            parcel.billed_duty = billed.get((parcel.id, "duty"), 0.0)
            parcel.billed_difference = bool(parcel.billed_cost) and (
                parcel.billed_cost - parcel.estimated_cost)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the profit of its orders follows its cost, and bills that came before it."""
        parcels = super().create(vals_list)
        self.env["xb.order.profit"]._schedule(
            parcels.filtered(lambda p: p.direction != "inbound" and (p.cost or p.number)))
        return parcels

    def write(self, vals):
        """Override: likewise; a cost that is taken back, too."""
        orders = self.filtered("cost").order_ids if "cost" in vals else None
        result = super().write(vals)
        if FOLLOWED & vals.keys():
            self.env["xb.order.profit"]._schedule(
                self.filtered(lambda p: p.direction != "inbound"), orders)
        return result

    def unlink(self):
        """Override: likewise."""
        orders = self.item_ids._get_priced_parcels().order_ids
        result = super().unlink()
        self.env["xb.order.profit"]._schedule(self.browse(), orders)
        return result

    # === ACTION METHODS === #

    def action_view_charges(self):
        """Open what carriers charged for these parcels."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "xb_finance.xb_carrier_charge_action")
        return {**action, "domain": [("parcel_id", "in", self.ids)], "context": {}}
