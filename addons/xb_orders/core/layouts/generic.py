"""A generic order file: one row per order line, the columns known by their headings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..countries import country_code
from ..decimals import SIGNS
from ..document import ORDER, REJECTED, Document
from ..options import ReadOptions
from ..order_value import check_total, decimal_text, validate
from ..problem import Phrase, Problem, _lt, shown
from ..sheet import Record, Sheet
from ..spill import Spill
from ..text import heading
from .base import Layout, by_document
from .generic_fields import FIELDS, LINE_PATHS, ORDER_PATHS, STATUSES

STATUS_WORDS = {heading(word): status for status, words in STATUSES.items() for word in words}
# Two do for every currency here: amounts that are finer are allowed for one by one.
CURRENCY_DECIMALS = 2
DISCOUNTS = ("line_discount", "discount", "shipping_discount")
# What may differ between the rows of one order: the first row's counts.
FREE = frozenset(("note", "shipping_service"))


def plain(value: Any) -> str:
    """Return a field's value as the order value has it."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    return value.isoformat() if isinstance(value, datetime) else value


class Generic(Layout):
    """One row per order line; what concerns the whole order stands in one or in all its rows."""

    code = "generic"
    name = _lt("Order file, one row per order line")
    fields = FIELDS

    def documents(self, sheet: Sheet, options: ReadOptions) -> Sequence[Document]:
        """Make one document of each order number."""
        currency = options.currency or self.default_currency
        return Spill(self._document(ref, records, sheet, options, currency)
                     for ref, records in by_document(sheet.records))

    def _document(self, ref: str, records: list[Record], sheet: Sheet, options: ReadOptions,
                  currency: str) -> Document:
        document = Document(ref, ORDER, rows=[record.row for record in records])
        document.problems = [problem for record in records for problem in record.problems]
        if not ref:
            document.ref = f"row {records[0].row}"
            document.problems.insert(0, Problem("ref_missing", _lt(
                "Row %(row)s has no order number. Fill it in, or remove the row."),
                values={"row": records[0].row}, row=records[0].row))
        unreadable = any(problem.blocking for problem in document.problems)
        records = self._prepare(document, records, sheet)
        document.amount = sum((amount(record) for record in records), Decimal(0))
        self._turn_discounts(document, records)
        value = {"ref": document.ref}
        self._fill_order(document, value, records)
        document.currency = value["currency"] = self._currency(
            document, records, sheet, currency)
        self._fill_address(document, value, records)
        value["lines"] = [self._line(index, record) for index, record in enumerate(records, 1)]
        document.line_rows = {line["ref"]: record.row
                              for line, record in zip(value["lines"], records, strict=True)}
        value["prices_include_tax"] = options.prices_include_tax
        value["status"] = self._status(document, value, records, options)
        self._complete(document, value, records, sheet)
        fill_raw(value, records)
        document.value = value
        document.placed_at = value.get("placed_at", "")
        document.buyer_id = value.get("buyer", {}).get("id", "")
        self._check(document, unreadable, options)
        return document

    # === HOOKS OF THE PLATFORMS' LAYOUTS === #

    def _prepare(self, document: Document, records: list[Record], sheet: Sheet) -> list[Record]:
        """Turn a platform's columns into those of this layout; return the rows that are lines.

        There is at least one.
        """
        return records

    def _complete(self, document: Document, value: dict, records: list[Record],
                  sheet: Sheet) -> None:
        """Add to the order value what only this platform's file says."""

    def _status_of(self, word: str) -> str:
        """Return the order status of a platform's word, empty when it is not known."""
        return STATUS_WORDS.get(heading(word), "")

    # === CHECKS === #

    def _check(self, document: Document, unreadable: bool, options: ReadOptions) -> None:
        """Add what is wrong with the whole; decide whether there is an order at all."""
        found = validate(document.value, now=options.now, currencies=options.currencies,
                         countries=options.countries)
        if unreadable or any(problem.blocking for problem in found):
            document.kind = REJECTED
            # What a cell lacks was already said with its row; say the rest too.
            document.problems += found if not unreadable else [
                problem for problem in found if problem.code != "missing"]
            return
        document.problems += found
        mismatch = check_total(document.value, CURRENCY_DECIMALS)
        if mismatch:
            document.problems.append(mismatch)

    # === PARTS === #

    @staticmethod
    def _turn_discounts(document: Document, records: list[Record]) -> None:
        """Take the sign off discounts: some files write what is taken off with a minus."""
        for record in records:
            for name in DISCOUNTS:
                if record.get(name, 0) < 0:
                    record.values[name] = -record.values[name]
                    document.problems.append(Problem("discount_sign", _lt(
                        "Row %(row)s: the discount is written with a minus; it was taken as a "
                        "discount of %(amount)s."), blocking=False, row=record.row, values={
                            "row": record.row, "amount": plain(record.values[name])}))

    def _fill_order(self, document: Document, value: dict, records: list[Record]) -> None:
        moments = [record.get("placed_at") for record in records if record.get("placed_at")]
        if moments:
            value["placed_at"] = plain(min(moments))
        for name, path in ORDER_PATHS.items():
            if name not in records[0].values:
                continue
            found = self._common(document, name, records)
            if found in (None, ""):
                continue
            node = value
            for key in path[:-1]:
                node = node.setdefault(key, {})
            node[path[-1]] = plain(found)

    def _common(self, document: Document, name: str, records: list[Record]) -> Any:
        """Return what the rows of an order agree on: it stands in one of them, or in all."""
        found = [(record.row, record.values[name]) for record in records
                 if record.values[name] not in (None, "")]
        distinct = dict.fromkeys(value for _row, value in found)
        if len(distinct) > 1 and name not in FREE:
            row = next(row for row, value in found if value != found[0][1])
            document.problems.append(Problem("rows_differ", _lt(
                "The rows of order %(ref)s do not agree on its %(field)s: row %(first)s says "
                '"%(one)s", row %(row)s says "%(other)s". It concerns the whole order; write it '
                "alike in all its rows, or in the first only."),
                row=row, column=self.fields[name].label, values={
                    "ref": document.ref, "field": Phrase(self.fields[name].label),
                    "first": found[0][0], "one": shown(str(plain(found[0][1]))), "row": row,
                    "other": shown(str(plain(dict(found)[row])))}))
        return found[0][1] if found else None

    def _currency(self, document: Document, records: list[Record], sheet: Sheet,
                  default: str) -> str:
        """Return the currency by its column, by what stands at the prices, or by the option."""
        named = [record.get("currency", "") for record in records]
        named = [SIGNS.get(text.casefold()) or text.upper() for text in named if text]
        written = [sheet.currency_in(record, name) for record in records
                   for name in ("unit_price", "total", "shipping_price")]
        codes = list(dict.fromkeys(code for code in (*named, *written) if code))
        if len(codes) > 1:
            document.problems.append(Problem("currencies_differ", _lt(
                "Order %(ref)s has amounts in several currencies (%(codes)s). An order has one; "
                "split it or correct the file."),
                row=records[0].row, values={"ref": document.ref, "codes": ", ".join(codes)}))
        return codes[0] if codes else default

    def _fill_address(self, document: Document, value: dict, records: list[Record]) -> None:
        if "ship_country" not in records[0].values:
            name = ""
        else:
            name = self._common(document, "ship_country", records) or ""
        code = country_code(name) if name else ""
        if code:
            value.setdefault("ship_to", {})["country"] = code
            return
        address = value.pop("ship_to", None)
        if name:
            document.problems.append(unknown_country(name, records[0].row))
        elif address:
            document.problems.append(Problem("country_missing", _lt(
                "Order %(ref)s has an address without a country. Fill in the country."),
                row=records[0].row, values={"ref": document.ref}))

    def _line(self, index: int, record: Record) -> dict:
        line = {"ref": record.values.get("line_ref") or str(index)}
        for name, key in LINE_PATHS.items():
            value = record.values.get(name)
            if value is not None and (value != "" or name == "sku"):
                line[key] = plain(value)
        return line

    def _status(self, document: Document, value: dict, records: list[Record],
                options: ReadOptions) -> str:
        if "status" not in records[0].values:
            return options.status
        word = self._common(document, "status", records)
        if not word:
            return options.status
        value["platform_status"] = word
        status = self._status_of(word)
        if not status:
            document.problems.append(Problem("status_unknown", _lt(
                'Order %(ref)s has the status "%(word)s", which is not known. Write one such as '
                "paid, shipped or cancelled, or remove the column."),
                row=records[0].row, values={"ref": document.ref, "word": shown(word)}))
        return status or "on_hold"


def amount(record: Record) -> Decimal:
    """Return quantity x price of a row, 0 where one of them is not readable."""
    return record.get("qty", Decimal(0)) * record.get("unit_price", Decimal(0))


def fill_raw(value: dict, records: Iterable[Record]) -> None:
    """Keep what no field takes under ``raw``, by row."""
    rows = [{"row": record.row, "cells": record.extra} for record in records if record.extra]
    if rows:
        value["raw"] = {"rows": rows}


def unknown_country(name: str, row: int) -> Problem:
    """Return the problem of a country that has no code."""
    values: Mapping[str, object] = {"name": shown(name), "row": row}
    return Problem("country_unknown", _lt(
        'Row %(row)s: "%(name)s" is not a known country. Write its English name or its code of '
        "two letters."), values=values, row=row)
