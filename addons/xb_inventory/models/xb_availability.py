from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from .. import cache, reading
from ..const import READ_FEW, READ_PRODUCTS_MAX
from ..core.policy import claimable, publish
from ..gate import is_passed_by


class XbAvailability(models.AbstractModel):
    """What may be promised. The public methods are the contract and callable over RPC.

    Available = on hand − reserved − waiting − claimed − the shop's policy. Reading is here;
    claiming is in ``xb_availability_claim.py``, for orders in ``xb_availability_order.py``.
    """

    _name = "xb.availability"
    _description = "Availability"

    # === BUSINESS METHODS: READING === #

    @api.model
    def available(self, product_ids, shop_id=None, warehouse_id=None):
        """Say what is available of products.

        Without a shop: what is free and not claimed. With one: what its policy leaves of it, and
        why. Without a warehouse: in the shop's, else in all warehouses of the user's companies.

        :param list product_ids: ids of ``product.product``; one query for thousands
        :param int shop_id: id of ``xb.shop``, or None/False
        :param int warehouse_id: id of ``stock.warehouse``, or None/False
        :return: one row per id, in order (a list: XML-RPC knows no integer keys)::

                {"product_id", "available", "on_hand", "reserved", "waiting", "claimed",
                 "limited", "why"}

            Quantities are floats in the product's unit. ``limited`` is false for a product that
            is never refused: not tracked, or sold beyond its stock. ``why`` explains the policy
            as ``[[rule, its figure, what it left], …]``, empty without a shop.
        :raise ValidationError: an unknown product (names its row), shop or warehouse
        :raise AccessError: the user may not see stock levels, the shop or the warehouse
        """
        self.env["xb.stock.level"].check_access("read")
        self._check_product_ids(product_ids)
        shop = self._get_shop(shop_id)
        warehouse_ids = self._get_warehouse_ids(shop, warehouse_id)
        figures = self._figures(product_ids, warehouse_ids)
        if len(figures) < len(set(product_ids)):
            self._raise_unknown_product(product_ids, figures)
        return self._rows(product_ids, figures, shop, warehouse_ids)

    @api.model
    def _rows(self, product_ids, figures, shop, warehouse_ids):
        """Put figures into the shape of the answer."""
        endless = self._get_endless_ids(product_ids)
        policies = (
            self.env["xb.stock.policy"]._resolve(shop, product_ids, warehouse_ids) if shop else None
        )
        rows = []
        for product_id in product_ids:
            limited, on_hand, reserved, waiting, claimed = figures[product_id]
            free = round(on_hand - reserved - waiting - claimed, 6)
            row = {
                "product_id": product_id,
                "available": free,
                "on_hand": on_hand,
                "reserved": reserved,
                "waiting": waiting,
                "claimed": claimed,
                "limited": limited and product_id not in endless,
                "why": [],
            }
            if policies is not None:
                told = publish(free, policies[product_id], whole=False)
                row["available"] = told.quantity
                row["why"] = [[step.code, step.figure, step.after] for step in told.steps]
            rows.append(row)
        return rows

    # === BUSINESS METHODS: FIGURES === #

    @api.model
    def _figures(self, product_ids, warehouse_ids):
        """Read products' figures as they are now, from the cache where it knows them.

        A transaction that has changed stock itself reads in its own state instead: its changes are
        nowhere else yet.

        :param list product_ids: ids of ``product.product``
        :param tuple warehouse_ids: figures are summed over them
        :return: ``(limited, on_hand, reserved, waiting, claimed)`` by id; unknown ids are missing
        :rtype: dict
        """
        self.env.flush_all()
        if self.env.cr.postcommit.data.get("xb.stock.touched"):
            return self._read_figures(self.env.cr, product_ids, warehouse_ids)
        levels = cache.url and self.env["xb.stock.cache"]._get()
        if levels and len(warehouse_ids) == 1:
            figures = self._cached_figures(levels, product_ids, warehouse_ids[0])
        else:
            figures = self._newest_figures(product_ids, warehouse_ids)
        if len(figures) < len(product_ids):
            # A product made by this very transaction is nowhere else yet, either.
            missing = [one for one in product_ids if one not in figures]
            if missing:
                figures.update(self._read_figures(self.env.cr, missing, warehouse_ids))
        return figures

    @api.model
    def _cached_figures(self, levels, product_ids, warehouse_id):
        """Read products' figures from the cache, and what it does not know anew."""
        found, versions = levels.get([(product_id, warehouse_id) for product_id in product_ids])
        figures = {item[0]: value for item, value in found.items()}
        rest = [product_id for product_id in product_ids if product_id not in figures]
        if rest:
            read = self._newest_figures(rest, (warehouse_id,))
            levels.put(
                {(product_id, warehouse_id): value for product_id, value in read.items()},
                versions,
            )
            figures.update(read)
        return figures

    @api.model
    def _newest_figures(self, product_ids, warehouse_ids):
        """Read products' figures as they are now, not as they were when this transaction began."""
        if len(product_ids) > READ_FEW or is_passed_by(self.env):
            with reading.snapshot(self.env) as cr:
                return self._read_figures(cr, product_ids, warehouse_ids)
        if len(product_ids) == 1:
            [product_id] = product_ids
            figures = reading.read_one(self.env, product_id, warehouse_ids)
            return {product_id: figures} if figures else {}
        return {row[0]: row[1:] for row in reading.read_few(self.env, product_ids, warehouse_ids)}

    @api.model
    def _read_figures(self, cr, product_ids, warehouse_ids):
        """Read products' figures from PostgreSQL: levels, and the truth where they are behind."""
        places = list(warehouse_ids)
        if len(product_ids) <= READ_FEW:
            cr.execute("SELECT * FROM xb_stock_read_few(%s, %s)", [list(product_ids), places])
            return {row[0]: row[1:] for row in cr.fetchall()}
        cr.execute(
            "SELECT DISTINCT product_id FROM xb_stock_touch WHERE product_id = ANY(%s)",
            [list(product_ids)],
        )
        marked = {row[0] for row in cr.fetchall()}
        clean = [one for one in product_ids if one not in marked] if marked else list(product_ids)
        cr.execute("SELECT * FROM xb_stock_read_levels(%s, %s)", [clean, places])
        figures = {row[0]: row[1:] for row in cr.fetchall()}
        if marked:
            cr.execute("SELECT * FROM xb_stock_read_truth(%s, %s)", [sorted(marked), places])
            figures.update((row[0], row[1:]) for row in cr.fetchall())
        return figures

    @api.model
    def _claimable(self, shop, product_ids, warehouse_ids):
        """Say what a shop may still sell of products: buffer and cap aside, allocations of other
        shops taken off. What the gate would grant at this moment.

        :return: quantity by product id
        :rtype: dict
        """
        figures = self._figures(product_ids, warehouse_ids)
        policies = self.env["xb.stock.policy"]._resolve(shop, product_ids, warehouse_ids)
        return {
            product_id: claimable(
                on_hand - reserved - waiting - claimed, policies[product_id]
            )
            for product_id, (_limited, on_hand, reserved, waiting, claimed) in figures.items()
        }

    @api.model
    def _claimable_now(self, shop, product_ids, warehouse_id):
        """Say what the gate would grant a shop in one warehouse: as it is now, not as it was when
        this transaction began. What this transaction has claimed is taken off.

        :param xb.shop shop: one record (sudo) or an empty one
        :return: quantity by product id; below zero where more was sold than is there
        :rtype: dict
        """
        self.env.flush_all()
        with reading.snapshot(self.env) as cr:
            figures = self._read_figures(cr, product_ids, (warehouse_id,))
        policies = self.env["xb.stock.policy"]._resolve(shop, product_ids, (warehouse_id,))
        return {
            product_id: on_hand - reserved - waiting - claimed
            - policies[product_id].withheld + policies[product_id].replenishable
            for product_id, (_limited, on_hand, reserved, waiting, claimed) in figures.items()
        }

    # === BUSINESS METHODS: ARGUMENTS === #

    @api.model
    def _check_product_ids(self, product_ids):
        if not isinstance(product_ids, (list, tuple)):
            raise ValidationError(self.env._("product_ids: a list of product ids is expected."))
        if len(product_ids) > READ_PRODUCTS_MAX:
            raise ValidationError(
                self.env._(
                    "product_ids: at most %(limit)s products per call.", limit=READ_PRODUCTS_MAX
                )
            )
        for row, product_id in enumerate(product_ids, 1):
            if type(product_id) is not int or not 0 < product_id < 2**31:
                raise ValidationError(
                    self.env._(
                        "Row %(row)s, product_id: %(value)s is not a product id.",
                        row=row,
                        value=product_id,
                    )
                )

    @api.model
    def _raise_unknown_product(self, product_ids, known):
        for row, product_id in enumerate(product_ids, 1):
            if product_id not in known:
                raise ValidationError(
                    self.env._(
                        "Row %(row)s, product_id: there is no product %(product)s.",
                        row=row,
                        product=product_id,
                    )
                )

    @api.model
    def _get_shop(self, shop_id):
        """Return the shop (sudo) or an empty record, after checking that the user may see it."""
        shops = self.env["xb.shop"]
        if shop_id in (None, False):
            return shops
        if type(shop_id) is not int or not 0 < shop_id < 2**31:
            raise ValidationError(
                self.env._("shop_id: %(value)s is not a shop id.", value=shop_id)
            )
        shop = shops.browse(shop_id).exists()
        if not shop:
            raise ValidationError(self.env._("shop_id: there is no shop %(shop)s.", shop=shop_id))
        shop.check_access("read")
        return shop.sudo()

    @api.model
    def _get_warehouse_ids(self, shop, warehouse_id):
        """Return the warehouses a call is about.

        :rtype: tuple[int]
        """
        if warehouse_id not in (None, False):
            companies = self.env["stock.warehouse"]._xb_companies()
            if type(warehouse_id) is not int or warehouse_id not in companies:
                raise ValidationError(
                    self.env._(
                        "warehouse_id: there is no warehouse %(value)s.", value=warehouse_id
                    )
                )
            if not self.env.su and companies[warehouse_id] not in self.env.companies.ids:
                raise AccessError(
                    self.env._("The warehouse belongs to a company that you do not work for.")
                )
            return (warehouse_id,)
        if shop:
            return (shop._get_stock_warehouse().id,)
        return self.env["stock.warehouse"]._xb_ids_of(self.env.companies._ids)

    # === HOOKS === #

    @api.model
    def _get_endless_ids(self, product_ids):
        """Hook: which products are sold beyond their stock, other than by our own setting.

        The website shop's *Continue Selling* counts, where it is installed.

        :param list product_ids: ids of ``product.product``
        :rtype: set[int]
        """
        if "allow_out_of_stock_order" not in self.env.registry["product.template"]._fields:
            return set()
        return set(
            self.env["product.product"]
            .sudo()
            .with_context(active_test=False)
            ._search([("id", "in", list(product_ids)), ("allow_out_of_stock_order", "=", True)])
        )
