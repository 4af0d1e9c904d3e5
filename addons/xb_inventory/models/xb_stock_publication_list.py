from odoo import api, models
from odoo.fields import Command


class XbStockPublication(models.Model):
    """Which rows there are: one for each thing that a shop sells."""

    _inherit = "xb.stock.publication"

    # === BUSINESS METHODS === #

    @api.model
    def _relist(self, shops=None, companies=None):
        """Look again, in the background, what shops sell that are told of stock.

        :param shops: ``xb.shop`` records; None for all
        :param companies: ``res.company`` records to narrow it; None or empty for all
        """
        domain = [("stock_push", "=", "automatic")]
        if shops is not None:
            domain.append(("id", "in", shops.ids))
        if companies:
            domain.append(("company_id", "in", companies.ids))
        # In sudo mode: whoever changes a product or a listing need not know the shops.
        for shop in self.env["xb.shop"].sudo().search(domain):
            self.with_delay(
                identity_key=f"xb.stock.list:{shop.id}",
                description=self.env._("List what %(shop)s sells", shop=shop.name),
            )._job_list(shop.id)

    @api.model
    def _job_list(self, shop_id):
        """Make the rows of one shop what it sells now. Safe to run twice."""
        shop = self.env["xb.shop"].sudo().browse(shop_id).exists()
        if shop and shop.active and shop.stock_push == "automatic":
            self._list_offers(shop)

    @api.model
    def _cron_list(self):
        """The net under lost moments: all shops, again."""
        self._relist()

    @api.model
    def _list_offers(self, shops):
        """Make rows for what shops sell, and take away those of what they do not sell any more.

        :param shops: ``xb.shop`` records
        """
        for shop in shops.sudo():
            offers = {offer.key: offer for offer in shop._get_stock_offers()}
            rows = self.sudo().search([("shop_id", "=", shop.id)])
            gone = rows.filtered(lambda row, offers=offers: row.key not in offers)
            kept = rows - gone
            gone._take_back(shop)
            for row in kept:
                row._follow_offer(offers.pop(row.key))
            self.sudo().create([
                {"shop_id": shop.id, **self._prepare_offer_vals(offer)}
                for offer in offers.values()])
        self.env.cr.postcommit.add(self._wake)

    def _take_back(self, shop):
        """Forget what the shop does not sell any more. What it may still offer by that name is told
        zero: nobody would follow that number."""
        for row in self:
            if row.has_confirmed or row.state == "waiting":
                row._tell(shop, 0, expected=False)
        self.unlink()

    def _follow_offer(self, offer):
        """Note that the shop sells something else by the same name."""
        self.ensure_one()
        if (self.sku or "", self.ref or "", self._get_content()) != offer[1:]:
            self.part_ids.unlink()
            self.write({**self._prepare_offer_vals(offer), "dirty": True})

    @api.model
    def _prepare_offer_vals(self, offer):
        alone = list(offer.content.values()) == [1.0]
        return {
            "key": offer.key, "sku": offer.sku, "ref": offer.ref,
            "product_id": next(iter(offer.content)) if alone else False,
            "part_ids": [] if alone else [
                Command.create({"product_id": product_id, "quantity": quantity})
                for product_id, quantity in offer.content.items()],
        }
