"""The order value: its checks, its digest and its arithmetic.

The shape is ``data/order.schema.json``; what JSON Schema cannot say (unique line references,
positive quantities, times that make sense, a total that adds up) is said here. All money is
:class:`~decimal.Decimal`; nothing is rounded but the final comparison with the stated total.
"""

import functools
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from pathlib import Path

from .problem import Problem, _lt
from .schema_check import schema_problems

SCHEMA_FILE = Path(__file__).parent.parent / "data" / "order.schema.json"
# qty and unit_price have up to 22 digits each: their product must not be rounded.
EXACT = Context(prec=80)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks of platforms and servers differ, and so do their ideas of "today".
CLOCK_SLACK = timedelta(days=2)
SHIP_BY_HORIZON = timedelta(days=730)
PAST_TIMES = ("placed_at", "paid_at", "updated_at")
NOT_NEGATIVE = ("unit_price", "discount")
# What PostgreSQL takes neither as text nor as jsonb: NUL and halves of surrogate pairs.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,8})?")
RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@functools.lru_cache(maxsize=1)
def schema() -> dict:
    """Return the order value's JSON Schema with its ``$ref`` replaced by what they refer to."""
    source = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return _inlined(source, source["$defs"])


def _inlined(node, definitions: dict):
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    node = dict(node)
    name = node.pop("$ref", "").rpartition("/")[2]
    if name:
        node = {**definitions[name], **node}
    return {key: _inlined(item, definitions) for key, item in node.items()}


def decimal_pattern() -> str:
    """Return the pattern by which the schema marks decimals."""
    return schema()["$defs"]["decimal"]["pattern"]


def parse_time(text: str) -> datetime:
    """Return the aware datetime of an ISO 8601 time with an offset (RFC 3339).

    :raise ValueError: for any other text, and for days and hours that do not exist.
    """
    if not RFC3339.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper())


def without_nulls(value):
    """Return the value without the keys whose value is null: null means unknown, like absence.

    What lies under ``raw`` is left as it came.
    """
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: item if key == "raw" else without_nulls(item)
        for key, item in value.items()
        if item is not None
    }


# === CHECKS === #


def validate(
    value,
    *,
    now: datetime | None = None,
    currencies: Collection[str] | None = None,
    countries: Collection[str] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with an order value, an empty list when it is right.

    :param value: what came in; any type.
    :param now: aware time against which "in the future" is judged, default the present.
    :param currencies: the ISO 4217 codes that are known, None to accept any well-formed code.
    :param countries: the same for ISO 3166-1 alpha-2 codes.
    """
    value = without_nulls(value)
    problems = schema_problems(value, schema(), parse_time)
    if not isinstance(value, dict):
        return problems
    problems += _unstorable_problems(value)
    problems += _ref_problems(value)
    problems += _amount_problems(value)
    problems += _time_problems(value, now or datetime.now(UTC))
    problems += _code_problems(value, currencies, countries)
    return problems


def _unstorable_problems(value: dict) -> Iterator[Problem]:
    try:
        text = json.dumps(value, ensure_ascii=True, default=repr)
    except (RecursionError, TypeError, ValueError):
        yield Problem("not_json", _lt(
            "The order value is not plain JSON (nested too deep, circular, or with keys that are "
            "not text). Send plain objects, lists, text and numbers."), "$")
        return
    if "\\u0000" not in text and "\\ud" not in text:
        return
    todo = [("$", value)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, dict):
            todo += ((f"{path}.{key}", item) for key, item in node.items())
            node = "".join(key for key in node if isinstance(key, str))
        elif isinstance(node, list):
            todo += ((f"{path}[{index}]", item) for index, item in enumerate(node))
        if isinstance(node, str) and UNSTORABLE.search(node):
            yield Problem("unstorable_text", _lt(
                "%(path)s contains a NUL or half a character, which no database stores. "
                "Remove it and send the order again."), path, {"path": path})


def _dicts(items) -> Iterator[tuple[int, dict]]:
    if isinstance(items, list):
        yield from ((index, item) for index, item in enumerate(items) if isinstance(item, dict))


def _ref_problems(value: dict) -> Iterator[Problem]:
    ref = value.get("ref")
    if isinstance(ref, str) and ref and ref != ref.strip():
        yield Problem("blank_in_ref", _lt(
            'The order number "%(ref)s" begins or ends with a blank. Send it without.'),
            "$.ref", {"ref": ref})
    seen = {}
    for index, line in _dicts(value.get("lines")):
        ref = line.get("ref")
        if not isinstance(ref, str):
            continue
        if ref in seen:
            yield Problem("duplicate_line_ref", _lt(
                'Lines %(first)s and %(second)s have the same ref "%(ref)s". Give each line of '
                "the order a ref of its own."),
                f"$.lines[{index}].ref",
                {"first": seen[ref] + 1, "second": index + 1, "ref": ref}, line=ref)
        seen.setdefault(ref, index)
    for number, shipment in _dicts(value.get("shipments")):
        for index, line in _dicts(shipment.get("lines")):
            if isinstance(line.get("ref"), str) and line["ref"] not in seen:
                yield Problem("unknown_line_ref", _lt(
                    'A shipment names the line "%(ref)s", which the order does not have. '
                    "Use the refs of the order's lines."),
                    f"$.shipments[{number}].lines[{index}].ref", {"ref": line["ref"]})


def _decimal(value) -> Decimal | None:
    """Return the number of a well-formed decimal only: Decimal also reads NaN and 1e999999."""
    if isinstance(value, str) and PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    return None


def _amount_problems(value: dict) -> Iterator[Problem]:
    for index, line in _dicts(value.get("lines")):
        ref = line.get("ref") if isinstance(line.get("ref"), str) else ""
        qty = _decimal(line.get("qty"))
        if qty is not None and qty <= 0:
            yield Problem("qty_not_positive", _lt(
                "Line %(line)s has the quantity %(qty)s; a sold quantity is greater than zero. "
                "Leave the line out, or send returned goods as a cancellation."),
                f"$.lines[{index}].qty", {"line": index + 1, "qty": line["qty"]}, line=ref)
        yield from _negative_problems(line, NOT_NEGATIVE, f"$.lines[{index}]", ref)
    for number, shipment in _dicts(value.get("shipments")):
        for index, line in _dicts(shipment.get("lines")):
            qty = _decimal(line.get("qty"))
            if qty is not None and qty <= 0:
                yield Problem("qty_not_positive", _lt(
                    "A shipment has the quantity %(qty)s; a shipped quantity is greater than "
                    "zero. Leave the line out of the shipment."),
                    f"$.shipments[{number}].lines[{index}].qty", {"qty": line["qty"]})
    if isinstance(value.get("shipping"), dict):
        yield from _negative_problems(value["shipping"], ("price", "discount"), "$.shipping", "")
    yield from _negative_problems(value, ("discount", "total"), "$", "")


def _negative_problems(node: dict, keys, path: str, line: str) -> Iterator[Problem]:
    for key in keys:
        amount = _decimal(node.get(key))
        if amount is not None and amount < 0:
            yield Problem("negative_amount", _lt(
                "%(path)s is %(amount)s, but is never negative in an order: prices and discounts "
                "are both written without a sign. Money that goes back is a refund."),
                f"{path}.{key}", {"path": f"{path}.{key}", "amount": node[key]}, line=line)


def _time_problems(value: dict, now: datetime) -> Iterator[Problem]:
    for key in (*PAST_TIMES, "ship_by"):
        try:
            moment = parse_time(value[key])
        except (KeyError, TypeError, ValueError):
            continue  # absent, or already named by the schema
        latest = now + (CLOCK_SLACK if key in PAST_TIMES else SHIP_BY_HORIZON)
        if not EARLIEST <= moment <= latest:
            yield Problem("time_out_of_range", _lt(
                "%(key)s is %(time)s, which cannot be right. Check the year and the order of day "
                "and month."),
                f"$.{key}", {"key": key, "time": value[key]})


def _code_problems(value: dict, currencies, countries) -> Iterator[Problem]:
    places = [("$.currency", value.get("currency"))]
    for key in ("fees", "payments"):
        places += ((f"$.{key}[{index}].currency", item.get("currency"))
                   for index, item in _dicts(value.get(key)))
    for path, code in places:
        if currencies is not None and _well_formed(code, 3) and code not in currencies:
            yield Problem("unknown_currency", _lt(
                "%(code)s is not a known currency. Activate it, or correct the code."),
                path, {"code": code})
    for key in ("ship_to", "bill_to"):
        code = value[key].get("country") if isinstance(value.get(key), dict) else ""
        if countries is not None and _well_formed(code, 2) and code not in countries:
            yield Problem("unknown_country", _lt(
                "%(code)s is not a known country. Send its ISO 3166-1 code of two letters."),
                f"$.{key}.country", {"code": code})


def _well_formed(code, length: int) -> bool:
    return isinstance(code, str) and re.fullmatch(f"[A-Z]{{{length}}}", code) is not None


# === DIGEST === #


def digest(value: dict) -> str:
    """Return the SHA-256 (hex) of an order value's meaning.

    Two values that say the same have the same digest: "1.50" is "1.5", a time is the same in any
    zone, null is absence, the order of keys does not count. ``raw`` is left out. Any value can be
    digested, also one that is rejected.
    """
    meaning = _normalised(without_nulls(value), schema(), decimal_pattern())
    if isinstance(meaning, dict):
        meaning.pop("raw", None)
        if meaning.get("prices_include_tax") is False:
            del meaning["prices_include_tax"]
    text = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"),
                      default=repr, skipkeys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _normalised(node, rule: dict, pattern: str):
    if isinstance(node, dict):
        rules = rule.get("properties", {})
        return {key: item if key == "raw" else _normalised(item, rules.get(key, {}), pattern)
                for key, item in node.items()}
    if isinstance(node, list):
        return [_normalised(item, rule.get("items", {}), pattern) for item in node]
    if isinstance(node, str) and rule.get("pattern") == pattern:
        return decimal_text(_decimal(node), node)
    if isinstance(node, str) and rule.get("format") == "date-time":
        try:
            return parse_time(node).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return node
    return node


def decimal_text(number: Decimal | None, otherwise: str = "") -> str:
    """Return the one spelling of a number: no exponent, no trailing zeros, no negative zero."""
    if number is None or not number.is_finite():
        return otherwise
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


# === ARITHMETIC === #


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order adds up to, in its currency, unrounded.

    ``total`` = goods - line_discount + shipping - shipping_discount - order_discount, and + tax
    unless the prices include it.
    """

    goods: Decimal
    line_discount: Decimal
    shipping: Decimal
    shipping_discount: Decimal
    order_discount: Decimal
    tax: Decimal
    total: Decimal

    def as_dict(self) -> dict[str, str]:
        """Return decimal strings by name."""
        return {item.name: decimal_text(getattr(self, item.name)) for item in fields(self)}


def totals(value: dict) -> Totals:
    """Add up a valid order value.

    :raise KeyError: when a required part is missing; :raise decimal.InvalidOperation: when a
        number is none. Call :func:`validate` first.
    """
    shipping = value.get("shipping") or {}
    with localcontext(EXACT):
        goods = sum((Decimal(line["qty"]) * Decimal(line["unit_price"])
                     for line in value["lines"]), Decimal(0))
        line_discount = sum((_amount(line, "discount") for line in value["lines"]), Decimal(0))
        tax = sum((_amount(line, "tax") for line in value["lines"]), _amount(shipping, "tax"))
        order_discount = _amount(value, "discount")
        price, less = _amount(shipping, "price"), _amount(shipping, "discount")
        total = goods - line_discount + price - less - order_discount
        if not value.get("prices_include_tax"):
            total += tax
    return Totals(goods, line_discount, price, less, order_discount, tax, total)


def _amount(node: dict, key: str) -> Decimal:
    return Decimal(node.get(key) or 0)


def check_total(value: dict, currency_decimals: int) -> Problem | None:
    """Compare the stated total of a valid order value with what its parts add up to.

    A platform rounds each amount that is finer than the currency, so each such amount may
    account for half of the currency's smallest unit; beyond that the order does not add up.

    :param currency_decimals: 2 for EUR, 0 for JPY.
    :return: the problem, or None when the total is right or not stated.
    """
    if value.get("total") is None:
        return None
    unit = Decimal(1).scaleb(-currency_decimals)
    with localcontext(EXACT):
        computed = totals(value).total
        stated = Decimal(value["total"])
        difference = abs(stated - computed)
        finer = sum(1 for amount in _rounded_amounts(value) if amount % unit)
        if difference <= finer * unit / 2:
            return None
        rounded = computed.quantize(unit, ROUND_HALF_UP)
        gap = decimal_text(stated - computed)
    return Problem("total_mismatch", _lt(
        "The order says it costs %(stated)s %(currency)s, but its lines, shipping, taxes and "
        "discounts add up to %(computed)s (difference %(gap)s). Compare it with the platform, "
        "then correct the lines or the total."),
        "$.total",
        {"stated": value["total"], "currency": value["currency"], "computed": str(rounded),
         "gap": gap})


def _rounded_amounts(value: dict) -> Iterator[Decimal]:
    for line in value["lines"]:
        yield Decimal(line["qty"]) * Decimal(line["unit_price"])
        yield _amount(line, "discount")
        yield _amount(line, "tax")
    for key in ("price", "tax", "discount"):
        yield _amount(value.get("shipping") or {}, key)
    yield _amount(value, "discount")
