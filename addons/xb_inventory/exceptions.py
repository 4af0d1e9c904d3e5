"""Errors of this addon that a caller may want to tell from others."""

from odoo.exceptions import UserError


class NotEnoughStock(UserError):
    """An order cannot be confirmed because its goods are not there.

    :param str message: for a person
    :param dict shortages: order id -> list of ``{"product_id", "asked", "available"}``
    """

    def __init__(self, message, shortages):
        super().__init__(message)
        self.shortages = shortages
