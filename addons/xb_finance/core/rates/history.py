"""A currency's rates over time: what holds on a day, and what a month was worth on average."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal

PRECISE = Context(prec=28)
ONE = Decimal(1)


@dataclass(frozen=True)
class History:
    """Units of a currency for one unit of the base, from each of these days on.

    :param points: ``(day, rate)``, ascending; none means a rate of 1, as core has it.
    """

    points: tuple[tuple[date, Decimal], ...] = ()

    @classmethod
    def of(cls, own: Iterable[tuple[date, Decimal]],
           shared: Iterable[tuple[date, Decimal]] = ()) -> "History":
        """Return the history of rates of a company, completed by those of no company.

        As in core's ``_get_rates``: where the company has a rate it goes before a shared one,
        however new that is.

        >>> may, june = date(2026, 5, 1), date(2026, 6, 1)
        >>> History.of([(june, Decimal(2))], [(may, Decimal(1)), (date(2026, 7, 1), Decimal(9))]
        ...           ).points == ((may, Decimal(1)), (june, Decimal(2)))
        True
        """
        own = sorted(own)
        before = [point for point in sorted(shared) if not own or point[0] < own[0][0]]
        return cls(tuple(before + own))

    def on(self, day: date) -> Decimal:
        """Return the rate of a day: the last one known, before the first one the first.

        >>> History(((date(2026, 5, 4), Decimal(2)),)).on(date(2026, 5, 1))
        Decimal('2')
        """
        return self.point(day)[1]

    def point(self, day: date) -> tuple[date | None, Decimal]:
        """Return the rate of a day as :meth:`on` does, with the day it is of.

        >>> History(((date(2026, 5, 4), Decimal(2)),)).point(date(2026, 5, 9))
        (datetime.date(2026, 5, 4), Decimal('2'))
        >>> History().point(date(2026, 5, 9))
        (None, Decimal('1'))
        """
        if not self.points:
            return None, ONE
        found = bisect_right(self.points, day, key=lambda point: point[0])
        return self.points[max(found - 1, 0)]


def cross(source: History, target: History, day: date) -> Decimal:
    """Return units of the target's currency for one unit of the source's on a day."""
    return PRECISE.divide(target.on(day), source.on(day))


def average(source: History, target: History, first: date, last: date) -> Decimal:
    """Return the mean of the rates of every day from the first to the last, both included.

    Every day counts once, also weekends: a rate that held for a week weighs seven days.

    :raise ValueError: when the last day is before the first.
    """
    days = (last - first).days + 1
    if days < 1:
        raise ValueError(f"{first} - {last}")
    total = sum((cross(source, target, first + timedelta(days=day)) for day in range(days)),
                Decimal(0))
    return PRECISE.divide(total, Decimal(days))
