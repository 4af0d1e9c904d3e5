from dataclasses import dataclass

import numpy as np

from odoo import models
from odoo.tools import SQL

from ..sql import array, read_columns


@dataclass(slots=True)
class Source:
    """Listings to price, as columns; entry i of each belongs to the same listing.

    :param listing_id: 0 for a product that has no listing in the shop.
    :param product_id: the product, of a bundle its first one, 0 where nothing is mapped.
    :param price: what buyers pay now, smallest units of the shop's currency.
    :param reference: reference price likewise, 0 for none.
    :param fee_category: position in :attr:`fee_categories`: the listing's own, else its product's.
    :param line_row, line_product, line_quantity: contents: row of the listing, position of the
        product in :attr:`products`, thousandths.
    :param products: ids of all products, sorted; the columns after it are theirs.
    :param brand: position in :attr:`brands`; the first of each list is the empty text.
    :param weight: g; ``sizes`` mm, three columns; ``is_goods`` false for a service.
    """

    listing_id: np.ndarray
    shop_id: np.ndarray
    product_id: np.ndarray
    price: np.ndarray
    reference: np.ndarray
    line_row: np.ndarray
    line_product: np.ndarray
    line_quantity: np.ndarray
    products: np.ndarray
    fee_category: np.ndarray = None
    fee_categories: list = None
    template: np.ndarray = None
    category: np.ndarray = None
    brand: np.ndarray = None
    brands: list = None
    weight: np.ndarray = None
    sizes: np.ndarray = None
    is_goods: np.ndarray = None

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
        ids = array(sorted(listing_ids))
        self.env["xb.listing"].flush_model()
        self.env["xb.listing.line"].flush_model()
        columns = read_columns(self.env.cr, SQL(
            """
            SELECT l.id::bigint, l.shop_id::bigint, COALESCE(l.product_id, 0)::bigint,
                   round(COALESCE(l.price, 0) * 10 ^ c.decimal_places)::bigint,
                   round(COALESCE(l.reference_price, 0) * 10 ^ c.decimal_places)::bigint
              FROM xb_listing l JOIN xb_shop s ON s.id = l.shop_id
              JOIN res_currency c ON c.id = s.currency_id
             WHERE l.id = ANY(%s::int[]) ORDER BY l.id
            """, ids), "iiiii")
        lines = read_columns(self.env.cr, SQL(
            """
            SELECT listing_id::bigint, product_id::bigint,
                   round(quantity::numeric * 1000)::bigint
              FROM xb_listing_line WHERE listing_id = ANY(%s::int[])
             ORDER BY listing_id, sequence, id
            """, ids), "iii")
        own = self.env.execute_query(SQL(
            "SELECT id, fee_category FROM xb_listing WHERE id = ANY(%s::int[])"
            " AND fee_category <> ''", ids))
        return self._prepare_source(columns, lines, own)

    def _read_products(self, product_ids, shop):
        """Return products as if each were listed alone; in the order given."""
        count = len(product_ids)
        rows, zero = np.arange(count), np.zeros(count, np.int64)
        products = np.array(product_ids, np.int64)
        source = self._prepare_source(
            [rows, zero + shop.id, products, zero, zero], [rows, products, zero + 1000], ())
        source.listing_id = zero
        return source

    def _prepare_source(self, columns, lines, own_categories):
        listing_id, shop_id, product_id, price, reference = columns
        keys, line_product, quantities = lines
        line_row = np.searchsorted(listing_id, keys)
        known = np.unique(line_product)
        # a bundle is looked at as its first product
        first, place = np.unique(line_row, return_index=True)
        product_id = product_id.copy()
        product_id[first] = line_product[place]
        source = Source(
            listing_id, shop_id, product_id, price, reference, line_row,
            np.searchsorted(known, line_product), quantities, known)
        self._add_products(source)
        self._add_texts(source, own_categories)
        return source

    def _add_products(self, source):
        """Read what is known about the products themselves."""
        self.env["product.template"].flush_model()
        self.env["product.product"].flush_model()
        columns = read_columns(self.env.cr, SQL(
            """
            SELECT t.id::bigint, COALESCE(t.categ_id, 0)::bigint,
                   ceil(COALESCE(p.weight, 0) * 1000)::bigint,
                   round(COALESCE(p.xb_length, 0) * 10)::bigint,
                   round(COALESCE(p.xb_width, 0) * 10)::bigint,
                   round(COALESCE(p.xb_height, 0) * 10)::bigint,
                   (t.type <> 'service')::int::bigint
              FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id
             WHERE p.id = ANY(%s::int[]) ORDER BY p.id
            """, array(source.products.tolist())), "iiiiiii")
        source.template, source.category, source.weight = columns[:3]
        source.sizes = np.stack(columns[3:6], axis=1)
        source.is_goods = columns[6].astype(bool)

    def _add_texts(self, source, own_categories):
        """Read brands and fee categories; few products have them."""
        rows = self.env.execute_query(SQL(
            """
            SELECT p.id, lower(COALESCE(t.xb_brand, '')),
                   COALESCE(t.xb_fee_category, g.xb_fee_category, '')
              FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id
              LEFT JOIN product_category g ON g.id = t.categ_id
             WHERE p.id = ANY(%s::int[])
               AND COALESCE(t.xb_brand, t.xb_fee_category, g.xb_fee_category, '') <> ''
            """, array(source.products.tolist())))
        source.brand, source.brands = _coded(
            source.products, [(product_id, brand) for product_id, brand, _category in rows])
        general, names = _coded(
            source.products, [(product_id, category) for product_id, _brand, category in rows])
        own, own_names = _coded(source.listing_id, own_categories)
        place = np.searchsorted(source.products, source.product_id)
        place[place == len(source.products)] = 0
        inherited = general[place] if len(general) else np.zeros(len(source), np.int64)
        source.fee_categories = [*names, *own_names[1:]]
        source.fee_category = np.where(own > 0, own + len(names) - 1, inherited)


def _coded(ids, pairs):
    """Return texts as positions in a list of the different ones, in the order of sorted ids."""
    names = ["", *sorted({text for _key, text in pairs if text})]
    place = {text: position for position, text in enumerate(names)}
    codes = np.zeros(len(ids), np.int64)
    if pairs:
        codes[np.searchsorted(ids, [key for key, _text in pairs])] = [
            place[text] for _key, text in pairs]
    return codes, names
