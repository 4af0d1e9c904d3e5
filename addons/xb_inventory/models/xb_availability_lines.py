from contextlib import suppress

from odoo import api, models
from odoo.exceptions import ValidationError

from ..const import READ_FEW


class XbAvailability(models.AbstractModel):
    """Claim lines: units, warehouses, kits, and what to say about a bad one."""

    _inherit = "xb.availability"

    @api.model
    def _describe_bad_line(self, error):
        """Say what is wrong with a line, with row and field.

        :param BadLine error: from ``core/claim_lines.py``
        :rtype: str
        """
        if error.code == "missing" and not error.row:
            return self.env._("lines: a list of at least one line is expected.")
        reasons = {
            "missing": self.env._("a value is missing"),
            "type": self.env._("“%(value)s” is not a value it can have", value=error.value),
            "positive": self.env._("%(value)s is not positive", value=error.value),
            "finite": self.env._("%(value)s is not a finite number", value=error.value),
            "unknown_field": self.env._("there is no such field"),
        }
        return self.env._(
            "Row %(row)s, %(field)s: %(reason)s.",
            row=error.row,
            field=error.field,
            reason=reasons[error.code],
        )

    @api.model
    def _merge_lines(self, lines, default_warehouse_id):
        """Convert lines into what they ask of the shelf; the same product twice is one.

        :param list lines: ``claim_lines.Line``
        :return: quantity in the product's unit by (product id, warehouse id), and those of them
            that can be refused
        :rtype: tuple[dict, dict]
        """
        units = self._read_units({line.product_id for line in lines})
        wanted = {}
        for line in lines:
            if line.product_id not in units:
                raise ValidationError(
                    self.env._(
                        "Row %(row)s, product_id: there is no product %(product)s.",
                        row=line.row,
                        product=line.product_id,
                    )
                )
            place = self._line_warehouse_id(line, default_warehouse_id)
            qty = self._line_quantity(line, units[line.product_id][0])
            for product_id, part in self._explode_line(line.product_id, qty):
                wanted[product_id, place] = wanted.get((product_id, place), 0.0) + part
        return wanted, self._only_limited(wanted, units)

    @api.model
    def _read_units(self, product_ids):
        """Return the unit of every product that there is, and whether it can be refused.

        :param product_ids: ids of ``product.product``
        :return: ``(id of uom.uom, limited)`` by product id
        :rtype: dict
        """
        products = self.env["product.product"]
        if len(product_ids) > READ_FEW:
            return products._xb_read_stock_facts(list(product_ids))
        units = {}
        for product_id in product_ids:
            with suppress(KeyError):
                units[product_id] = products._xb_stock_facts(product_id)
        return units

    @api.model
    def _line_warehouse_id(self, line, default_id):
        if line.warehouse_id:
            try:
                return self._get_warehouse_ids(self.env["xb.shop"], line.warehouse_id)[0]
            except ValidationError as error:
                raise ValidationError(
                    self.env._("Row %(row)s, %(reason)s", row=line.row, reason=error.args[0])
                ) from error
        if not default_id:
            raise ValidationError(
                self.env._(
                    "Row %(row)s, warehouse_id: the company has no warehouse.", row=line.row
                )
            )
        return default_id

    @api.model
    def _line_quantity(self, line, unit_id):
        """Convert a line's quantity into the product's unit.

        :param Line line: as asked
        :param int unit_id: the product's unit
        :rtype: float
        """
        unit = self.env["uom.uom"].browse(unit_id)
        asked = unit
        if line.uom_id and line.uom_id != unit_id:
            asked = self.env["uom.uom"].browse(line.uom_id).exists()
            if not asked or not asked._has_common_reference(unit):
                raise ValidationError(
                    self.env._(
                        "Row %(row)s, uom_id: %(unit)s cannot be converted into %(product_unit)s.",
                        row=line.row,
                        unit=asked.name or line.uom_id,
                        product_unit=unit.name,
                    )
                )
        qty = asked._compute_quantity(line.qty, unit, rounding_method="HALF-UP")
        if qty <= 0:
            raise ValidationError(
                self.env._(
                    "Row %(row)s, qty: %(qty)s is less than the smallest quantity of the unit.",
                    row=line.row,
                    qty=line.qty,
                )
            )
        return qty

    @api.model
    def _only_limited(self, wanted, units=None):
        """Return what of the wanted can be refused: tracked, and not sold beyond its stock.

        :param dict wanted: quantity by (product id, warehouse id)
        :param dict units: what :meth:`_read_units` has read already
        """
        ids = {product_id for product_id, _place in wanted}
        units = dict(units or {})
        unread = ids - units.keys()
        if unread:
            units.update(self._read_units(unread))
        limited = {one for one in ids if one in units and units[one][1]}
        limited -= self._get_endless_ids(sorted(limited))
        return {item: qty for item, qty in wanted.items() if item[0] in limited}

    # === HOOKS === #

    @api.model
    def _explode_line(self, product_id, qty):
        """Hook: what of the stock a product is made of; kits and bundles give their components.

        :param int product_id: what is sold
        :param float qty: in its unit
        :return: list of ``(product id, quantity in that product's unit)``
        """
        return [(product_id, qty)]
