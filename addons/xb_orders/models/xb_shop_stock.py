from odoo import models
from odoo.fields import Domain

from odoo.addons.xb_inventory.core.offer import Offer


class XbShop(models.Model):
    """What a shop is told of stock, by its listings."""

    _inherit = "xb.shop"

    def _get_stock_offers(self):
        """Override of `xb_inventory`: a listing is told by its own name, a bundle by what it
        contains. A product that has a listing in the shop is not told by its internal reference as
        well, nor is a reference that is a listing's name."""
        listings = self.env["xb.listing"].sudo().search_fetch(
            [("shop_id", "=", self.id)], ["sku", "ref", "is_mapped", "product_id"])
        mapped = listings.filtered("is_mapped")
        named = {name for listing in listings for name in (listing.sku, listing.ref) if name}
        listed = set(mapped.product_id.ids)
        kept = set(self.env["product.product"].sudo().search(
            Domain("id", "in", mapped.line_ids.product_id.ids) & self._get_kept_domain()).ids)
        offers = [offer for offer in super()._get_stock_offers()
                  if offer.key not in named and listed.isdisjoint(offer.content)]
        for listing in mapped:
            content = listing.line_ids._get_content()
            if not kept.isdisjoint(content):
                offers.append(Offer(
                    listing.ref or listing.sku, listing.sku or "", listing.ref or "", content))
        return offers

    def _on_stock_refused(self):
        """Override of `xb_inventory`: what it has sold is fetched before it is told again."""
        result = super()._on_stock_refused()
        self.filtered("can_list_orders")._enqueue_sync()
        return result
