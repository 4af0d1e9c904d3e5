"""A month worked by hand in ``worked_month.csv``: four currencies, fees, refund, chargeback,
a reserve that comes back, payouts at other rates."""

import csv
from pathlib import Path

from .common import FinanceCommon

FIGURES = Path(__file__).parent / "worked_month.csv"
RATES = {
    "USD": {"2026-05-01": 1.25, "2026-05-18": 1.20, "2026-05-20": 1.28},
    "GBP": {"2026-05-01": 0.80, "2026-05-18": 0.82, "2026-05-20": 0.81},
    "JPY": {"2026-05-01": 160.0, "2026-05-18": 155.0, "2026-05-20": 158.0},
}
ORDERS = [  # ref, amount, currency, day
    ("U1", 240.0, "USD", "2026-05-04"), ("U2", 24.0, "USD", "2026-05-02"),
    ("U3", 128.0, "USD", "2026-05-19"), ("E1", 100.0, "EUR", "2026-05-05"),
    ("G1", 80.0, "GBP", "2026-05-06"), ("J1", 16000.0, "JPY", "2026-05-07"),
]


def sale(ref, amount):
    return ("Order", ref, "ItemPrice", "Principal", amount)


def fee(ref, amount):
    return ("Order", ref, "ItemFees", "Commission", amount)


def reserve(word, amount):
    return ("other-transaction", "", "other-transaction", word, amount)


SETTLEMENTS = {  # key: (lines, currency, end, paid)
    "S1": ([sale("U1", 240.0), fee("U1", -36.0),
            ("Refund", "U1", "ItemPrice", "Principal", -60.0),
            ("Chargeback Refund", "U2", "ItemPrice", "Principal", -24.0),
            ("ServiceFee", "", "Cost of Advertising", "TransactionTotalAmount", -12.0),
            reserve("Current Reserve Amount", -20.0)], "USD", "2026-05-18", "2026-05-20"),
    "S2": ([reserve("Previous Reserve Amount Balance", 20.0), sale("U3", 128.0),
            fee("U3", -16.0)], "USD", "2026-05-20", "2026-05-22"),
    "S3": ([sale("E1", 100.0), fee("E1", -15.0)], "EUR", "2026-05-18", "2026-05-20"),
    "S4": ([sale("G1", 80.0), fee("G1", -8.2)], "GBP", "2026-05-18", "2026-05-20"),
    "S5": ([sale("J1", 16000.0), fee("J1", -1550.0)], "JPY", "2026-05-18", "2026-05-20"),
}
PARCELS = {  # tracking number: orders that travel in it
    "XB0000000001": ("U1", "U3"), "XB0000000002": ("E1",), "XB0000000003": ("G1",),
}
BILL = [  # tracking number, carrier's words, USD
    ("XB0000000001", "Freight", "36.80"), ("XB0000000002", "Freight", "6.40"),
    ("XB0000000002", "Fuel Surcharge", "0.64"), ("XB0000000003", "Freight", "12.80"),
    ("XB0000000003", "Duty", "5.12"), ("XB0000000009", "Freight", "1.28"),
]


class WorkedMonth(FinanceCommon):
    """The month's events, and what the ledger makes of them."""

    RATES = {name: {} for name in RATES}

    @classmethod
    def figures(cls):
        with FIGURES.open(encoding="utf-8") as stream:
            return {row["figure"]: float(row["EUR"]) for row in csv.DictReader(stream)}

    # === EVENTS === #

    def bring_rates(self):
        self.env["res.currency.rate"].create([
            {"name": day, "rate": rate, "company_id": self.company.id,
             "currency_id": self.currencies[name].id}
            for name, rates in RATES.items() for day, rate in rates.items()])

    def bring_order(self, ref, amount, currency, day):
        order = self.make_order(ref, amount, currency, day)
        # Cost of goods is another test's.
        order.order_line.purchase_price = 0
        order.action_confirm()

    def bring_settlement(self, key):
        lines, currency, end, paid = SETTLEMENTS[key]
        start = "2026-05-18" if key == "S2" else "2026-05-04"
        self.load(self.statement(key, lines, currency, start, end, paid))

    def bring_parcel(self, number):
        """A parcel with the orders that are there; see :meth:`bring_late`."""
        refs = PARCELS[number]
        orders = self.env["sale.order"].search(
            [("xb_shop_id", "=", self.shop.id), ("xb_ref", "in", refs)])
        self.make_parcel(number, *orders)

    def bring_late(self):
        """What was packed before its order was known here."""
        for number, refs in PARCELS.items():
            parcel = self.env["xb.parcel"].search(
                [("number", "=", number), ("company_id", "=", self.company.id)])
            orders = self.env["sale.order"].search(
                [("xb_shop_id", "=", self.shop.id), ("xb_ref", "in", refs)])
            self.env["xb.parcel.item"].create([
                {"parcel_id": parcel.id, "sale_line_id": line.id, "quantity": 1}
                for line in (orders - parcel.order_ids).order_line])

    def bring_bill(self):
        self.load_bill(self.bill_file(BILL, currency="USD"))

    def events(self, bills=False):
        return [
            (self.bring_rates, ()),
            *((self.bring_order, order) for order in ORDERS),
            *((self.bring_settlement, (key,)) for key in SETTLEMENTS),
            *([*((self.bring_parcel, (number,)) for number in PARCELS),
               (self.bring_bill, ())] if bills else ()),
        ]

    def close(self):
        """Match and post everything; return the settlements by number."""
        if self.env["xb.parcel"].search_count([("company_id", "=", self.company.id)]):
            self.bring_late()
        bills = self.env["account.move"].search(
            [("xb_carrier_id", "!=", False), ("company_id", "=", self.company.id)])
        bills.action_xb_match()
        bills.action_post()
        settlements = self.env["xb.settlement"].search([("shop_id", "=", self.shop.id)])
        settlements.action_match()
        settlements.action_post()
        return {settlement.name: settlement for settlement in settlements}

    def balance(self, purpose, settlements):
        accounts = self.env["account.account"].union(*(
            self.account(purpose, settlement) for settlement in settlements.values()))
        return self.sum_of([("account_id", "in", accounts.ids)])

    def sum_of(self, domain):
        [[balance]] = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted"), *domain],
            [], ["balance:sum"])
        return round(balance or 0.0, 2)

    def components(self):
        return {component: round(amount, 2) for component, amount in
                self.env["xb.order.profit"]._read_group(
                    [("company_id", "=", self.company.id)], ["component"], ["actual:sum"])
                if amount}
