"""Read what a person pastes or drops: which column is the order, the number, the carrier.

Pure. `read_text` and `read_file` give a table of strings; `recognise` says what its columns are by
their headers or, without any, by their contents.
"""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .match import fold
from .number import looks_like

Table = list[list[str]]
FIELDS = ("order", "number", "carrier")
# Known by their titles only: any number could be a weight.
DETAILS = ("weight", "cost", "currency")
SAMPLE = 50

HEADERS = {
    "order": (
        "order, order id, order no, order nr, order number, order ref, order reference, reference,"
        " ref, sales order, so, source document, platform order id, shop order, amazon order id,"
        " 订单, 订单号, 订单编号, 订单id, 平台订单号, 客户单号, 参考号, bestellung, bestellnummer,"
        " auftrag, auftragsnummer, commande, n° commande, pedido, ordine"
    ),
    "number": (
        "number, no, tracking, tracking number, tracking no, tracking nr, tracking id,"
        " tracking code, tracking ref, tracking reference, track number, waybill, waybill number,"
        " awb, parcel number, consignment, shipment number, 运单号, 跟踪号, 追踪号, 物流单号,"
        " 快递单号, 转单号, 单号, sendungsnummer, paketnummer, numéro de suivi, número de"
        " seguimiento"
    ),
    "carrier": (
        "carrier, carrier name, carrier code, courier, shipper, shipping company,"
        " shipping provider, shipping method, tracking company, logistics, logistics provider,"
        " 物流, 物流公司, 物流商, 承运商, 快递, 快递公司, 渠道, versanddienst, versand, zusteller,"
        " transporteur, transportista, corriere"
    ),
    "weight": "weight, gross weight, parcel weight, 重量, 实重, 计费重, gewicht, poids, peso",
    "cost": (
        "cost, shipping cost, freight, postage, label cost, shipping fee, 运费, 物流费, 物流费用,"
        " 快递费, 邮费, versandkosten, porto, frais de port, gastos de envío"
    ),
    "currency": "currency, cost currency, 币种, 货币, währung, devise, moneda, valuta",
}
# At the end of a title: Weight (g), 重量/kg.
_UNIT = re.compile(r"[\s(（/\[]*(?:\b(kg|g|lb)\b|(公斤|千克|克))[\s)）\]]*$", re.IGNORECASE)
_HEADER_INDEX = {fold(word): name for name, words in HEADERS.items() for word in words.split(",")}


class UnreadableFile(ValueError):
    """The file cannot be read; `code` says why: `empty`, `old_excel`, `broken` or `too_many`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass
class Reading:
    """What was recognised. `columns` maps fields (and details) to a column (absent: none)."""

    columns: dict[str, int] = field(default_factory=dict)
    has_header: bool = False
    rows: list[dict[str, str]] = field(default_factory=list)


# === TABLES ===#


def read_text(text: str, max_rows: int = 5000) -> Table:
    """Split pasted text into rows and cells; empty rows are left out.

    The separator is the one among tab, semicolon, comma and bar that the rows agree upon;
    without any, blanks separate (`S00042 YT2600000000000001 YunExpress`).

    :raise UnreadableFile: `empty` or `too_many`.

    >>> read_text("S1;YT1\\nS2;YT2")
    [['S1', 'YT1'], ['S2', 'YT2']]
    >>> read_text("S1  YT1  Yun Express")
    [['S1', 'YT1', 'Yun Express']]
    """
    lines = [line for line in text.replace("\x00", "").splitlines() if line.strip()]
    if not lines:
        raise UnreadableFile("empty")
    delimiter = _delimiter(lines[:SAMPLE])
    if delimiter:
        # Lines, not text: a stray quote must not swallow the rows below it.
        table = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    else:
        table = [line.split(maxsplit=2) for line in lines]
    return _clean(table, max_rows)


def read_file(data: bytes, filename: str = "", max_rows: int = 5000) -> Table:
    """Return the table in a CSV or XLSX file (the first sheet that has cells).

    :raise UnreadableFile: Whatever is wrong with the file; see there.
    """
    if data[:4] == b"PK\x03\x04":
        return _clean(_read_xlsx(data, max_rows), max_rows)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableFile("old_excel")
    return read_text(_decode(data), max_rows)


def _delimiter(lines: Sequence[str]) -> str:
    """Return the separator that most lines have, preferring the rarer one in running text."""
    best, best_share = "", 0.5
    for delimiter in "\t;,|":
        share = sum(delimiter in line for line in lines) / len(lines)
        if share > best_share:
            best, best_share = delimiter, share
    return best


def _clean(table: Table, max_rows: int) -> Table:
    cleaned = [[cell.strip().strip("\ufeff") for cell in row] for row in table]
    cleaned = [row for row in cleaned if any(row)]
    if not cleaned:
        raise UnreadableFile("empty")
    if len(cleaned) > max_rows + 1:
        raise UnreadableFile("too_many")
    width = max(map(len, cleaned))
    return [row + [""] * (width - len(row)) for row in cleaned]


def _decode(data: bytes) -> str:
    """Decode by byte order mark, then UTF-8, then what Chinese and Western spreadsheets write."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return data.decode("cp1252", errors="replace")
    if encoding != "gb18030":
        return text
    # Western text often decodes as gb18030 too, into rare characters instead of common ones.
    common = re.search(r"[单号订物流运快递公司]", text)
    return text if common else data.decode("cp1252", errors="replace")


def _read_xlsx(data: bytes, max_rows: int) -> Table:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = itertools.islice(sheet.iter_rows(values_only=True), max_rows + 2)
            table = [[_cell(value) for value in row] for row in rows]
            if any(any(row) for row in table):
                return table
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise UnreadableFile("broken") from error
    raise UnreadableFile("empty")


def _cell(value: object) -> str:
    """Return a cell as text. A number of more than 15 digits has lost the rest: keep it visible."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= 1e15:
            return f"{value:.5E}"
        return str(int(value)) if float(value).is_integer() else repr(value)
    return str(value)


# === COLUMNS ===#


def sample(table: Table) -> set[str]:
    """Return the cells to look up as orders before `recognise` (the first rows are enough)."""
    return {cell for row in table[:SAMPLE] for cell in row if cell}


def recognise(table: Table, *, carriers: Collection[str], orders: Collection[str]) -> Reading:
    """Say which column is which and return the rows as {"order", "number", "carrier"}.

    Where titles name them, rows have "weight" and "cost" as well, with the unit and the currency
    that their columns state.

    :param table: Rows of equal length (`read_text`, `read_file`).
    :param carriers: Answers `in` for a known carrier's code or name (`match.CarrierBook`).
    :param orders: The cells among `sample(table)` that are known orders.
    """
    reading = Reading()
    named = _by_header(table[0])
    reading.has_header = len(named) >= min(2, len(table[0])) or _is_header(table, orders)
    reading.columns = named if reading.has_header else {}
    body = table[1:] if reading.has_header else table
    # Under a title we do not know only strong evidence counts: it may as well be a name or note.
    threshold = 0.5 if reading.has_header else 0.0
    _by_content(reading.columns, body[:SAMPLE], carriers, orders, threshold)
    unit = _unit(table[0][reading.columns["weight"]]) if "weight" in reading.columns else ""
    for row in body:
        cells = {name: row[column] for name, column in reading.columns.items()}
        reading.rows.append(
            {**{name: cells.get(name, "") for name in FIELDS}, **_details(cells, unit)}
        )
    return reading


def _details(cells: dict[str, str], unit: str) -> dict[str, str]:
    """Return weight and cost with what other cells say about them."""
    found = {}
    if weight := cells.get("weight"):
        found["weight"] = weight if weight[-1].isalpha() else f"{weight} {unit}".strip()
    if cost := cells.get("cost"):
        currency = cells.get("currency", "")
        bare = not cost.strip(" .,'0123456789")
        found["cost"] = f"{cost} {currency}".strip() if bare else cost
    return found


def _unit(title: str) -> str:
    """Return the unit that a column's title names.

    >>> _unit("Weight (g)"), _unit("重量(克)"), _unit("Weight")
    ('g', '克', '')
    """
    found = _UNIT.search(title)
    return (found[1] or found[2]).lower() if found else ""


def _by_header(row: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, cell in enumerate(row):
        name = _HEADER_INDEX.get(fold(cell)) or _HEADER_INDEX.get(fold(_UNIT.sub("", cell)))
        if name and name not in found:
            found[name] = column
    return found


def _is_header(table: Table, orders: Collection[str]) -> bool:
    """A first row with a known title, no digits and no order is a header as well."""
    first = table[0]
    if len(table) < 2 or not _by_header(first):
        return False
    return not any(cell in orders or looks_like(cell) for cell in first)


def _by_content(columns, rows: Table, carriers, orders, threshold) -> None:
    """Give the fields that have no column yet the column that fits them best, all together."""
    missing = [name for name in FIELDS if name not in columns]
    free = [c for c in range(len(rows[0]) if rows else 0) if c not in columns.values()][:12]
    if not missing or not free:
        return
    scores = {column: _scores([row[column] for row in rows], carriers, orders) for column in free}
    best, best_score = (), 0.0
    slots = [*free, *[None] * len(missing)]
    for choice in set(itertools.permutations(slots, len(missing))):
        pairs = [(n, c) for n, c in zip(missing, choice, strict=True) if c is not None]
        if any(scores[c][n] <= threshold for n, c in pairs):
            continue
        score = sum(scores[c][n] for n, c in pairs)
        if score > best_score:
            best, best_score = pairs, score
    columns.update(dict(best))


def _scores(cells: Sequence[str], carriers, orders) -> dict[str, float]:
    """Score one column for each field, 0 to 1; `order` also takes what nothing else wants."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return dict.fromkeys(FIELDS, 0.0)
    share = {
        "order": sum(cell in orders for cell in filled) / len(filled),
        "carrier": sum(cell in carriers for cell in filled) / len(filled),
        "number": sum(looks_like(cell) for cell in filled) / len(filled),
    }
    words = sum(not any(c.isdigit() for c in cell) for cell in filled) / len(filled)
    repeated = 1 - len(set(filled)) / len(filled)
    if share["order"]:
        share["number"] *= 0.2
        return share
    if words < 0.5:
        # An unknown order still has to land in the order column, where its verdict says so.
        share["order"] = 0.1
        share["number"] = max(share["number"], 0.05)
    else:
        share["carrier"] = max(share["carrier"], 0.15 + 0.3 * repeated)
    return share
