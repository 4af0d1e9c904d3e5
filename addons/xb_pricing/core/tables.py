"""Files of fees and of freight prices: a verdict for every row, before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from odoo.addons.xb_orders.core.columns import DECIMAL, ID, TEXT, TIME
from odoo.addons.xb_orders.core.layouts.base import Field, Layout
from odoo.addons.xb_orders.core.options import ReadOptions
from odoo.addons.xb_orders.core.problem import Problem, _lt
from odoo.addons.xb_orders.core.sheet import Record, Sheet

from . import freight, plan

ZERO = Decimal(0)
HUNDRED = Decimal(100)
YES = frozenset(("1", "true", "yes", "y", "x", "是", "wahr", "ja"))
NO = frozenset(("0", "false", "no", "n", "否", "falsch", "nein"))
BASE_WORDS = {
    "item": plan.ITEM, "item price": plan.ITEM, "price": plan.ITEM, "商品价": plan.ITEM,
    "total": plan.TOTAL, "price and shipping": plan.TOTAL, "总价": plan.TOTAL,
    "buyer": plan.BUYER, "buyer total": plan.BUYER, "买家实付": plan.BUYER,
    "net": plan.NET, "net of tax": plan.NET, "税前": plan.NET,
    "fixed": plan.FIXED, "固定": plan.FIXED, "fee": "fee", "费用": "fee"}
MODE_WORDS = {
    "whole": plan.WHOLE, "全额": plan.WHOLE, "marginal": plan.MARGINAL, "portion": plan.MARGINAL,
    "分段": plan.MARGINAL}
GROUP_WORDS = ("commission", "payment", "advertising", "programme", "fulfilment", "promotion",
               "other")
RULE_WORDS = {"": freight.NEVER, **{rule: rule for rule in freight.RULES}}

WRONG_WORD = _lt(
    'Row %(row)s, column "%(column)s": "%(text)s" is not known. Use one of: %(choices)s.')
NEGATIVE = _lt(
    'Row %(row)s, column "%(column)s": %(text)s is below zero. Enter what is taken as a positive '
    "number.")
TOO_MUCH = _lt(
    'Row %(row)s, column "%(column)s": %(text)s %% of the price or more leaves nothing. Enter 15 '
    "for fifteen percent.")
LITTLE = _lt(
    'Row %(row)s, column "%(column)s": %(text)s is read as %(text)s %%. If it is meant as a share, '
    "multiply it by 100.")
REQUIRED = _lt('Row %(row)s has nothing in the column "%(column)s". Fill it in.')


@dataclass(slots=True)
class TableRow:
    """One row of the file, understood; has what the reader's :class:`Reading` counts."""

    row: int
    values: dict
    problems: list[Problem] = field(default_factory=list)
    kind: str = "row"
    currency: str = ""
    amount: Decimal = ZERO

    @property
    def refused(self) -> bool:
        """Tell whether the row cannot be imported."""
        return any(problem.blocking for problem in self.problems)


class _Reader:
    """Takes one row's values, noting what is wrong with them."""

    def __init__(self, record: Record, sheet: Sheet):
        self.record, self.sheet = record, sheet
        self.problems = list(record.problems)
        self._unreadable = {problem.column for problem in record.problems}

    def _heading(self, name):
        column = self.sheet.columns.get(name)
        return column.heading if column else name

    def complain(self, code, template, name, text="", blocking=True, **values):
        """Note a problem of a column."""
        heading = self._heading(name)
        self.problems.append(Problem(
            code, template, row=self.record.row, column=heading, blocking=blocking,
            values={"row": self.record.row, "column": heading, "text": text, **values}))

    def text(self, name, required=False):
        """Return a text, empty when there is none."""
        value = self.record.get(name, "") or ""
        if required and not value:
            self.complain("value_missing", REQUIRED, name)
        return value

    def number(self, name, *, required=False):
        """Return a number that is not below zero."""
        value = self.record.get(name)
        if value is None:
            if required and self._heading(name) not in self._unreadable:
                self.complain("value_missing", REQUIRED, name)
            return ZERO
        if value < 0:
            self.complain("number_negative", NEGATIVE, name, f"{value:f}")
        return value

    def percent(self, name, *, below_hundred=True):
        """Return a share from a percentage."""
        value = self.number(name)
        if below_hundred and value >= HUNDRED:
            self.complain("fee_too_high", TOO_MUCH, name, f"{value:f}")
        elif 0 < value < Decimal("0.5"):
            self.complain("percent_small", LITTLE, name, f"{value:f}", blocking=False)
        return value / HUNDRED

    def word(self, name, words, default):
        """Return what a word stands for."""
        text = self.text(name).casefold()
        if not text:
            return default
        if text not in words:
            self.complain("word_unknown", WRONG_WORD, name, text, choices=", ".join(words))
            return default
        return words[text] if isinstance(words, dict) else text

    def flag(self, name, default):
        """Return a yes or no."""
        text = self.text(name).casefold()
        if text and text not in YES and text not in NO:
            self.complain("word_unknown", WRONG_WORD, name, text, choices="yes, no")
        return text in YES if text else default

    def day(self, name):
        """Return a date as text, or empty."""
        value = self.record.get(name)
        return value.date().isoformat() if value else ""


class FeeLayout(Layout):
    """A fee schedule; percentages in percent, amounts in the schedule's currency."""

    code, name = "fees", _lt("Fee schedule")
    fields = {
        "schedule": Field(TEXT, _lt("Schedule"), headings=("schedule", "fee schedule", "费率表")),
        "country": Field(ID, _lt("Country"), headings=("country", "market", "国家")),
        "currency": Field(ID, _lt("Currency"), headings=("currency", "币种")),
        "code": Field(ID, _lt("Fee Code"), headings=("code", "fee code", "费用代码"),
                      required=True),
        "name": Field(TEXT, _lt("Fee"), headings=("name", "fee", "费用")),
        "group": Field(TEXT, _lt("Group"), headings=("group", "kind", "类型")),
        "category": Field(TEXT, _lt("Fee Category"), headings=("category", "fee category",
                                                               "类目")),
        "base": Field(TEXT, _lt("Computed on"), headings=("base", "computed on", "计费基数")),
        "parent": Field(ID, _lt("Of the Fee"), headings=("parent", "of fee", "上级费用")),
        "mode": Field(TEXT, _lt("Rate Applies to"), headings=("mode", "applies to", "计费方式")),
        "up_to": Field(DECIMAL, _lt("Up to"), headings=("up to", "limit", "上限")),
        "limit_included": Field(TEXT, _lt("“Or Less”"), headings=("or less", "limit included",
                                                                  "含上限")),
        "rate": Field(DECIMAL, _lt("Percent"), headings=("rate percent", "percent", "rate %",
                                                         "费率%", "费率"), required=True),
        "fixed": Field(DECIMAL, _lt("Fixed Amount"), headings=("fixed", "fixed amount",
                                                               "固定金额")),
        "minimum": Field(DECIMAL, _lt("Minimum"), headings=("minimum", "min", "最低")),
        "maximum": Field(DECIMAL, _lt("Maximum"), headings=("maximum", "max", "最高", "封顶")),
        "tax_rate": Field(DECIMAL, _lt("Tax on the Fee, Percent"),
                          headings=("tax percent", "tax on fee", "费用税率%")),
        "refundable": Field(TEXT, _lt("Refundable"), headings=("refundable", "可退")),
        "valid_from": Field(TIME, _lt("Valid From"), headings=("valid from", "from", "生效日期")),
        "valid_to": Field(TIME, _lt("Valid To"), headings=("valid to", "to", "失效日期")),
        "source": Field(TEXT, _lt("Source"), headings=("source", "来源")),
        "source_date": Field(TIME, _lt("As of"), headings=("source date", "as of", "截至")),
        "confirmed": Field(TEXT, _lt("Checked"), headings=("checked", "confirmed", "已核对")),
    }

    def documents(self, sheet: Sheet, options: ReadOptions) -> Sequence[TableRow]:
        """Override: one value of each row."""
        rows = [self._row(record, sheet) for record in sheet.records]
        self._check_steps(rows, sheet)
        return rows

    def _row(self, record, sheet):
        read = _Reader(record, sheet)
        base = read.word("base", BASE_WORDS, plan.TOTAL)
        values = {
            "schedule": read.text("schedule"), "country": read.text("country").upper(),
            "currency": read.text("currency").upper(), "code": read.text("code", required=True),
            "group": read.word("group", GROUP_WORDS, "commission"),
            "category": read.text("category"), "base": base, "parent": read.text("parent"),
            "mode": read.word("mode", MODE_WORDS, plan.WHOLE), "up_to": read.number("up_to"),
            "limit_included": read.flag("limit_included", True), "rate": read.percent("rate"),
            "fixed": read.number("fixed"), "minimum": read.number("minimum"),
            "maximum": read.number("maximum"),
            "tax_rate": read.percent("tax_rate", below_hundred=False),
            "refundable": read.flag("refundable", True), "valid_from": read.day("valid_from"),
            "valid_to": read.day("valid_to"), "source": read.text("source"),
            "source_date": read.day("source_date"),
            "confirmed": read.flag("confirmed", False),
        }
        values["name"] = read.text("name") or values["code"]
        if base == "fee" and not values["parent"]:
            read.complain("value_missing", REQUIRED, "parent")
        if values["maximum"] and values["maximum"] < values["minimum"]:
            read.complain("maximum_below_minimum", _lt(
                'Row %(row)s: the maximum is below the minimum. Exchange them, or leave one '
                "empty."), "maximum")
        return TableRow(record.row, values, read.problems)

    def _check_steps(self, rows, sheet):
        """Refuse fees whose steps repeat, or whose last step has a limit."""
        groups = {}
        for row in rows:
            key = tuple(row.values[name] for name in ("schedule", "code", "category",
                                                      "valid_from"))
            groups.setdefault(key, []).append(row)
        for steps in groups.values():
            seen = {}
            for row in steps:
                first = seen.setdefault(row.values["up_to"], row)
                if first is not row:
                    row.problems.append(Problem("step_twice", _lt(
                        "Row %(row)s says the same step of this fee as row %(other)s. Remove one "
                        "of them, or give them different limits or dates."), row=row.row,
                        values={"row": row.row, "other": first.row}))
            if ZERO not in seen:
                last = max(steps, key=lambda row: row.values["up_to"])
                last.problems.append(Problem("fee_open_end", _lt(
                    "Row %(row)s: the last step of this fee has a limit, so nothing is known above "
                    "it. Leave its limit empty."), row=last.row, values={"row": last.row}))


class FreightLayout(Layout):
    """A freight table; weights in kg, sizes in cm."""

    code, name = "freight", _lt("Freight table")
    fields = {
        "carrier": Field(TEXT, _lt("Carrier"), headings=("carrier", "table", "承运商"),
                         required=True),
        "service": Field(TEXT, _lt("Service"), headings=("service", "服务")),
        "zone": Field(TEXT, _lt("Zone"), headings=("zone", "分区"), required=True),
        "countries": Field(TEXT, _lt("Countries"), headings=("countries", "country", "国家")),
        "currency": Field(ID, _lt("Currency"), headings=("currency", "币种")),
        "from_kg": Field(DECIMAL, _lt("Above (kg)"), headings=("from kg", "above kg", "起重")),
        "to_kg": Field(DECIMAL, _lt("Up to (kg)"), headings=("to kg", "up to kg", "止重"),
                       required=True),
        "registration": Field(DECIMAL, _lt("Per Parcel"), headings=("registration", "per parcel",
                                                                    "挂号费", "处理费")),
        "first_kg": Field(DECIMAL, _lt("First Weight (kg)"), headings=("first kg", "首重")),
        "first_fee": Field(DECIMAL, _lt("First Weight Fee"), headings=("first fee", "首重费")),
        "per_kg": Field(DECIMAL, _lt("Per kg"), headings=("per kg", "每公斤", "续重")),
        "step_kg": Field(DECIMAL, _lt("Weight Step (kg)"), headings=("step kg", "进位")),
        "min_kg": Field(DECIMAL, _lt("Minimum Weight (kg)"), headings=("min kg", "最低计费重")),
        "divisor": Field(DECIMAL, _lt("Divisor"), headings=("divisor", "材积系数", "体积除数")),
        "rule": Field(TEXT, _lt("Volume Rule"), headings=("volume rule", "vol rule", "泡重规则")),
        "fuel": Field(DECIMAL, _lt("Fuel, Percent"), headings=("fuel", "fuel percent",
                                                               "燃油费%")),
        "surcharge": Field(DECIMAL, _lt("Surcharge"), headings=("surcharge", "附加费")),
        "max_length": Field(DECIMAL, _lt("Longest Side (cm)"), headings=("max length cm",
                                                                         "最长边")),
        "max_sum": Field(DECIMAL, _lt("Sum of Sides (cm)"), headings=("max sum cm", "三边和")),
        "valid_from": Field(TIME, _lt("Valid From"), headings=("valid from", "生效日期")),
        "valid_to": Field(TIME, _lt("Valid To"), headings=("valid to", "失效日期")),
        "source": Field(TEXT, _lt("Source"), headings=("source", "来源")),
    }

    def documents(self, sheet: Sheet, options: ReadOptions) -> Sequence[TableRow]:
        """Override: one value of each row."""
        rows = [self._row(record, sheet) for record in sheet.records]
        self._check_bands(rows)
        return rows

    def _row(self, record, sheet):
        read = _Reader(record, sheet)
        values = {name: read.number(name) for name in (
            "from_kg", "registration", "first_kg", "first_fee", "per_kg", "min_kg", "divisor",
            "surcharge", "max_length", "max_sum")}
        values |= {
            "carrier": read.text("carrier", required=True), "service": read.text("service"),
            "zone": read.text("zone", required=True),
            "countries": read.text("countries").upper().replace(",", " ").replace(
                "|", " ").split(),
            "currency": read.text("currency").upper(),
            "to_kg": read.number("to_kg", required=True),
            "step_kg": read.number("step_kg") or Decimal("0.001"),
            "rule": read.word("rule", RULE_WORDS, freight.NEVER),
            "fuel": read.percent("fuel", below_hundred=False),
            "valid_from": read.day("valid_from"), "valid_to": read.day("valid_to"),
            "source": read.text("source"),
        }
        if values["to_kg"] <= values["from_kg"] and not read.problems:
            read.complain("weight_order", _lt(
                'Row %(row)s: the weight "up to" is not above the weight it begins with. Zero is '
                "no weight; enter kilograms."), "to_kg")
        if values["rule"] != freight.NEVER and not values["divisor"]:
            read.complain("divisor_missing", _lt(
                "Row %(row)s: volume counts for this carrier, but its divisor is missing. Enter "
                "5000, 6000 or what the carrier says."), "divisor")
        return TableRow(record.row, values, read.problems)

    def _check_bands(self, rows):
        """Refuse bands of a zone that overlap."""
        zones = {}
        for row in rows:
            key = tuple(row.values[name] for name in ("carrier", "service", "zone", "valid_from"))
            zones.setdefault(key, []).append(row)
        for bands in zones.values():
            bands.sort(key=lambda row: (row.values["from_kg"], row.row))
            for before, row in pairwise(bands):
                if row.values["from_kg"] < before.values["to_kg"] and not row.refused:
                    row.problems.append(Problem("bands_overlap", _lt(
                        "Row %(row)s overlaps the weights of row %(other)s. Each band begins where "
                        "the one before ends."), row=row.row,
                        values={"row": row.row, "other": before.row}))


LAYOUTS = {"fees": (FeeLayout(),), "freight": (FreightLayout(),)}
