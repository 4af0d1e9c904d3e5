from odoo import api, fields, models

from ..messages import get_message


class XbParcel(models.Model):
    """What is known of a parcel before it ships: size, cost, label, papers."""

    _inherit = "xb.parcel"

    # pylint: disable-next=attribute-deprecated  # a field, of the parcel
    length = fields.Float(string="Length (cm)", digits=(8, 1))
    width = fields.Float(string="Width (cm)", digits=(8, 1))
    height = fields.Float(string="Height (cm)", digits=(8, 1))
    cost = fields.Monetary(help="What the carrier charges for it.")
    currency_id = fields.Many2one(
        "res.currency",
        string="Cost Currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    label = fields.Binary(copy=False, attachment=True)
    label_name = fields.Char(copy=False)
    is_international = fields.Boolean(compute="_compute_is_international")
    customs_gaps = fields.Text(
        string="Missing for Customs",
        compute="_compute_customs_gaps",
        help="What customs would ask for, as long as the parcel can be opened again.",
    )
    number_remark = fields.Char(
        compute="_compute_number_remark", help="What is odd about the tracking number."
    )
    _size_positive = models.Constraint(
        "CHECK(length >= 0 AND width >= 0 AND height >= 0 AND cost >= 0 AND weight >= 0)",
        "Size, weight and cost of a parcel cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_currency_id(self):
        for parcel in self:
            parcel.currency_id = (
                parcel.currency_id or (parcel.company_id or self.env.company).currency_id
            )

    @api.depends("company_id.country_id", "country_id")
    def _compute_is_international(self):
        for parcel in self:
            home, there = parcel.company_id.country_id, parcel.country_id
            parcel.is_international = bool(home and there and home != there)

    @api.depends(
        "direction",
        "is_international",
        "status",
        "item_ids.hs_code",
        "item_ids.origin_country_id",
        "item_ids.customs_value",
        "item_ids.customs_description",
    )
    def _compute_customs_gaps(self):
        for parcel in self:
            wanted = (
                parcel.direction == "outbound"
                and parcel.is_international
                and parcel.status in ("pending", "info_received")
            )
            gaps = parcel.item_ids._get_customs_gaps() if wanted else []
            parcel.customs_gaps = "\n".join(gaps) or False

    @api.depends("number", "carrier_id", "carrier_id.format_ids")
    def _compute_number_remark(self):
        Carrier = self.env["xb.carrier"]
        for parcel in self:
            code, near = Carrier._judge_number(parcel.carrier_id.id or 0, parcel.number or "")
            params = {
                "number": parcel.number,
                "carrier": parcel.carrier_id.name,
                "suggestions": ", ".join(near),
            }
            code = code and (f"odd_{code}_near" if near else f"odd_{code}")
            parcel.number_remark = get_message(self.env, code, params) if code else False
