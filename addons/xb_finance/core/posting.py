"""What a settlement means to the ledger: its entries in two currencies, balanced in both.

Pure arithmetic. The rules, and where each cent of exchange difference comes from:

* Sales are worth what their order was worth on its day (the order's stamped rate), all other
  lines what the currency is worth at the end of the settlement.
* The clearing account takes in the whole settlement at the settlement's rate; what differs from
  the sum of the lines is exchange difference of the orders.
* What leaves the clearing or the reserve account leaves at the average rate it was carried at,
  so that an account without foreign currency has no company currency either.
* A payout arrives at the bank's rate; what differs from what left is exchange difference again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .statements.base import PAID_OUT, ZERO

CLEARING, RESERVE, TRANSIT, EXCHANGE, KIND = "clearing", "reserve", "transit", "exchange", "kind"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Lines of a settlement that go to one account.

    :param kind: kind of the lines.
    :param amount: signed sum in the settlement's currency.
    :param value: the same in the company's currency.
    :param key: what tells buckets of a kind apart (partner, order), handed through.
    """

    kind: str
    amount: Decimal
    value: Decimal
    key: object = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What an account holds before the settlement.

    :param amount: in the settlement's currency.
    :param value: in the company's.
    """

    amount: Decimal = ZERO
    value: Decimal = ZERO

    def plus(self, amount: Decimal, value: Decimal) -> "Carried":
        """Return the balance after a movement."""
        return Carried(self.amount + amount, self.value + value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal entry; debit is positive.

    :param role: :data:`CLEARING`, :data:`RESERVE`, :data:`TRANSIT`, :data:`EXCHANGE` or
        :data:`KIND`.
    """

    role: str
    amount: Decimal
    value: Decimal
    kind: str = ""
    key: object = None


@dataclass(frozen=True, slots=True)
class Rates:
    """Company currency per unit of the settlement's.

    :param settlement: at the end of the period.
    :param payout: on the day the money arrived.
    :param received: what the bank booked in company currency, None to use ``payout``.
    :param digits: decimals of the company's currency.
    """

    settlement: Decimal
    payout: Decimal
    received: Decimal | None = None
    digits: int = 2

    def round(self, value: Decimal) -> Decimal:
        """Round to the company currency's decimals, half away from zero as the ledger does."""
        return value.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)


def leaving(amount: Decimal, carried: Carried, rates: Rates) -> Decimal:
    """Return what an amount that leaves an account is worth: its share of what is carried.

    More than is there, or out of an account with the other sign, is worth the day's rate.

    >>> leaving(Decimal(50), Carried(Decimal(100), Decimal("90.01")), Rates(Decimal(1), Decimal(1)))
    Decimal('45.01')
    """
    if amount == carried.amount:
        return carried.value
    if carried.amount and 0 < amount / carried.amount < 1:
        return rates.round(carried.value * amount / carried.amount)
    return rates.round(amount * rates.settlement)


def entries(buckets: Iterable[Bucket], nature: str, rates: Rates, clearing: Carried,
            reserve: Carried) -> tuple[list[Entry], list[Entry]]:
    """Return the entries of a settlement and those of its payout, which has a day of its own.

    Either list adds up to zero in both currencies.

    :param buckets: all lines, payouts of an account's history among them.
    :param nature: of the document; see :mod:`.statements.base`.
    :param clearing: balance of the clearing account, ``reserve`` of the reserve account, before.
    """
    found: list[Entry] = []
    inflow = payout = ZERO
    # Releases first: what is held in the same settlement must not be averaged with them.
    for bucket in sorted(buckets, key=lambda bucket: (bucket.kind, -bucket.amount)):
        if bucket.kind == "payout":
            payout -= bucket.amount
            continue
        inflow += bucket.amount
        if bucket.kind == "reserve":
            value = _reserve_value(bucket.amount, reserve, rates)
            reserve = reserve.plus(-bucket.amount, -value)
            found.append(Entry(RESERVE, -bucket.amount, -value, bucket.kind))
        else:
            found.append(Entry(KIND, -bucket.amount, -bucket.value, bucket.kind, bucket.key))
    value = rates.round(inflow * rates.settlement)
    found.append(Entry(CLEARING, inflow, value))
    clearing = clearing.plus(inflow, value)
    if nature == PAID_OUT:
        payout = inflow
    return _balanced(found), _balanced(_payout(payout, clearing, rates))


def _payout(payout: Decimal, clearing: Carried, rates: Rates) -> list[Entry]:
    if not payout:
        return []
    received = rates.round(payout * rates.payout) if rates.received is None else rates.received
    return [
        Entry(CLEARING, -payout, -leaving(payout, clearing, rates), "payout"),
        Entry(TRANSIT, payout, received, "payout"),
    ]


def _balanced(found: list[Entry]) -> list[Entry]:
    """Return entries that say something, with the exchange difference that balances them."""
    difference = -sum((entry.value for entry in found), ZERO)
    if difference:
        found.append(Entry(EXCHANGE, ZERO, difference))
    return [entry for entry in found if entry.amount or entry.value]


def _reserve_value(amount: Decimal, reserve: Carried, rates: Rates) -> Decimal:
    if amount > 0 and reserve.amount > 0:
        return leaving(amount, reserve, rates)
    return rates.round(amount * rates.settlement)
