"""The one way to read an order file: bytes in, documents and every decision out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from .document import Document
from .grid import Grid, Row, cell_text
from .layouts import LAYOUTS, Layout, Match
from .options import ReadOptions
from .order_value import decimal_text
from .problem import Phrase, Problem, ReadError, _lt, shown, with_detail
from .settings import DEFAULT, GIVEN, MEASURED, Decisions, Setting
from .sheet import Record, Sheet, SheetBuilder, open_file
from .text import clean

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
    :param documents: one per document number, in the order of the file.
    :param problems: about the file as a whole; with a blocking one there are no documents.
    """

    layout: str = ""
    settings: list[Setting] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    mapping: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    preview: list[dict] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0

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

    def as_dict(self, translate: Callable[..., str] | None = None) -> dict:
        """Return everything but the documents as a plain dict without None."""
        sums = {currency: {kind: decimal_text(amount) for kind, amount in by_kind.items()}
                for currency, by_kind in self.sums().items()}
        return {
            "layout": self.layout or False,
            "settings": [setting.as_dict(translate) for setting in self.settings],
            "header": self.header,
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
        choice = self._headings(grids)
        self.reading.header = choice.header
        self.reading.layout = choice.layout.code
        self.reading.labels = {name: item.label for name, item in choice.layout.fields.items()}
        self.reading.mapping = {name: choice.header[index]
                                for name, index in choice.match.columns.items()}
        self._tell(choice, len(grids))
        self._check_columns(choice)
        builder = SheetBuilder(choice.grid, choice.row.number, choice.header,
                               choice.layout.fields, choice.match.columns, self.options,
                               self.decisions)
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
            default = options.currency or choice.layout.default_currency
            decide("currency", default, GIVEN if options.currency else DEFAULT,
                   _lt("The file has no column for the currency."), ambiguous=not default)

    def _check_columns(self, choice: _Choice) -> None:
        fields, missing = choice.layout.fields, choice.match.missing
        if missing:
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
