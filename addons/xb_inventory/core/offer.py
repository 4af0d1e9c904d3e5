"""What a shop sells, as far as its stock is concerned. Knows neither Odoo nor a vendor."""

from typing import NamedTuple


class Offer(NamedTuple):
    """Something that a shop sells.

    :ivar str key: the shop's name of it, unique in the shop
    :ivar str sku: as the platform's orders name it; empty where they do not
    :ivar str ref: the platform's own id of it; empty where it has none
    :ivar dict content: units that leave the shelf, by product id
    """

    key: str
    sku: str
    ref: str
    content: dict


def describe_content(parts):
    """Say for a person what is sold together.

    >>> describe_content([("Cup", 2.0), ("Saucer", 1.5)])
    '2 × Cup, 1.5 × Saucer'

    :param parts: ``(name, quantity)`` pairs
    :rtype: str
    """
    return ", ".join(f"{quantity:g} × {name}" for name, quantity in parts)
