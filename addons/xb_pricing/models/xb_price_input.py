from odoo import api, models

from ..const import MANY


class XbPriceInput(models.AbstractModel):
    """For models whose records prices are computed from: a change of one has prices looked at.

    Nothing is computed in the transaction that changes something. It leaves word which shops and
    products are concerned; before the commit that becomes one job per shop, see
    `xb.shop._job_reprice_moved`.
    """

    _name = "xb.price.input"
    _description = "Input of Prices"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of base: the new records count from now on."""
        records = super().create(vals_list)
        records._touch_prices()
        return records

    def write(self, vals):
        """Override of base: what the records were in before and are in after is looked at."""
        if not self._is_price_input(vals):
            return super().write(vals)
        self._touch_prices()
        result = super().write(vals)
        self._touch_prices()
        return result

    def unlink(self):
        """Override of base: prices that rested on the records are looked at."""
        self._touch_prices()
        return super().unlink()

    # === HOOKS === #

    @api.model
    def _is_price_input(self, vals):
        """Return whether a price may depend on what is written."""
        return True

    def _get_price_scope(self):
        """Return whose prices may depend on the records.

        :return: a domain of shops, and the ids of the products concerned; None for all.
        """
        return [], None

    # === BUSINESS METHODS === #

    def _touch_prices(self):
        """Have the prices looked at that may depend on the records."""
        if self and not self.env.context.get("install_mode"):
            self.env["xb.shop"]._touch_prices(*self._get_price_scope())


def remember(touched, shop_ids, product_ids):
    """Add to what a transaction has touched: shop id → product ids, None for all.

    >>> touched = {}
    >>> remember(touched, [5], {7})
    >>> remember(touched, [5, 6], {8})
    >>> sorted(touched[5]), touched[6]
    ([7, 8], {8})
    >>> remember(touched, [5], None)
    >>> remember(touched, [5], {9})
    >>> touched
    {5: None, 6: {8}}
    """
    for shop_id in shop_ids:
        known = touched.setdefault(shop_id, set())
        if known is None or product_ids is None or len(known) + len(product_ids) > MANY:
            touched[shop_id] = None
        else:
            touched[shop_id] = known | set(product_ids)
