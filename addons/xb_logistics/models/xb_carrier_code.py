from odoo import api, fields, models, tools


class XbCarrierCode(models.Model):
    """What a carrier is called at one platform or aggregator. Data that a manager may edit."""

    _name = "xb.carrier.code"
    _description = "Carrier Code"
    _order = "carrier_id, system_id, variant, id"
    _rec_name = "code"

    carrier_id = fields.Many2one("xb.carrier", required=True, index=True, ondelete="cascade")
    system_id = fields.Many2one("xb.code.system", required=True, index=True, ondelete="cascade")
    system_key = fields.Char(related="system_id.key", string="System Key")
    code = fields.Char(required=True, help="Exactly as the other side spells it.")
    variant = fields.Char(
        help="A marketplace or country with a spelling of its own, such as DE; empty for all.",
    )

    _system_unique = models.UniqueIndex(
        "(carrier_id, system_id, COALESCE(variant, ''))",
        "The carrier has a code there already: change that one.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what waited for a code goes out by itself."""
        codes = super().create([self._clean(vals) for vals in vals_list])
        codes._on_changed()
        return codes

    def write(self, vals):
        """Override: see `create`; the carrier the code was taken from is told, too."""
        before = self.carrier_id
        result = super().write(self._clean(vals))
        self._on_changed(before)
        return result

    def unlink(self):
        """Override: see `create`."""
        before = self.carrier_id
        result = super().unlink()
        self._on_changed(before)
        return result

    @api.model
    def _clean(self, vals):
        names = [name for name in ("code", "variant") if vals.get(name)]
        return {**vals, **{name: vals[name].strip() for name in names}}

    def _on_changed(self, before=()):
        self.env.registry.clear_cache()
        carriers = self.exists().carrier_id
        (carriers | before if before else carriers)._on_codes_changed()

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache("system")
    def _get_map(self, system):
        """Return {(carrier id, variant or ""): code} of one system."""
        codes = self.sudo().search([("system_id.key", "=", system)])
        return {(c.carrier_id.id, (c.variant or "").upper()): c.code for c in codes}

    @api.model
    @tools.ormcache("system")
    def _get_carriers_by_code(self, system):
        """Return {code in lower case: carrier id}; of several carriers the first in order."""
        codes = self.sudo().search([("system_id.key", "=", system)])
        ordered = codes.sorted(lambda c: (c.carrier_id.sequence, c.carrier_id.id))
        return {c.code.lower(): c.carrier_id.id for c in reversed(ordered)}
