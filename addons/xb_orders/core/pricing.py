"""From an order value to the lines a sale order needs, without losing a cent.

Pure arithmetic on Decimals. A sale order line knows a unit price and a discount in per cent; an
order value knows a unit price and a discount in money. The percentage is used only where it gives
the very same cents, otherwise the discount becomes a line of its own. Companies that round an order
as a whole add up what is behind the cents, too: where that could come to half a cent, percentages
must be exact.
"""

from collections import Counter
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
HUNDRED = Decimal(100)

GOODS = "goods"
DISCOUNT = "discount"
SHIPPING = "shipping"


@dataclass(frozen=True)
class PlannedLine:
    """One line to be of a sale order.

    :param kind: ``goods``, ``discount`` or ``shipping``.
    :param ref: technical reference, unique within the order.
    :param of: reference of the platform's line this one belongs to (itself for goods).
    :param unit_price: order currency, per unit.
    :param percent: discount in per cent.
    :param tax: tax the platform stated for this line *and* the discount line that belongs to
        it, order currency; None where the platform stated none.
    :param base: what that tax was computed on, after discount.
    :param listing: the platform's id of what was sold, or empty.
    :param by_platform: whether the platform itself delivers it.
    :param per_unit: of a part of a bundle: how many of it are in one unit sold.
    """

    kind: str
    ref: str
    of: str
    qty: Decimal
    unit_price: Decimal
    percent: Decimal = ZERO
    tax: Decimal | None = None
    base: Decimal = ZERO
    sku: str = ""
    title: str = ""
    gift: str = ""
    listing: str = ""
    by_platform: bool = False
    per_unit: Decimal = Decimal(1)


@dataclass(frozen=True)
class Rate:
    """A percentage tax of the company. ``included``: it is contained in the price."""

    id: int
    percent: Decimal
    included: bool


def decimal(text):
    """The Decimal of an order value's decimal string; zero for an absent one."""
    return Decimal(text) if text else ZERO


def round_to(amount, cent):
    """``amount`` rounded half up to a multiple of ``cent`` (a currency's smallest unit).

    >>> round_to(Decimal("1.005"), Decimal("0.01"))
    Decimal('1.01')
    >>> round_to(Decimal("149.5"), Decimal("1"))
    Decimal('150')
    """
    return (amount / cent).quantize(Decimal(1), rounding=ROUND_HALF_UP) * cent


def percent_of(qty, unit_price, discount, cent, digits):
    """The discount in per cent that takes exactly ``discount`` off, or None if there is none.

    :param Decimal discount: money off the whole line.
    :param Decimal cent: the currency's smallest unit.
    :param int digits: decimals a percentage may have.

    >>> percent_of(Decimal(2), Decimal(10), Decimal(5), Decimal("0.01"), 2)
    Decimal('25.00')
    >>> percent_of(Decimal(3), Decimal("3.33"), Decimal(1), Decimal("0.01"), 2)
    Decimal('10.01')
    >>> percent_of(Decimal(1000), Decimal("3.33"), Decimal("1.11"), Decimal("0.01"), 2) is None
    True
    """
    gross = qty * unit_price
    if gross <= 0 or discount < 0 or discount > gross:
        return None
    percent = (discount / gross * HUNDRED).quantize(Decimal(10) ** -digits, rounding=ROUND_HALF_UP)
    net = round_to(gross * (1 - percent / HUNDRED), cent)
    return percent if net == round_to(gross, cent) - discount else None


def behind_cents(line, cent):
    """What a line has beyond whole cents.

    >>> line = PlannedLine(GOODS, "1", "1", Decimal(3), Decimal("3.33"), Decimal("10.01"))
    >>> behind_cents(line, Decimal("0.01"))
    Decimal('0.000001')
    """
    net = line.qty * line.unit_price * (1 - line.percent / HUNDRED)
    return abs(net - round_to(net, cent))


def _plan_one(kind, ref, qty, unit_price, discount, tax, cent, digits, exact=False, **more):
    """The line, and the discount line beside it where a percentage would not be exact.

    :param bool exact: whether a percentage must be so behind the cents, too.
    """
    base = qty * unit_price - discount
    percent = percent_of(qty, unit_price, discount, cent, digits) if discount else ZERO
    if exact and percent and qty * unit_price * percent != discount * HUNDRED:
        percent = None
    common = {"tax": tax, "base": base, "of": ref}
    if percent is not None:
        return [PlannedLine(kind, ref, qty=qty, unit_price=unit_price, percent=percent,
                            **common, **more)]
    return [
        PlannedLine(kind, ref, qty=qty, unit_price=unit_price, **common, **more),
        PlannedLine(DISCOUNT, f"{ref}#discount", qty=Decimal(1), unit_price=-discount,
                    title=more.get("title", ""), **common),
    ]


def _tax(part):
    return Decimal(part["tax"]) if part.get("tax") else None


def plan_lines(value, cent, digits=2):
    """All lines of the sale order an order value asks for.

    :param dict value: a valid order value.
    :param Decimal cent: smallest unit of the order's currency.
    :param int digits: decimals of a discount in per cent.
    :rtype: list[PlannedLine]
    """
    planned = _plan_all(value, cent, digits, exact=False)
    if 2 * sum(behind_cents(line, cent) for line in planned if line.percent) >= cent:
        return _plan_all(value, cent, digits, exact=True)
    return planned


def _plan_all(value, cent, digits, exact):
    planned = []
    for line in value["lines"]:
        planned += _plan_one(
            GOODS, line["ref"], Decimal(line["qty"]), Decimal(line["unit_price"]),
            decimal(line.get("discount")), _tax(line), cent, digits, exact=exact,
            sku=line["sku"].strip(), title=line.get("title") or "",
            gift=line.get("gift_message") or "", listing=line.get("listing") or "",
            by_platform=line.get("fulfilled_by") == "platform",
        )
    shipping = value.get("shipping") or {}
    if any(decimal(shipping.get(key)) for key in ("price", "tax", "discount")):
        planned += _plan_one(
            SHIPPING, "#shipping", Decimal(1), decimal(shipping.get("price")),
            decimal(shipping.get("discount")), _tax(shipping), cent, digits, exact=exact,
            title=shipping.get("service") or "",
        )
    discount = decimal(value.get("discount"))
    if discount:
        planned.append(PlannedLine(
            DISCOUNT, "#discount", of="#discount", qty=Decimal(1), unit_price=-discount,
            base=-discount,
        ))
    return planned


def split_line(planned, parts, cent, digits):
    """The lines of a bundle's products instead of the one line that was sold.

    The money of the line is shared out by the parts' weights, to the cent; what a unit price and
    a percentage cannot say exactly becomes a discount line, as everywhere.

    :param PlannedLine planned: a goods line; its own discount line, if any, stays as it is.
    :param parts: ``(key, quantity per unit sold, weight)`` per product; weights are what the
        parts cost singly, all zero to share evenly.
    :return: ``[(key, [PlannedLine])]``
    """
    net = round_to(planned.qty * planned.unit_price * (1 - planned.percent / HUNDRED), cent)
    shares = _share(net, [weight * per for _key, per, weight in parts], cent)
    result = []
    for number, ((key, per, _weight), money) in enumerate(zip(parts, shares, strict=True)):
        qty = planned.qty * per
        unit_price = (money / qty / cent).to_integral_value(ROUND_CEILING) * cent
        lines = _plan_one(
            GOODS, f"{planned.ref}#{number + 1}", qty, unit_price, qty * unit_price - money,
            None, cent, digits, exact=True, sku=planned.sku, title="", gift=planned.gift,
            listing=planned.listing, by_platform=planned.by_platform, per_unit=per,
        )
        result.append((key, [
            replace(line, of=planned.of, tax=planned.tax, base=planned.base) for line in lines
        ]))
    return result


def _share(money, weights, cent):
    """Share money out by weights, without losing a cent: the last one bears what is left."""
    total = sum(weights) or None
    left, shares = money, []
    for number, weight in enumerate(weights, start=1):
        part = money * weight / total if total else money / len(weights)
        part = left if number == len(weights) else round_to(part, cent)
        shares.append(part)
        left -= part
    return shares


def tax_on(base, rate, cent):
    """The tax that ``rate`` yields on ``base``, rounded as an order line rounds it.

    >>> tax_on(Decimal("119"), Rate(1, Decimal(19), True), Decimal("0.01"))
    Decimal('19.00')
    >>> tax_on(Decimal("9.99"), Rate(1, Decimal(20), False), Decimal("0.01"))
    Decimal('2.00')
    """
    if rate.included:
        return round_to(base - base / (1 + rate.percent / HUNDRED), cent)
    return round_to(base * rate.percent / HUNDRED, cent)


def explain_taxes(planned, rates, preferred, included, cent):
    """Find for every line the company tax that explains the amount the platform stated.

    Small amounts are explained by more than one rate (20 % and 19 % of 1.00 both are about
    0.20), so the rate that explains most of the order's lines wins, then the product's own.

    :param list[PlannedLine] planned:
    :param list[Rate] rates: the company's sale taxes, in its order.
    :param dict preferred: platform line reference -> set of tax ids of its product.
    :param bool included: whether the value's prices contain the tax.
    :return: ``({planned line ref: tax id}, [platform line refs that nothing explains])``
    """
    fitting, votes = {}, Counter()
    for line in planned:
        if not line.tax or line.of in fitting:
            continue
        found = [rate for rate in rates
                 if rate.included == included and tax_on(line.base, rate, cent) == line.tax]
        fitting[line.of] = found
        votes.update(rate.id for rate in found)
    chosen, unexplained = {}, []
    for ref, found in fitting.items():
        if not found:
            unexplained.append(ref)
            continue
        own = preferred.get(ref, ())
        chosen[ref] = max(found, key=lambda rate: (votes[rate.id], rate.id in own)).id
    return _spread(planned, chosen, included), unexplained


def _spread(planned, chosen, included):
    """Tax per planned line: a discount follows its line; a discount on the whole order follows
    the one tax of all lines where prices contain tax (else the stated taxes already know it)."""
    by_line = {line.ref: chosen[line.of] for line in planned if line.of in chosen}
    goods = {chosen.get(line.of) for line in planned if line.kind == GOODS}
    if included and len(goods) == 1 and None not in goods:
        by_line.update({line.ref: next(iter(goods)) for line in planned
                        if line.kind == DISCOUNT and line.of == line.ref})
    return by_line
