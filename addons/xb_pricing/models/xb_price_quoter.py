import numpy as np

from odoo import models
from odoo.exceptions import AccessError

from ..batch import PriceBatch
from ..const import READ_GROUPS
from ..core.quotes import Quotes
from .xb_price_plan import WhatIf


class XbPriceQuoter(models.AbstractModel):
    """Prices of many listings: rules, costs and freight as columns, one plan per group."""

    _name = "xb.price.quoter"
    _description = "Price Quoter"

    def _check_quote_access(self, shops):
        """Refuse users who may not see what things cost.

        :raise AccessError: no such role, or shops of another company.
        """
        if not self.env.su and not any(map(self.env.user.has_group, READ_GROUPS)):
            raise AccessError(self.env._("Only buyers, finance and managers see what prices"
                                         " are made of."))
        shops.check_access("read")

    def _quote(self, source, what_if=None, batches=None):
        """Return the prices of a source. Writes nothing.

        :param Source source: as `xb.price.source` reads it; access was checked.
        :param WhatIf what_if: changes to try.
        :param dict batches: takes the batch of each shop's id, for who looks at details.
        :rtype: Quotes
        """
        quotes = Quotes.empty(len(source))
        what_if, day = what_if or WhatIf(), self.env["xb.price.plan"]._today()
        # In sudo mode: rules, markets and fees are configuration; who asks was checked.
        self_sudo = self.sudo()
        for shop_id in np.unique(source.shop_id):
            shop_sudo = self_sudo.env["xb.shop"].browse(int(shop_id))
            batch = PriceBatch(
                self_sudo.with_company(shop_sudo.company_id), source, quotes, shop_sudo, day,
                what_if)
            batch.run(np.flatnonzero(source.shop_id == shop_id))
            if batches is not None:
                batches[int(shop_id)] = batch
        return quotes

    def _match_rules(self, source, shop, rows, day):
        """Return the rule of each row: the first one that fits.

        :return: ``[(xb.price.rule, rows)]``, and last the rows without one under an empty rule.
        """
        rules = self.env["xb.price.rule"].search([("company_id", "=", shop.company_id.id)])
        left, matched = rows, []
        for rule in rules:
            if not len(left):
                break
            if not self._fits_shop(rule, shop, day):
                continue
            fits = self._fits(rule, source, left)
            if fits.any():
                matched.append((rule, left[fits]))
                left = left[~fits]
        return [*matched, (rules.browse(), left)]

    def _fits_shop(self, rule, shop, day):
        return ((not rule.shop_ids or shop in rule.shop_ids)
                and (not rule.country_id or rule.country_id == shop.price_market_id.country_id)
                and (not rule.valid_from or rule.valid_from <= day)
                and (not rule.valid_to or rule.valid_to >= day))

    def _fits(self, rule, source, rows):
        """Return which rows a rule's products, category, brand and tags fit."""
        place = np.searchsorted(source.products, source.product_id[rows])
        known = source.product_id[rows] > 0
        place = np.where(known, place, 0)
        fits = np.ones(len(rows), bool)
        if rule.product_ids:
            fits &= np.isin(source.product_id[rows], rule.product_ids.ids)
        if rule.categ_id or rule.brand or rule.tag_ids:
            fits &= known
        if not len(source.products):
            return fits
        if rule.categ_id:
            inside = self.env["product.category"].search([("id", "child_of", rule.categ_id.id)])
            fits &= np.isin(source.category[place], inside.ids)
        if rule.brand:
            wanted = rule.brand.strip().lower()
            fits &= np.array([one == wanted for one in source.brands])[source.brand[place]]
        if rule.tag_ids:
            templates = self.env["product.template"].with_context(active_test=False).search(
                [("product_tag_ids", "in", rule.tag_ids.ids)])
            fits &= np.isin(source.template[place], templates.ids)
        return fits
