"""Reading the lines of a claim: what comes over RPC may be anything."""

import math
from dataclasses import dataclass

FIELDS = frozenset({"product_id", "qty", "uom_id", "warehouse_id"})


class BadLine(ValueError):
    """A line that cannot be read.

    :param int row: its number, from 1; 0 for the list as a whole
    :param str field: the field that is wrong
    :param str code: ``missing``, ``type``, ``positive``, ``finite``, ``unknown_field``
    """

    def __init__(self, row, field, code, value=None):
        super().__init__(f"row {row}: {field}: {code}")
        self.row, self.field, self.code, self.value = row, field, code, value


@dataclass(slots=True)
class Line:
    """One line as it was asked; ids are not checked yet."""

    row: int
    product_id: int
    qty: float
    uom_id: int = 0
    warehouse_id: int = 0


def read(lines):
    """Read claim lines.

    :param list lines: ``{"product_id", "qty", "uom_id"?, "warehouse_id"?}``; the quantity a
        positive number or its decimal text
    :rtype: list[Line]
    :raise BadLine: names row and field
    """
    if not isinstance(lines, (list, tuple)) or not lines:
        raise BadLine(0, "lines", "missing")
    return [_line(row, line) for row, line in enumerate(lines, 1)]


def _line(row, line):
    if not isinstance(line, dict):
        raise BadLine(row, "line", "type", line)
    for name in line:
        if name not in FIELDS:
            raise BadLine(row, str(name), "unknown_field")
    return Line(
        row,
        _identity(row, "product_id", line.get("product_id"), required=True),
        quantity(row, "qty", line.get("qty")),
        _identity(row, "uom_id", line.get("uom_id")),
        _identity(row, "warehouse_id", line.get("warehouse_id")),
    )


def _identity(row, field, value, *, required=False):
    if value in (None, False) and not required:
        return 0
    if value in (None, False):
        raise BadLine(row, field, "missing")
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadLine(row, field, "type", value)
    if not 0 < value < 2**31:
        raise BadLine(row, field, "positive", value)
    return value


def quantity(row, field, value):
    """Read a positive, finite quantity.

    :rtype: float
    :raise BadLine: it is none
    """
    if value is None or value is False or value == "":
        raise BadLine(row, field, "missing")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise BadLine(row, field, "type", value)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise BadLine(row, field, "type", value) from None
    if not math.isfinite(number):
        raise BadLine(row, field, "finite", value)
    if number <= 0:
        raise BadLine(row, field, "positive", value)
    return number
