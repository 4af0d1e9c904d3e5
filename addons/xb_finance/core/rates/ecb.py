"""The European Central Bank's reference rates: XML, units of each currency for one euro."""

from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from .table import RateTable

BASE = "EUR"
DAILY = "stats/eurofxref/eurofxref-daily.xml"
HISTORY_90 = "stats/eurofxref/eurofxref-hist-90d.xml"
HISTORY = "stats/eurofxref/eurofxref-hist.xml"
_NAMESPACE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"


def parse(content: bytes) -> RateTable:
    """Return the rates of a daily or a history file.

    The parser opens nothing from outside and resolves no entity.

    :raise ValueError: when it is no such file, or one of its rates is no rate.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False,
                             huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"no XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type, which the bank does not send")
    table = RateTable(BASE)
    for cube in root.iter(f"{_NAMESPACE}Cube"):
        if cube.get("time"):
            _read_day(table, cube)
    if not table.days:
        raise ValueError("no day with rates")
    return table


def _read_day(table: RateTable, cube) -> None:
    day = date.fromisoformat(cube.get("time"))
    for child in cube:
        currency, rate = child.get("currency"), child.get("rate")
        if not currency or not rate:
            raise ValueError(f"{day}: a rate without currency or number")
        try:
            table.add(day, currency, Decimal(rate))
        except InvalidOperation:
            raise ValueError(f"{day} {currency}: {rate!r}") from None
