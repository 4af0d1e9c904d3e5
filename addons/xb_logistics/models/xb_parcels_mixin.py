from odoo import api, fields, models


class XbParcelsMixin(models.AbstractModel):
    """Documents whose goods travel in parcels: how many, and the button that opens them.

    The document has ``xb_parcel_ids``, over the table of the parcels' own field.
    """

    _name = "xb.parcels.mixin"
    _description = "Goods in Parcels"

    # The field of `xb.parcel` that names such documents, and the action that shows parcels.
    _xb_parcel_field = None
    _xb_parcel_action = "xb_logistics.xb_parcel_action"

    xb_parcel_count = fields.Integer(compute="_compute_xb_parcel_count", string="Parcel Count")

    # === COMPUTE METHODS === #

    @api.depends("xb_parcel_ids")
    def _compute_xb_parcel_count(self):
        # In sudo mode: the number on the button is for everybody who may read the document.
        field = self._xb_parcel_field
        counts = dict(
            self.env["xb.parcel"]
            .sudo()
            ._read_group([(field, "in", self.ids)], [field], ["__count"])
        )
        for document in self:
            document.xb_parcel_count = counts.get(document._origin, 0)

    # === ACTION METHODS === #

    def action_view_xb_parcels(self):
        """Open the parcels of the documents."""
        action = self.env["ir.actions.act_window"]._for_xml_id(self._xb_parcel_action)
        domain = [(self._xb_parcel_field, "in", self.ids)]
        action = {**action, "domain": domain, "context": {}}
        parcels = self.xb_parcel_ids
        if len(parcels) == 1:
            action.update(res_id=parcels.id, view_mode="form", views=[(False, "form")])
        return action
