from odoo import fields, models
from odoo.tools import SQL


class XbShopBuyer(models.Model):
    """Which contact stands for a platform's buyer: the binding that lets two imports running at
    the same time agree on one contact."""

    _name = "xb.shop.buyer"
    _description = "Buyer of a Shop"
    _rec_name = "key"
    _order = "id"

    shop_id = fields.Many2one("xb.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    key = fields.Char(
        required=True,
        help="id:<the platform's buyer id>, mail:<address> or guest:<country>.",
    )
    partner_id = fields.Many2one("res.partner", string="Contact", index=True, ondelete="cascade")

    _shop_key_uniq = models.Constraint(
        "UNIQUE(shop_id, key)", "A buyer exists once per shop.",
    )

    # === BUSINESS METHODS === #

    def _get_or_claim(self, shop, keys):
        """Return the bindings of ``keys``, adding rows without a contact for the new ones.

        A key that a concurrent transaction has just added makes PostgreSQL raise a serialization
        failure here (REPEATABLE READ); Odoo then runs the whole transaction again and finds it.

        :param xb.shop shop: the shop.
        :param keys: buyer keys, see :attr:`~..core.draft.Draft.buyer_key`.
        :rtype: dict[str, xb.shop.buyer]
        """
        rows = self.search([("shop_id", "=", shop.id), ("key", "in", list(keys))])
        missing = sorted(set(keys) - set(rows.mapped("key")))
        if missing:
            inserted = self.env.execute_query(SQL(
                """
                INSERT INTO xb_shop_buyer
                       (shop_id, company_id, key, create_uid, write_uid, create_date, write_date)
                SELECT %s, %s, key, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM unnest(%s) AS key
                    ON CONFLICT (shop_id, key) DO NOTHING
                RETURNING id
                """,
                shop.id, shop.company_id.id, self.env.uid, self.env.uid, missing,
            ))
            rows |= self.browse(row_id for [row_id] in inserted)
        return {row.key: row for row in rows}
