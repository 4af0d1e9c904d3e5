from odoo import models


class StockPackageType(models.Model):
    _inherit = "stock.package.type"

    def _xb_get_size(self):
        """Return the type's size in centimetres, as parcels have it; empty without one.

        Odoo has it in millimetres (or feet); of types that a shipping provider brings in the
        provider's own unit, which for these is not known: then in no parcel either.

        :rtype: dict
        """
        if not self or self.package_carrier_type not in (False, "none"):
            return {}
        self.ensure_one()
        unit = self.env["product.template"]._get_length_uom_id_from_ir_config_parameter()
        centimetre = self.env.ref("uom.product_uom_cm")
        sides = {"length": self.packaging_length, "width": self.width, "height": self.height}
        return {
            name: unit._compute_quantity(value, centimetre, round=False)
            for name, value in sides.items()
            if value
        }
