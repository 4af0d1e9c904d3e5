from odoo import fields, models
from odoo.exceptions import AccessError


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    # === FIELDS === #

    kpi_xb_stock_low = fields.Boolean("Products Running Out")
    kpi_xb_stock_low_value = fields.Integer(compute="_compute_kpi_xb_stock_values")
    kpi_xb_stock_stale = fields.Boolean("Stock Figures Not Confirmed")
    kpi_xb_stock_stale_value = fields.Integer(compute="_compute_kpi_xb_stock_values")

    # === COMPUTE METHODS === #

    def _compute_kpi_xb_stock_values(self):
        """How it is now: the past of neither is kept."""
        if not self.env["xb.stock.level"].has_access("read"):
            raise AccessError(self.env._("Stock levels are not for this user's digest."))
        alerts = self.env["xb.stock.alert"]
        for digest in self:
            company = digest.company_id or self.env.company
            digest.kpi_xb_stock_low_value = len(alerts._find_low(company))
            digest.kpi_xb_stock_stale_value = len(alerts._find_stale(company))

    def _compute_kpis_actions(self, company, user):
        """Override of `digest`: the figures lead to the monitor."""
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("xb_base.menu_root").id
        target = f"xb_inventory.xb_stock_monitor_action?menu_id={menu}"
        return {**actions, "kpi_xb_stock_low": target, "kpi_xb_stock_stale": target}
