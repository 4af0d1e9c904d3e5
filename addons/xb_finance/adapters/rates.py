"""Sources of exchange rates that answer over HTTP: the ECB and Frankfurter."""

from odoo.addons.xb_base.adapters.base import ConnectionAdapter
from odoo.addons.xb_base.exceptions import MalformedAnswer, VendorRejected

from ..core.rates import ecb, frankfurter

#: The history of 90 days is a small file, the whole one has megabytes.
NINETY_DAYS = 88


class RatesAdapter(ConnectionAdapter):
    """Both sources behind one connection; which of them answers is the rate source's choice."""

    vendor = "rates"

    def ping(self):
        """Override of `xb_base`: the latest rates, of whichever of both is there."""
        try:
            table = self.fetch("ecb")
        except VendorRejected:
            table = self.fetch("frankfurter")
        return f"{table.base} {max(table.days)}"

    def fetch(self, provider, start=None, end=None, today=None):
        """Fetch rates.

        :param str provider: ``ecb`` or ``frankfurter``
        :param date start: first and ``end`` last day; both None for the latest
        :param date today: what the length of the history is measured from
        :rtype: odoo.addons.xb_finance.core.rates.table.RateTable
        :raise VendorError: it did not work, the class says why
        """
        try:
            if provider == "ecb":
                return self._fetch_ecb(start, end, today)
            answer = self.transport.request("GET", frankfurter.path(start, end))
            return frankfurter.parse(answer.json)
        except ValueError as error:
            raise MalformedAnswer(f"{provider}: {error}") from None

    def _fetch_ecb(self, start, end, today):
        if start is None:
            path = ecb.DAILY
        elif today and (today - start).days <= NINETY_DAYS:
            path = ecb.HISTORY_90
        else:
            path = ecb.HISTORY
        table = ecb.parse(self.transport.request("GET", path, expect="bytes").content)
        if start is not None:
            table.days = {day: rates for day, rates in table.days.items() if start <= day <= end}
        return table
