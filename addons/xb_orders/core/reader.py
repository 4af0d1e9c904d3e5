"""The one way to read an order file: bytes in, documents and every decision out."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from .document import ORDER, Document
from .grid import Grid, Row, cell_text
from .layouts import LAYOUTS, Layout, Match
from .options import ReadOptions
from .order_value import decimal_text, totals
from .problem import Phrase, Problem, ReadError, _lt, shown, with_detail
from .settings import DEFAULT, GIVEN, MEASURED, Decisions, Setting
from .sheet import Record, Sheet, SheetBuilder, check_size, open_file
from .text import REASON_MARK, clean, heading

# Rows of a file in which the headings are looked for; reports begin with notes.
HEADER_ROWS = 40
PREVIEW_ROWS = 20


@dataclass
class Reading:
    """What a file says.

    :param layout: code of the layout, empty when none fits.
    :param settings: every decision about the file and how it came about.
    :param header: the headings as they stand.
    :param mapping: field -> heading.
    :param preview: the first rows ``{"row", "cells": [{"text", "value", "problem"}]}``.
    :param header_row: number of the row with the headings.
    :param recalled: signature of the saved mapping that was used, or empty.
    :param documents: one per document number, in the order of the file.
    :param problems: about the file as a whole; with a blocking one there are no documents.
    """

    layout: str = ""
    settings: list[Setting] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    mapping: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    preview: list[dict] = field(default_factory=list)
    documents: Sequence[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    header_row: int = 0
    recalled: str = ""

    @property
    def signature(self) -> str:
        """The mark of the file's headings."""
        return signature(self.header)

    @property
    def is_readable(self) -> bool:
        """Tell whether the file could be read."""
        return not any(problem.blocking for problem in self.problems)

    @property
    def is_ambiguous(self) -> bool:
        """Tell whether a person should confirm a decision before importing."""
        return any(setting.ambiguous for setting in self.settings)

    def counts(self) -> dict[str, int]:
        """Return the number of documents by kind."""
        return dict(Counter(document.kind for document in self.documents))

    def problem_counts(self) -> dict[str, int]:
        """Return the number of problems of the documents by code."""
        return dict(Counter(problem.code for document in self.documents
                            for problem in document.problems))

    def sums(self) -> dict[str, dict[str, Decimal]]:
        """Return by currency and kind what quantity x price of all rows adds up to."""
        sums: dict[str, dict[str, Decimal]] = {}
        for document in self.documents:
            by_kind = sums.setdefault(document.currency, {})
            by_kind[document.kind] = by_kind.get(document.kind, Decimal(0)) + document.amount
        return sums

    def day_totals(self, zone: tzinfo) -> dict[str, dict[str, dict]]:
        """Return what the file's orders come to per day and currency.

        :param zone: the zone whose days are meant, the shop's.
        :return: ``{"2026-05-04": {"EUR": {"count": 3, "sum": "120.5"}}}``; the sum is that of
            the stated totals, of the lines where none is stated; cancelled orders do not count.
        """
        days: dict[str, dict[str, dict]] = {}
        for document in self.documents:
            if document.kind != ORDER or document.value.get("status") == "cancelled":
                continue
            moment = datetime.fromisoformat(document.placed_at).astimezone(zone)
            by_currency = days.setdefault(moment.date().isoformat(), {})
            entry = by_currency.setdefault(document.currency, {"count": 0, "sum": Decimal(0)})
            entry["count"] += 1
            stated = document.value.get("total")
            entry["sum"] += Decimal(stated) if stated else totals(document.value).total
        for by_currency in days.values():
            for entry in by_currency.values():
                entry["sum"] = decimal_text(entry["sum"])
        return dict(sorted(days.items()))

    def as_dict(self, translate: Callable[..., str] | None = None) -> dict:
        """Return everything but the documents as a plain dict without None."""
        sums = {currency: {kind: decimal_text(amount) for kind, amount in by_kind.items()}
                for currency, by_kind in self.sums().items()}
        return {
            "layout": self.layout or False,
            "settings": [setting.as_dict(translate) for setting in self.settings],
            "header": self.header,
            "header_row": self.header_row,
            "recalled": self.recalled or False,
            "mapping": self.mapping,
            "labels": {name: translate(label) if translate else label
                       for name, label in self.labels.items()},
            "preview": self.preview,
            "problems": [problem.as_dict(translate) for problem in self.problems],
            "rows": self.rows,
            "documents": len(self.documents),
            "counts": self.counts(),
            "sums": sums,
        }


def read(data: bytes, filename: str = "", options: ReadOptions | Mapping | None = None,
         layouts: Sequence[Layout] = LAYOUTS) -> Reading:
    """Read an order file.

    Never raises for what is in the file or for what a person chose: that is a problem of the
    reading.

    :param data: the file's bytes.
    :param filename: for people; nothing is decided by it.
    :param options: :class:`ReadOptions` or a mapping of its fields.
    :param layouts: the layouts to choose from.
    :raise TypeError: for an option that does not exist.
    """
    decisions = Decisions()
    reading = Reading(settings=decisions.settings, problems=decisions.problems)
    try:
        _FileReader(data, ReadOptions.of(options), layouts, decisions, reading).run()
    except ReadError as error:
        reading.problems.append(error.problem)
    return reading


def refused_by_size(size: int, options: ReadOptions | Mapping | None = None) -> Reading | None:
    """Return the reading of a file that is too large to be taken into memory, None for others.

    :param size: bytes of the file.
    """
    try:
        check_size(size, ReadOptions.of(options))
    except ReadError as error:
        return Reading(problems=[error.problem])
    return None


@dataclass
class _Choice:
    """A row of headings and the layout it fits."""

    grid: Grid
    row: Row
    header: list[str]
    layout: Layout
    match: Match

    def rank(self) -> tuple:
        return not self.match.missing, self.match.score


class _FileReader:
    """Reads one file step by step into a reading."""

    def __init__(self, data: bytes, options: ReadOptions, layouts: Sequence[Layout],
                 decisions: Decisions, reading: Reading):
        self.data = data
        self.options = options
        self.layouts = layouts
        self.decisions = decisions
        self.reading = reading

    def run(self) -> None:
        """Open, find the headings, read the rows, make the documents."""
        grids = open_file(self.data, self.options, self.decisions)
        grids = self._chosen_sheets(grids)
        self._recall_any(grids)
        choice = self._headings(grids)
        self.reading.header = choice.header
        self.reading.header_row = choice.row.number
        self.reading.layout = choice.layout.code
        self.reading.labels = {name: item.label for name, item in choice.layout.fields.items()}
        self.reading.mapping = {name: choice.header[index]
                                for name, index in choice.match.columns.items()}
        self._tell(choice, len(grids))
        self._check_columns(choice)
        builder = SheetBuilder(choice.grid, choice.row.number, choice.header,
                               choice.layout.fields, choice.match.columns, self.options,
                               self.decisions, choice.layout.decimal_sign(choice.header))
        sheet = builder.build()
        self.reading.rows = len(sheet.records)
        if not sheet.records:
            raise ReadError("no_rows", _lt(
                "The file has headings, but no rows under them. Export it again."))
        self.reading.preview = _preview(sheet)
        self.reading.documents = choice.layout.documents(sheet, self.options)

    def _chosen_sheets(self, grids: list[Grid]) -> list[Grid]:
        grids = [grid for grid in grids if not all(row.is_blank() for row in grid.sample)]
        if self.options.sheet:
            grids = [grid for grid in grids if grid.name == self.options.sheet]
            if not grids:
                raise ReadError("option_invalid", _lt(
                    'The workbook has no visible sheet "%(value)s" with anything in it. Choose '
                    "another."), value=shown(self.options.sheet))
        if not grids:
            raise ReadError("file_empty", _lt("The file is empty. Export it again."))
        return grids

    # === HEADINGS === #

    def _headings(self, grids: list[Grid]) -> _Choice:
        """Return the row and layout that fit best, of all sheets."""
        layouts = [layout for layout in self.layouts
                   if self.options.layout in ("", layout.code)]
        if not layouts:
            raise ReadError("option_invalid", _lt(
                'There is no layout "%(value)s".'), value=shown(self.options.layout))
        choices = []
        for grid in grids:
            for row in grid.sample[:HEADER_ROWS]:
                if self.options.header_row in (0, row.number) and not row.is_blank():
                    header = [clean(cell_text(cell)) for cell in row.cells]
                    while header and not header[-1]:
                        header.pop()
                    choices += self._matches(grid, row, header, layouts)
        # the first of the best ones: a later row may repeat the headings
        best = max(choices, key=_Choice.rank, default=None)
        if best is None or not best.match.columns:
            self._show(_likely_headings(grids))
            raise ReadError("layout_unknown", _lt(
                "No row of headings was found. The first row should name the columns: "
                "%(columns)s."), columns=_wanted(layouts[-1]))
        return best

    def _matches(self, grid: Grid, row: Row, header: list[str], layouts) -> list[_Choice]:
        choices = []
        for layout in layouts:
            try:
                match = layout.match(header, self.options.mapping)
            except ReadError:
                if self.options.header_row:
                    raise
                continue  # not the row of which the person chose the column
            choices.append(_Choice(grid, row, header, layout, match))
        return choices

    def _recall_any(self, grids: list[Grid]) -> None:
        """Take over what a person said about a file with the same headings before.

        What is chosen now counts more.
        """
        if not self.options.saved or self.options.mapping:
            return
        for grid in grids:
            for row in grid.sample[:HEADER_ROWS]:
                header = [cell_text(cell) for cell in row.cells]
                mark = signature(header)
                if any(text.startswith(REASON_MARK) for text in header):
                    mark = f"{REASON_MARK}{mark}"
                saved = self.options.saved.get(mark)
                if saved:
                    given = {name: value for name, value in saved.items()
                             if not getattr(self.options, name)}
                    self.options = replace(self.options, **given)
                    self.reading.recalled = mark
                    return

    def _show(self, place: "tuple[Grid, Row] | None") -> None:
        """Show headings and first rows of a file that cannot be read yet, to be mapped by hand."""
        if place is None:
            return
        grid, row = place
        self.reading.header = [clean(cell_text(cell)) for cell in row.cells]
        self.reading.header_row = row.number
        below = [other for other in grid.sample if other.number > row.number
                 and not other.is_blank()][:PREVIEW_ROWS]
        self.reading.preview = [{
            "row": other.number,
            "cells": [{"text": text, "value": text, "problem": False} for text in (
                clean(cell_text(cell)) for cell in other.cells)],
        } for other in below]

    def _tell(self, choice: _Choice, sheets: int) -> None:
        options, decide = self.options, self.decisions.decide
        chosen = _lt("Chosen by you.")
        if choice.grid.name:
            decide("sheet", choice.grid.name, GIVEN if options.sheet else MEASURED,
                   chosen if options.sheet else _lt("Its headings fit best of %(count)s sheets."),
                   count=sheets)
        decide("header_row", str(choice.row.number), GIVEN if options.header_row else MEASURED,
               chosen if options.header_row else _lt("The row names the columns."))
        decide("layout", choice.layout.code, GIVEN if options.layout else MEASURED,
               chosen if options.layout else _lt("The headings fit %(name)s best."),
               words={choice.layout.code: choice.layout.name}, name=Phrase(choice.layout.name))
        for name in choice.match.columns:
            given = name in choice.match.given
            decide(f"mapping.{name}", self.reading.mapping[name], GIVEN if given else MEASURED,
                   chosen if given else _lt("The heading is known."),
                   subject=choice.layout.fields[name].label)
        decide("tz", options.tz or "UTC", GIVEN if options.tz else DEFAULT,
               _lt("Times without a zone are taken to be in this one."))
        if "currency" not in choice.match.columns:
            own = choice.layout.own_currency(choice.header)
            default = options.currency or own or choice.layout.default_currency
            how = GIVEN if options.currency else MEASURED if own else DEFAULT
            decide("currency", default, how, _lt("The headings are those of its country.") if own
                   else _lt("The file has no column for the currency."), ambiguous=not default)

    def _check_columns(self, choice: _Choice) -> None:
        fields, missing = choice.layout.fields, choice.match.missing
        if missing:
            self._show((choice.grid, choice.row))
            names = tuple(with_detail(fields[name].label, ", ".join(fields[name].headings[:4]))
                          for name in missing)
            raise ReadError("columns_missing", _lt(
                "Row %(row)s was taken for the headings, but there is no column for: %(names)s. "
                "Rename the columns, or choose which they are."),
                row=choice.row.number, names=names)
        if choice.match.repeated:
            headings = ", ".join(self.reading.mapping[name] for name in choice.match.repeated)
            raise ReadError("columns_repeated", _lt(
                "These headings stand over more than one column: %(headings)s. Remove or rename "
                "the others, so that it is clear which one counts."), headings=shown(headings))


def signature(header: Iterable[str]) -> str:
    """Return the mark by which files with the same headings are known, in whatever order.

    >>> signature(["Order No.", "SKU"]) == signature([" sku ", "order_no", ""])
    True
    """
    keys = sorted(filter(None, (heading(text) for text in header
                                if not text.startswith(REASON_MARK))))
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32] if keys else ""


def _likely_headings(grids: list[Grid]) -> "tuple[Grid, Row] | None":
    """Return the row that most likely names the columns: the first of the widest ones."""
    widths = [(sum(1 for cell in row.cells if clean(cell_text(cell))), -number, grid, row)
              for grid in grids for number, row in enumerate(grid.sample[:HEADER_ROWS])]
    best = max(widths, key=lambda item: item[:2], default=None)
    return best[2:] if best and best[0] > 1 else None


def _wanted(layout: Layout) -> str:
    return ", ".join(item.headings[0] for item in layout.fields.values() if item.required)


def _preview(sheet: Sheet) -> list[dict]:
    columns = {column.index: column for column in sheet.columns.values()}
    return [{
        "row": record.row,
        "cells": [_preview_cell(record, index, columns.get(index))
                  for index in range(len(sheet.header))],
    } for record in sheet.records[:PREVIEW_ROWS]]


def _preview_cell(record: Record, index: int, column) -> dict:
    cell = record.cells[index] if index < len(record.cells) else ""
    text = clean(cell_text(cell))
    if column is None:
        return {"text": text, "value": text, "problem": False}
    value, fault = column.value_of(cell)
    return {"text": text, "value": _shown_value(value), "problem": fault.code if fault else False}


def _shown_value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return decimal_text(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
