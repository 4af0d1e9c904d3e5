from dataclasses import dataclass

import numpy as np

from odoo import models
from odoo.tools import SQL


@dataclass(slots=True)
class Source:
    """Listings to price, as columns; entry i of each belongs to the same listing.

    :param listing_id: 0 for a product that has no listing in the shop.
    :param product_id: the product, of a bundle its first one, 0 where nothing is mapped.
    :param price: what buyers pay now, smallest units of the shop's currency.
    :param reference: reference price likewise, 0 for none.
    :param fee_category: text, may be empty.
    :param line_row, line_product, line_quantity: contents: row of the listing, position of the
        product in :attr:`products`, thousandths.
    :param products: ids of all products, sorted; the columns after it are theirs.
    :param weight: g; ``sizes`` mm, three columns.
    """

    listing_id: np.ndarray
    shop_id: np.ndarray
    product_id: np.ndarray
    price: np.ndarray
    reference: np.ndarray
    fee_category: list
    line_row: np.ndarray
    line_product: np.ndarray
    line_quantity: np.ndarray
    products: np.ndarray = None
    template: np.ndarray = None
    category: np.ndarray = None
    brand: list = None
    weight: np.ndarray = None
    sizes: np.ndarray = None
    product_fee_category: list = None

    def __len__(self):
        return len(self.listing_id)

    def add_up(self, per_product):
        """Return the sum over each listing's contents, in thousandths of the products' unit."""
        total = np.zeros(len(self), np.int64)
        np.add.at(total, self.line_row, per_product[self.line_product] * self.line_quantity)
        return total


class XbPriceSource(models.AbstractModel):
    """Reads what is to be priced; a handful of queries whatever the number."""

    _name = "xb.price.source"
    _description = "Source of Prices"

    def _read_listings(self, listing_ids):
        """Return listings, in the order of their ids.

        The caller has checked that the user may read them.

        :param listing_ids: ids of `xb.listing`.
        """
        ids = sorted(listing_ids)
        self.env["xb.listing"].flush_model()
        self.env["xb.listing.line"].flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT l.id, l.shop_id, COALESCE(l.product_id, 0),
                   round(COALESCE(l.price, 0) * 10 ^ c.decimal_places)::bigint,
                   round(COALESCE(l.reference_price, 0) * 10 ^ c.decimal_places)::bigint,
                   COALESCE(l.fee_category, '')
              FROM xb_listing l JOIN xb_shop s ON s.id = l.shop_id
              JOIN res_currency c ON c.id = s.currency_id
             WHERE l.id = ANY(%s) ORDER BY l.id
            """, ids))
        columns = list(zip(*rows, strict=True)) if rows else [()] * 6
        lines = self.env.execute_query(SQL(
            """
            SELECT listing_id, product_id, round(quantity::numeric * 1000)::bigint
              FROM xb_listing_line WHERE listing_id = ANY(%s) ORDER BY listing_id, sequence, id
            """, ids))
        return self._prepare_source(columns, lines)

    def _read_products(self, product_ids, shop):
        """Return products as if each were listed alone; in the order given."""
        count = len(product_ids)
        columns = [range(count), [shop.id] * count, product_ids, [0] * count, [0] * count,
                   [""] * count]
        lines = [(row, product_id, 1000) for row, product_id in enumerate(product_ids)]
        source = self._prepare_source(columns, lines)
        source.listing_id[:] = 0
        return source

    def _prepare_source(self, columns, lines):
        whole = [np.array(column, np.int64) for column in columns[:5]]
        keys, products, quantities = zip(*lines, strict=True) if lines else ((), (), ())
        line_row = np.searchsorted(whole[0], np.array(keys, np.int64))
        line_product = np.array(products, np.int64)
        known = np.unique(line_product)
        # a bundle is looked at as its first product
        first, place = np.unique(line_row, return_index=True)
        product_id = whole[2].copy()
        product_id[first] = line_product[place]
        source = Source(
            whole[0], whole[1], product_id, whole[3], whole[4], list(columns[5]), line_row,
            np.searchsorted(known, line_product), np.array(quantities, np.int64), known)
        return self._add_products(source)

    def _add_products(self, source):
        """Read what is known about the products themselves."""
        self.env["product.template"].flush_model()
        self.env["product.product"].flush_model()
        rows = self.env.execute_query(SQL(
            """
            SELECT p.id, t.id, t.categ_id, lower(COALESCE(t.xb_brand, '')),
                   ceil(COALESCE(p.weight, 0) * 1000)::bigint,
                   round(COALESCE(p.xb_length, 0) * 10)::bigint,
                   round(COALESCE(p.xb_width, 0) * 10)::bigint,
                   round(COALESCE(p.xb_height, 0) * 10)::bigint,
                   COALESCE(t.xb_fee_category, g.xb_fee_category, '')
              FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id
              LEFT JOIN product_category g ON g.id = t.categ_id
             WHERE p.id = ANY(%s) ORDER BY p.id
            """, source.products.tolist()))
        columns = list(zip(*rows, strict=True)) if rows else [()] * 9
        source.template, source.category, source.weight = (
            np.array([value or 0 for value in columns[place]], np.int64) for place in (1, 2, 4))
        source.brand, source.product_fee_category = list(columns[3]), list(columns[8])
        source.sizes = np.array(columns[5:8], np.int64).T.reshape(-1, 3)
        return source
