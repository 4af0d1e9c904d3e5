"""Two public sources of exchange rates; neither wants credentials.

The history is made up, yet steady: the same day has the same rates in both sources and in every
run. As at the originals there are none on Saturdays and Sundays, and one holiday is missing.
"""

import math
from datetime import date, timedelta

from werkzeug.wrappers import Request

from ...routing import ApiError, route
from ...server import Answer
from ..base import Vendor

# Units for one euro around which the history swings; invented figures of likely size.
MIDDLE = {
    "USD": 1.1700, "JPY": 172.00, "GBP": 0.8700, "CNY": 8.1900, "HKD": 9.1200, "SGD": 1.5000,
    "MYR": 4.9000, "IDR": 19200.0, "THB": 37.80, "PHP": 67.50, "KRW": 1630.0, "PLN": 4.2600,
    "SEK": 11.050, "CHF": 0.9350, "CAD": 1.6200, "AUD": 1.7800, "BRL": 6.3000, "MXN": 21.600,
}
#: Only Frankfurter has these: what the first source lacks comes from the second.
ONLY_FRANKFURTER = {"TWD": 36.20, "VND": 30700.0}
HOLIDAY = (12, 25)
HISTORY_DAYS = 800
ECB = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube>%s</Cube></gesmes:Envelope>"""


class Rates(Vendor):
    """``/stats/eurofxref/…`` speaks like the ECB, ``/v1/…`` like Frankfurter."""

    name = "rates"
    title = "Exchange rates (ECB, Frankfurter)"

    def authenticate(self, request: Request) -> None:
        """Let everybody in: both are public."""

    # === ECB === #

    @route("api", "GET", "/stats/eurofxref/eurofxref-daily.xml")
    def daily(self, request: Request):
        """The newest day."""
        return self.ecb(1)

    @route("api", "GET", "/stats/eurofxref/eurofxref-hist-90d.xml")
    def ninety_days(self, request: Request):
        """The last 90 days."""
        return self.ecb(90)

    @route("api", "GET", "/stats/eurofxref/eurofxref-hist.xml")
    def history(self, request: Request):
        """Everything."""
        return self.ecb(HISTORY_DAYS)

    def ecb(self, days: int) -> Answer:
        """Return the newest days as the ECB's XML, the newest first."""
        today = self.now().date()
        found = [day for back in range(days + 7)
                 if published(day := today - timedelta(days=back))]
        cubes = "".join(
            f'<Cube time="{day}">' + "".join(
                f'<Cube currency="{code}" rate="{rate_of(middle, day, code)}"/>'
                for code, middle in MIDDLE.items()) + "</Cube>"
            for day in (found[:1] if days == 1 else found) if (today - day).days <= max(days, 7))
        return Answer(200, {"Content-Type": "text/xml"}, (ECB % cubes).encode())

    # === FRANKFURTER === #

    @route("api", "GET", "/v1/latest")
    def latest(self, request: Request):
        """The newest day, as an object."""
        today = self.now().date()
        day = next(day for back in range(8) if published(day := today - timedelta(days=back)))
        return {"amount": 1.0, "base": "EUR", "date": str(day), "rates": rates(day)}

    @route("api", "GET", "/v1/<period>")
    def period(self, request: Request, period: str):
        """A day, or a range of days ``2026-01-02..2026-01-31``."""
        try:
            start, _dots, end = period.partition("..")
            first, last = date.fromisoformat(start), date.fromisoformat(end or start)
        except ValueError:
            raise ApiError(404, "not_found", "not found") from None
        days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
        found = {str(day): rates(day) for day in days if published(day)}
        return {"amount": 1.0, "base": "EUR", "start_date": str(first), "end_date": str(last),
                "rates": found}


def published(day: date) -> bool:
    """Tell whether the sources have rates of a day."""
    return day.weekday() < 5 and (day.month, day.day) != HOLIDAY


def rates(day: date) -> dict[str, float]:
    """Return Frankfurter's rates of a day."""
    return {code: float(rate_of(middle, day, code))
            for code, middle in {**MIDDLE, **ONLY_FRANKFURTER}.items()}


def rate_of(middle: float, day: date, code: str) -> str:
    """Return a rate as it is printed: a slow swing with a faster one on it, 4 or 2 decimals."""
    shift = sum(map(ord, code))
    place = day.toordinal() + shift
    swing = 1 + 0.03 * math.sin(place / 45) + 0.006 * math.sin(place / 4)
    return f"{middle * swing:.{2 if middle > 20 else 4}f}"
