"""Exchange rates by day: exact crosses through the base, the rate that holds on a day, its age."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal

# Crosses are divided to more digits than any source publishes.
PRECISE = Context(prec=28)
ONE = Decimal(1)
SATURDAY = 5


@dataclass
class RateTable:
    """Units of each currency for one unit of the base, by day.

    :param base: ISO code.
    :param days: day -> currency -> rate.
    """

    base: str
    days: dict[date, dict[str, Decimal]] = field(default_factory=dict)

    def add(self, day: date, currency: str, rate: Decimal) -> None:
        """Add a rate.

        :raise ValueError: when it is no positive number.
        """
        if not rate.is_finite() or rate <= 0:
            raise ValueError(f"{currency} {day}: {rate}")
        self.days.setdefault(day, {})[currency] = rate

    def rate(self, day: date, currency: str) -> Decimal | None:
        """Return the rate of exactly that day, None when the source has none."""
        if currency == self.base:
            return ONE if day in self.days else None
        return self.days.get(day, {}).get(currency)

    def rebased(self, base: str, currencies: Iterable[str] | None = None) -> "RateTable":
        """Return the same rates for one unit of another currency, crossed with full precision.

        Days on which the new base has no rate are left out: a cross from another day would be
        invented.

        :param currencies: which to keep, None for all.
        """
        wanted = None if currencies is None else set(currencies)
        table = RateTable(base)
        for day, rates in self.days.items():
            known = {self.base: ONE, **rates}
            if base not in known:
                continue
            table.days[day] = {
                code: PRECISE.divide(rate, known[base]) for code, rate in known.items()
                if code != base and (wanted is None or code in wanted)
            }
        return table

    def filled(self, until: date) -> "RateTable":
        """Return the table with the last rates repeated on days without, weekends above all.

        :param until: last day to fill.
        """
        table = RateTable(self.base)
        rates: Mapping[str, Decimal] = {}
        if not self.days:
            return table
        day = min(self.days)
        while day <= max(until, *self.days):
            rates = {**rates, **self.days.get(day, {})}
            table.days[day] = dict(rates)
            day += timedelta(days=1)
        return table


def spread(rate: Decimal, percent: Decimal) -> Decimal:
    """Return a rate made worse by what the bank keeps of the foreign currency.

    :param rate: units of the foreign currency per unit of ours.
    :param percent: 0 to less than 100; 1 means that one hundredth is lost in the exchange.
    :raise ValueError: for anything else.

    >>> spread(Decimal("1.2"), Decimal(0))
    Decimal('1.2')
    >>> round(spread(Decimal(99), Decimal(1)), 6)
    Decimal('100.000000')
    """
    if not 0 <= percent < 100:
        raise ValueError(percent)
    if not percent:
        return rate
    return PRECISE.divide(rate, ONE - percent / 100)


def working_days(start: date, end: date) -> int:
    """Return how many working days lie after a day, up to and with another.

    >>> working_days(date(2026, 5, 1), date(2026, 5, 4))
    1
    >>> working_days(date(2026, 5, 1), date(2026, 5, 3))
    0
    """
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    extra = sum((start + timedelta(days=day)).weekday() < SATURDAY
                for day in range(1, rest + 1))
    return weeks * 5 + extra
