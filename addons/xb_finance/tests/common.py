import base64
from datetime import datetime
from pathlib import Path

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.xb_orders.tests.common import OrdersCommon

SAMPLES = Path(__file__).parent / "statements"
HEAD = ("settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\t"
        "currency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\t"
        "marketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\t"
        "posted-date-time\torder-item-code\tsku\tquantity-purchased\tpromotion-id")


class FinanceCommon(OrdersCommon):
    """A company that keeps its books in EUR, rates of four currencies, and a shop per case."""

    CHART = "generic_coa"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur = cls.env.ref("base.EUR")
        cls.eur.active = True
        cls.currencies = {}
        cls.open_books("Finance GmbH", cls.CHART)

    @classmethod
    def open_books(cls, name, chart):
        """Make a company with its chart, rates and shop, and go on in its name."""
        cls.company = cls.env["res.company"].create({
            "name": name, "currency_id": cls.eur.id,
            "country_id": cls.env.ref("base.de").id,
        })
        cls.env.user.company_ids += cls.company
        cls.env.user.company_id = cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.env["account.chart.template"].try_loading(
            chart, company=cls.company, install_demo=False)
        # The chart brings its own currency; the books of this case are in EUR.
        cls.company.currency_id = cls.eur
        for name, rates in cls.RATES.items():
            currency = cls.env.ref(f"base.{name}")
            currency.active = True
            cls.currencies[name] = currency
            for day, per_euro in rates.items():
                cls.env["res.currency.rate"].create({
                    "name": day, "currency_id": currency.id, "company_id": cls.company.id,
                    "rate": per_euro,
                })
        cls.shop = cls.env["xb.shop"].create({
            "name": "Market", "company_id": cls.company.id, "currency_id": cls.eur.id,
            "tz": "UTC",
        })

    def other_books(self, name, chart="generic_coa"):
        """The same within a test, after which the case goes on in its own company's name."""
        self.keep_books()
        self.open_books(name, chart)

    def freeze(self, moment):
        """Stop the clock until the test's end (not its class's: pytest measures that one)."""
        clock = freeze_time(moment)
        clock.start()
        self.addCleanup(clock.stop)

    def keep_books(self):
        """After this test the case has its company, shop and environment of before."""
        cls = type(self)
        before = {name: getattr(cls, name) for name in ("company", "shop", "env")}
        self.addCleanup(lambda: [setattr(cls, *pair) for pair in before.items()])

    # Units of the currency per EUR, by day.
    RATES = {
        "USD": {"2026-05-01": 1.25, "2026-05-18": 1.20, "2026-05-20": 1.28},
        "GBP": {"2026-05-01": 0.80, "2026-05-18": 0.82, "2026-05-20": 0.81},
        "JPY": {"2026-05-01": 160.0, "2026-05-18": 155.0, "2026-05-20": 158.0},
    }

    @classmethod
    def make_order(cls, ref, amount, currency="USD", day="2026-05-04", shop=None):
        """Create an order of one line, its rate stamped as the import stamps it."""
        shop = shop or cls.shop
        money = cls.env.ref(f"base.{currency}")
        pricelist = cls.env["product.pricelist"].create({
            "name": currency, "currency_id": money.id, "company_id": cls.company.id})
        product = cls.mug
        order = cls.env["sale.order"].create({
            "partner_id": cls.env["res.partner"].create({"name": f"Buyer {ref}"}).id,
            "company_id": cls.company.id, "xb_shop_id": shop.id, "xb_ref": ref,
            "pricelist_id": pricelist.id, "date_order": f"{day} 10:00:00",
            "xb_placed_at": f"{day} 10:00:00",
            "order_line": [Command.create({
                "product_id": product.id, "product_uom_qty": 1, "price_unit": amount,
                "tax_ids": [Command.clear()]})],
        })
        rates = order._xb_get_rates(cls.company, {
            (money, datetime.fromisoformat(day).date()),
            (shop.settlement_currency_id or shop.currency_id,
             datetime.fromisoformat(day).date())})
        order.write(order._xb_prepare_rate_vals(
            shop, money, datetime.fromisoformat(day).date(), rates))
        return order

    @classmethod
    def make_parcel(cls, number, *orders, carrier=None, cost=0.0, currency="EUR", **vals):
        """A parcel with all goods of some orders."""
        return cls.env["xb.parcel"].create({
            "company_id": cls.company.id, "number": number, "cost": cost,
            "carrier_id": (carrier or cls.carrier()).id, "shipped_at": "2026-05-10 08:00:00",
            "currency_id": cls.env.ref(f"base.{currency}").id,
            "item_ids": [Command.create({"sale_line_id": line.id,
                                         "quantity": line.product_uom_qty})
                         for order in orders for line in order.order_line], **vals})

    @classmethod
    def carrier(cls):
        """A carrier, and who bills for it."""
        carrier = cls.env.ref("xb_logistics.xb_carrier_dhl_paket").with_company(cls.company)
        carrier.vendor_id = carrier.vendor_id or cls.env["res.partner"].create(
            {"name": "DHL Billing"})
        return carrier

    @classmethod
    def bill_file(cls, rows, bill="C1", currency="EUR", day="2026-05-20", head=None):
        """A carrier's bill; rows are ``(number, words, amount)``."""
        lines = [head or "Invoice Number,Invoice Date,Tracking Number,Charge,Amount,Currency"]
        lines += [f"{bill},{day},{number},{words},{amount},{currency}"
                  for number, words, amount in rows]
        return "\n".join(lines).encode()

    def load_bill(self, data, carrier=None, dry_run=False, **options):
        """Import a carrier's bill; returns the bills and keeps the verdicts."""
        self.verdicts = (carrier or self.carrier()).import_bill(
            "bill.csv", base64.b64encode(data).decode(), options, dry_run=dry_run)
        return self.env["account.move"].browse(
            [verdict["move_id"] for verdict in self.verdicts if verdict["move_id"]])

    @classmethod
    def sample(cls, name):
        return (SAMPLES / name).read_bytes()

    @classmethod
    def statement(cls, key, lines, currency="USD", start="2026-05-04", end="2026-05-18",
                  paid="2026-05-20", total=None):
        """A settlement file: lines are ``(type, order, amount type, description, amount)``."""
        total = sum(round(line[4] * 100) for line in lines) if total is None else total * 100
        rows = [HEAD, "\t".join([
            key, *(f"{day} 00:00:00 UTC" for day in (start, end, paid)), f"{total / 100:.2f}",
            currency, *[""] * 16])]
        for kind, order, amount_type, description, amount in lines:
            rows.append("\t".join([
                key, *[""] * 5, kind, order, "", "", "", "", amount_type, description,
                f"{amount:.2f}", "", "", f"{start} 12:00:00 UTC", "", "", "", ""]))
        return "\n".join(rows).encode() + b"\n"

    def load(self, data, name="statement.txt", shop=None, **options):
        """Import a statement; returns the settlements."""
        verdicts = (shop or self.shop).import_statement(
            name, base64.b64encode(data).decode(), options)
        self.verdicts = verdicts
        return self.env["xb.settlement"].browse(
            [verdict["settlement_id"] for verdict in verdicts if verdict["settlement_id"]])

    def account(self, purpose, settlement):
        return self.env["xb.settlement.account"]._get_account(
            purpose, settlement.shop_id, settlement.currency_id)

    def ledger(self, moves):
        """``{account name: (amount in currency, company amount)}`` of some entries."""
        found = {}
        for line in moves.line_ids:
            amount, value = found.get(line.account_id.name, (0, 0))
            found[line.account_id.name] = (
                round(amount + line.amount_currency, 2), round(value + line.balance, 2))
        return found

    def count_rows(self, *tables):
        self.env.flush_all()
        return [self.env.execute_query(SQL(
            "SELECT count(*) FROM %s", SQL.identifier(table)))[0][0] for table in tables]
