"""A second opinion on prices, written apart from the engine: decimals, one price at a time, no
cleverness. It knows scenarios as the worked examples state them, and searches every price."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from odoo.addons.xb_pricing.core import plan as p
from odoo.addons.xb_pricing.core.explain import Cost

D = Decimal
MODES = {"slab": p.WHOLE, "marginal": p.MARGINAL}
TAX = {"none": p.OUTSIDE, "incl": p.INCLUDED, "excl": p.EXCLUDED}


def rounded(amount, unit):
    """Return an amount rounded half up to a unit."""
    return amount.quantize(D(unit), rounding=ROUND_HALF_UP)


def forward(s, price):
    """Return what a price brings: every line rounded to the smallest unit.

    :param dict s: scenario, see ``fixtures/worked_examples.json``
    """
    price, unit = D(str(price)), s["minor"]
    total, tax = price + D(s["ship_charged"]), D(s["tax"])
    revenue = total if s["ship_is_revenue"] else price
    rate, fixed, all_in = D(s["duty_rate"]), D(s["duty_fixed"]), False
    limit = s["threshold"]
    if limit:
        all_in = price / (1 + tax) > D(limit["limit"])
        rate = D(limit["duty_above"]) if all_in else D(0)
        fixed = D(limit["fixed_above"] if all_in else limit["fixed_below"])
    buyer, net, duty = total, revenue, D(0)
    if s["tax_mode"] == "incl":
        net = rounded(revenue / ((1 + tax) * (1 + rate if all_in else 1)), unit)
        duty = D(0) if all_in else rounded(rate * net, unit)
    else:
        duty = rounded(rate * price, unit)
        if s["tax_mode"] == "excl":
            buyer = total + rounded(total * tax, unit)
    duty += fixed
    fees = {}
    bases = {"item": price, "total": total, "buyer": buyer, "net": net, "fixed": D(0)}
    for fee in s["fees"]:
        base = fees[fee["base"][4:]] if fee["base"].startswith("fee:") else bases[fee["base"]]
        fees[fee["name"]] = rounded(_fee(fee, base) * D(fee["mult"]), unit)
    return {"price": price, "net": net, "duty": duty, "fees": fees, "buyer": buyer,
            **_profit(s, net, duty, fees)}


def _fee(fee, base):
    value, low = D(0), D(0)
    for limit, rate, fixed in fee["tiers"]:
        inside = limit is None or base < D(limit) or (fee["incl"] and base == D(limit))
        if fee["mode"] == "slab":
            if inside:
                value = D(rate) * base + D(fixed)
                break
            continue
        value += D(rate) * ((base if inside else D(limit)) - low) + D(fixed)
        if inside:
            break
        low = D(limit)
    if fee["min"] is not None:
        value = max(value, D(fee["min"]))
    if fee["max"] is not None:
        value = min(value, D(fee["max"]))
    return value


def _profit(s, net, duty, fees):
    keep = (1 - D(s["spread"])) * (1 - D(s["buffer"])) * D(s["fx"])
    sell = sum(map(D, s["costs_sell"].values()), D(0)) + duty
    taken, back = sum(fees.values(), D(0)), s["ret"]
    if back:
        r = D(back["rate"])
        kept = sum((fees[f["name"]] for f in s["fees"] if not f["refundable"]), D(0))
        if back.get("admin"):
            kept += min(D(back["admin"]["cap"]), rounded(
                D(back["admin"]["share"]) * fees[back["admin"]["of"]], s["minor"]))
        goods = D(s["costs_sell"].get(back["goods"], "0"))
        proceeds = ((1 - r) * (net - taken) - r * kept - sell
                    + r * D(back["salvage"]) * goods - r * D(back["handling"]))
        book = (1 - r) * net
    else:
        proceeds, book = net - taken - sell, net
    profit = proceeds * keep - sum(map(D, s["costs_home"].values()), D(0))
    revenue = book * D(s["fx"])
    return {"profit": profit, "revenue": revenue, "ok": profit >= D(s["margin"]) * revenue}


def first_price(s, step, start, stop):
    """Return the lowest price of a range that reaches the target, trying all of them."""
    price = D(start)
    while price <= D(stop):
        if forward(s, price)["ok"]:
            return price
        price += D(step)
    return None


# === FROM A SCENARIO TO THE ENGINE'S VALUES === #


def places(unit):
    """Return the decimal places of a smallest unit; steps of 1000 are whole."""
    return max(0, -D(unit).as_tuple().exponent)


def plan_of(s):
    """Return a scenario as a plan."""
    limit, back, ending = s["threshold"], s["ret"], s["ending"]
    admin = (back or {}).get("admin") or {}
    return p.Plan(
        decimals=places(s["minor"]), home_decimals=places(s["home_minor"]), fx=D(s["fx"]),
        spread=D(s["spread"]), buffer=D(s["buffer"]), shipping=D(s["ship_charged"]),
        shipping_is_revenue=s["ship_is_revenue"], tax_mode=TAX[s["tax_mode"]], tax=D(s["tax"]),
        duty_rate=D(s["duty_rate"]), duty_fixed=D(s["duty_fixed"]),
        threshold=limit and p.Threshold(D(limit["limit"]), D(limit["fixed_below"]),
                                        D(limit["duty_above"]), D(limit["fixed_above"])),
        returns=back and p.Returns(
            D(back["rate"]), D(back["salvage"]), D(back["handling"]), admin.get("of", ""),
            D(admin.get("share", "0")), D(admin["cap"]) if admin else None),
        fees=tuple(fee_of(fee) for fee in s["fees"]),
        endings=(p.Ending(D(ending["mod"]), tuple(map(D, ending["ends"]))),) if ending else (),
        step=D(s.get("step") or s["minor"]), ceiling=D(s["pmax"]))


def fee_of(fee):
    """Return a scenario's fee as the plan's."""
    return p.Fee(
        fee["name"], fee["name"], fee["base"],
        tuple(p.Tier(limit and D(limit), D(rate), D(fixed)) for limit, rate, fixed in
              fee["tiers"]),
        MODES[fee["mode"]], fee["incl"], fee["min"] and D(fee["min"]),
        fee["max"] and D(fee["max"]), D(fee["mult"]) - 1, fee["refundable"])


def costs_of(s):
    """Return a scenario's costs for the waterfall."""
    goods = (s["ret"] or {}).get("goods")
    return [Cost(name, name, D(value), side == "costs_home", name == goods)
            for side in ("costs_home", "costs_sell") for name, value in s[side].items()]


def in_units(s, side, goods_only=False):
    """Return a scenario's costs of one side in smallest units."""
    decimals = places(s["minor" if side == "costs_sell" else "home_minor"])
    goods = (s["ret"] or {}).get("goods")
    return sum(int(D(value).scaleb(decimals)) for name, value in s[side].items()
               if not goods_only or name == goods)


def frac_of(value):
    """Return a text of a number as a fraction."""
    return Fraction(str(value))
