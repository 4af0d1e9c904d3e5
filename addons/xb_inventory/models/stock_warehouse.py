from odoo import api, models
from odoo.tools import ormcache


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    @api.model
    @ormcache()
    def _xb_companies(self):
        """Return the company id of every warehouse, archived ones included, by id in order."""
        self.env.cr.execute("SELECT id, company_id FROM stock_warehouse ORDER BY sequence, id")
        return dict(self.env.cr.fetchall())

    @api.model
    @ormcache("company_ids")
    def _xb_ids_of(self, company_ids):
        """Return the warehouses of companies, archived ones included, in order.

        :param tuple company_ids: ids of ``res.company``
        :rtype: tuple[int]
        """
        return tuple(
            place for place, company in self._xb_companies().items() if company in company_ids
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `stock`: the list above is another one."""
        warehouses = super().create(vals_list)
        self.env.flush_all()
        self.env.registry.clear_cache()
        return warehouses

    def unlink(self):
        """Override of `stock`: the list above is another one."""
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
