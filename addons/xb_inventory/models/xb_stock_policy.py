from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..core.buffer import DEFAULT_RISK, self_sized
from ..core.policy import Policy

QUANTITIES = ("buffer", "cap", "allocation", "minimum", "replenishable")


class XbStockPolicy(models.Model):
    """How much of the stock a shop may be told of: for all it sells, a category or one product.

    The most specific policy decides alone: product, then the nearest category, then the shop's.
    """

    _name = "xb.stock.policy"
    _description = "Stock Policy"
    _inherit = ["mail.thread"]
    _order = "shop_id, product_id, categ_id, id"
    _check_company_auto = True

    # === FIELDS === #

    shop_id = fields.Many2one(
        "xb.shop", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    active = fields.Boolean(default=True)
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="cascade", tracking=True,
        help="For this product alone.",
    )
    categ_id = fields.Many2one(
        "product.category", "Category", index="btree_not_null", ondelete="cascade", tracking=True,
        help="For all products in it and below.",
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    buffer_mode = fields.Selection(
        [("none", "None"), ("fixed", "Fixed"), ("auto", "Sized by Itself")],
        "Buffer",
        required=True,
        default="none",
        tracking=True,
        help="Units kept back, because the shop learns of sales elsewhere late. Sized by itself: "
        "as many as are likely to sell during the shop's sync lag.",
    )
    buffer = fields.Float("Buffer Units", digits="Product Unit", tracking=True)
    risk = fields.Float(
        default=DEFAULT_RISK * 100,
        help="Of a buffer sized by itself: how often, in percent, sales within the lag may exceed "
        "it.",
    )
    has_cap = fields.Boolean("Limit")
    cap = fields.Float(
        "At Most", digits="Product Unit", tracking=True,
        help="Published at most, whatever is there.",
    )
    has_allocation = fields.Boolean("Allocate")
    allocation = fields.Float(
        "Allocated Units", digits="Product Unit", tracking=True,
        help="So many of the free units are this shop's: it sells these and no others, and other "
        "shops cannot have them.",
    )
    minimum = fields.Float(
        "Minimum to List", digits="Product Unit", tracking=True,
        help="Below it, the shop is told zero.",
    )
    replenishable = fields.Float(
        "Replenishable Units", digits="Product Unit", tracking=True,
        help="May be sold on top of what is there, because they can be had in time.",
    )

    _product_unique = models.UniqueIndex(
        "(shop_id, COALESCE(product_id, 0), COALESCE(categ_id, 0)) WHERE active",
        "The shop has a policy for that already.",
    )
    _one_scope = models.Constraint(
        "CHECK (product_id IS NULL OR categ_id IS NULL)",
        "A policy is for a product or for a category, not for both.",
    )
    _positive = models.Constraint(
        "CHECK (" + " AND ".join(f"COALESCE({name}, 0) >= 0" for name in QUANTITIES) + ")",
        "Quantities of a stock policy cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("shop_id", "product_id", "categ_id")
    def _compute_display_name(self):
        for policy in self:
            scope = policy.product_id.display_name or policy.categ_id.display_name
            policy.display_name = (
                self.env._("%(shop)s: %(scope)s", shop=policy.shop_id.name, scope=scope)
                if scope
                else policy.shop_id.name
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("risk", "buffer_mode")
    def _check_risk(self):
        for policy in self:
            if policy.buffer_mode == "auto" and not 0 < policy.risk < 100:
                raise ValidationError(self.env._("The risk lies between 0 and 100 percent."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: what the shops are told may be another figure now."""
        policies = super().create(vals_list)
        policies._changed()
        return policies

    def write(self, vals):
        """Override of `base`: what the shops are told may be another figure now."""
        self._changed()
        result = super().write(vals)
        self._changed()
        return result

    def unlink(self):
        """Override of `base`: what the shops are told may be another figure now."""
        self._changed()
        return super().unlink()

    def _changed(self):
        self.env.registry.clear_cache()
        # An allocation of one shop is withheld from the others: all of the company look again.
        self.env["xb.stock.publication"]._mark_companies(self.company_id)

    # === BUSINESS METHODS === #

    @api.model
    def _resolve(self, shop, product_ids, warehouse_ids):
        """Say which rules hold for a shop's products.

        :param shop: one ``xb.shop`` record (sudo) or an empty one: no rules
        :param list product_ids: ids of ``product.product``
        :param warehouse_ids: where it sells from; allocations of shops elsewhere do not matter
        :return: :class:`~..core.policy.Policy` by product id
        :rtype: dict
        """
        rules = self.sudo()._get_rules(shop.company_id.id) if shop else ()
        if not rules:
            return dict.fromkeys(product_ids, Policy())
        paths = self._get_paths(product_ids) if any(rule["categ_id"] for rule in rules) else {}
        chosen = {
            shop_id: self._choose([rule for rule in rules if rule["shop_id"] == shop_id],
                                  product_ids, paths)
            for shop_id in {rule["shop_id"] for rule in rules}
        }
        neighbours = [
            by_product for shop_id, by_product in chosen.items()
            if shop_id != shop.id and by_product.place in warehouse_ids
        ]
        mine = chosen.get(shop.id, {})
        sold = self._get_velocity(
            [one for one in product_ids if (mine.get(one) or {}).get("buffer_mode") == "auto"]
        )
        return {
            product_id: self._make(
                mine.get(product_id), sold.get(product_id, 0.0), shop,
                sum(near[product_id]["allocation"] for near in neighbours
                    if near.get(product_id) and near[product_id]["has_allocation"]),
            )
            for product_id in product_ids
        }

    @api.model
    def _make(self, rule, sold_per_day, shop, withheld):
        """Turn a rule's row into the value that ``core`` reckons with."""
        if not rule:
            return Policy(withheld=withheld)
        buffer = rule["buffer"] if rule["buffer_mode"] == "fixed" else 0.0
        if rule["buffer_mode"] == "auto":
            lag = shop.stock_lag + shop._get_order_lag()
            buffer = float(self_sized(sold_per_day, lag, rule["risk"] / 100))
        return Policy(
            buffer=buffer,
            cap=rule["cap"] if rule["has_cap"] else None,
            allocation=rule["allocation"] if rule["has_allocation"] else None,
            minimum=rule["minimum"],
            replenishable=rule["replenishable"],
            withheld=withheld,
        )

    @api.model
    def _choose(self, rules, product_ids, paths):
        """Choose for each product the most specific of one shop's rules."""
        found = _Chosen(rules[0]["warehouse_id"])
        by_product = {rule["product_id"]: rule for rule in rules if rule["product_id"]}
        by_categ = {rule["categ_id"]: rule for rule in rules if rule["categ_id"]}
        general = next(
            (rule for rule in rules if not rule["product_id"] and not rule["categ_id"]), None
        )
        for product_id in product_ids:
            nearest = next(
                (by_categ[categ] for categ in paths.get(product_id, ()) if categ in by_categ), None
            )
            found[product_id] = by_product.get(product_id) or nearest or general
        return found

    @api.model
    @ormcache("company_id")
    def _get_rules(self, company_id):
        """Read the active rules of a company's active shops.

        :rtype: tuple[dict]
        """
        names = ["buffer_mode", "risk", "has_cap", "has_allocation", *QUANTITIES]
        return tuple(
            {
                "shop_id": policy.shop_id.id,
                "warehouse_id": policy.shop_id._get_stock_warehouse().id,
                "product_id": policy.product_id.id,
                "categ_id": policy.categ_id.id,
                **{name: policy[name] for name in names},
            }
            for policy in self.search(
                [("company_id", "=", company_id), ("shop_id.active", "=", True)]
            )
        )

    @api.model
    def _get_paths(self, product_ids):
        """Return the categories of products, nearest first."""
        self.env.cr.execute(
            """
            SELECT item.id, category.parent_path
              FROM product_product item
              JOIN product_template kind ON kind.id = item.product_tmpl_id
              JOIN product_category category ON category.id = kind.categ_id
             WHERE item.id = ANY(%s)
            """,
            [list(product_ids)],
        )
        return {
            product_id: [int(part) for part in reversed(path.strip("/").split("/"))]
            for product_id, path in self.env.cr.fetchall()
        }

    @api.model
    def _get_velocity(self, product_ids):
        """Return units sold per day: the faster of the last week and the last month."""
        if not product_ids:
            return {}
        self.env.cr.execute(
            """
            SELECT product_id, GREATEST(SUM(sold_7) / 7, SUM(sold_30) / 30)::float8
              FROM xb_stock_level WHERE product_id = ANY(%s) GROUP BY product_id
            """,
            [list(product_ids)],
        )
        return {product_id: sold or 0.0 for product_id, sold in self.env.cr.fetchall()}


class _Chosen(dict):
    """Rules by product id, of a shop that sells from :attr:`place`."""

    def __init__(self, place):
        super().__init__()
        self.place = place
