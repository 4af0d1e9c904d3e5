from dataclasses import replace

import numpy as np

from odoo import api, models
from odoo.tools.misc import split_every

from ..const import BATCH, MOVED_KEY, MOVED_SECONDS
from .xb_price_input import remember


class XbShop(models.Model):
    """Repricing by itself: every night, and as soon as an input has moved."""

    _inherit = "xb.shop"

    # === WHEN === #

    @api.model
    def _cron_reprice(self):
        """Enqueue the nightly repricing of the shops that want it."""
        for shop in self.search([("price_schedule", "!=", "manual"),
                                 ("price_market_id", "!=", False)]):
            shop.with_delay(description=f"Reprice {shop.name}")._job_reprice()

    @api.model
    def _touch_prices(self, domain, product_ids):
        """Have prices looked at soon: an input of theirs was changed in this transaction.

        Only shops that reprice by themselves are concerned. One job per shop is made before the
        commit, however many records were changed.

        :param list domain: of the shops.
        :param product_ids: ids of the products concerned; None for all.
        """
        # In sudo mode: who changes a cost or a fee need not see the shops.
        shops = self.sudo().search([
            ("price_schedule", "!=", "manual"), ("price_trigger_change", ">", 0),
            ("price_market_id", "!=", False), *domain])
        if not shops:
            return
        data = self.env.cr.precommit.data
        if MOVED_KEY not in data:
            data[MOVED_KEY] = {}
            # As whoever changes it: the run says who that was.
            self.env.cr.precommit.add(self.sudo()._enqueue_touched)
        remember(data[MOVED_KEY], shops.ids, product_ids)

    def _enqueue_touched(self):
        """Make a job for each shop that this transaction has touched."""
        for shop_id, product_ids in self.env.cr.precommit.data.pop(MOVED_KEY, {}).items():
            shop = self.browse(shop_id).exists()
            products = None if product_ids is None else shop._get_listed(product_ids)
            if shop and products != []:
                shop.with_delay(
                    eta=MOVED_SECONDS, description=f"Inputs moved: prices of {shop.name}",
                    identity_key=f"xb.price.moved:{shop_id}:{products or 'all'}",
                )._job_reprice_moved(products)

    def _get_listed(self, product_ids):
        """Return which products the shop lists, sorted."""
        lines = self.env["xb.listing.line"].search([
            ("product_id", "in", list(product_ids)), ("listing_id.shop_id", "=", self.id)])
        return sorted(lines.product_id.ids)

    # === HOW === #

    def _get_listing_ids(self, product_ids=None):
        """Return the ids of the shop's listings that are sold, sorted.

        :param product_ids: only those that contain one of these products; None for all.
        """
        domain = [("shop_id", "in", self.ids)]
        if product_ids is not None:
            domain.append(("line_ids.product_id", "in", product_ids))
        return self.env["xb.listing"].search(domain, order="id").ids

    def _job_reprice(self):
        """Price the shop's listings anew; propose or publish what moved."""
        for shop in self:
            shop._reprice(shop._get_listing_ids(), self.env._(
                "Nightly repricing of %(shop)s", shop=shop.name))

    def _job_reprice_moved(self, product_ids=None):
        """Price anew the listings whose cost, freight, fees or rate have moved beyond the shop's
        threshold; propose or publish them as the shop wants it.

        :param list product_ids: look at listings of these products only; None for all.
        """
        for shop in self.exists():
            if shop.price_schedule != "manual" and shop.price_trigger_change:
                shop._reprice(shop._get_listing_ids(product_ids), self.env._(
                    "Inputs of %(shop)s moved", shop=shop.name), shop.price_trigger_change)

    def _reprice(self, listing_ids, note, beyond=0.0):
        """Propose new prices of listings, and publish what may go without approval.

        :param float beyond: only where an input moved by more than this share of the price.
        """
        self.ensure_one()
        for batch in split_every(BATCH, listing_ids, list):
            source = self.env["xb.price.source"]._read_listings(batch)
            quotes = self.env["xb.price.quoter"]._quote(source)
            chosen = self._moved_beyond(source, quotes, beyond) if beyond else quotes
            self._act_on(source, chosen, note)
            self.env["xb.listing"]._write_watch(*self._look_again(source, quotes))

    def _moved_beyond(self, source, quotes, beyond):
        moves = self.env["xb.listing"]._get_moves(source, quotes, np.arange(len(source)))
        return replace(quotes, price=np.where(moves.max(axis=1) > beyond, quotes.price, 0))

    def _act_on(self, source, quotes, note):
        """Propose changes; changes beyond the limit wait in a run of their own."""
        Run, limit = self.env["xb.price.run"], self.price_approval_change
        if self.price_schedule == "publish":
            change = np.abs(quotes.price - source.price) / np.maximum(source.price, 1)
            far = (change > limit) & (source.price > 0) & (limit > 0)
            Run._propose(source, replace(quotes, price=np.where(far, 0, quotes.price)),
                         "rule", note, at_once=True)
            quotes = replace(quotes, price=np.where(far, quotes.price, 0))
        for run in Run._propose(source, quotes, "rule", note):
            run._ask_managers()

    def _look_again(self, source, quotes):
        """Return source and quotes with the prices that buyers pay by now."""
        listings = self.env["xb.listing"].browse(source.listing_id.tolist())
        before = source.price
        source = self.env["xb.price.source"]._read_listings(listings.ids)
        if (source.price == before).all():
            return source, quotes
        return source, self.env["xb.price.quoter"]._quote(source)

    def _job_watch_prices(self):
        """Look at what the shop's prices earn today."""
        for shop in self:
            self.env["xb.listing"].browse(shop._get_listing_ids())._watch()
