"""Order values as a cross-border shop has them, made from a seed.

Every one is valid against the suite's ``order.schema.json``; persons, streets and numbers are
invented (telephone numbers come from ranges kept for fiction where a country has one).
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True)
class Country:
    """A destination: what people, streets and numbers look like there.

    In ``zip`` and ``phone`` each ``#`` is a digit and each ``@`` a capital letter; in ``street``
    stands the house number's place. A city is its name, its state, and its own ``zip`` where that
    is not the country's.
    """

    code: str
    currency: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str | None, ...], ...]
    zip: str
    phone: str
    street: str = "{name} {number}"


COUNTRIES = (
    Country(
        "GB", "GBP", ("Amelia", "Oliver", "Isla", "Harry"), ("Thompson", "O'Neill", "Patel"),
        ("Church Lane", "Station Road", "Victoria Street"),
        (("Manchester", None), ("Bristol", None), ("Leeds", None)),
        "M# #@@", "+44 20 7946 0###", "{number} {name}",
    ),
    Country(
        "DE", "EUR", ("Jürgen", "Anna", "Lukas", "Käthe"), ("Müller", "Groß", "Schäfer"),
        ("Hauptstraße", "Lindenweg", "Am Mühlbach"),
        (("Berlin", None), ("Köln", None), ("München", None)), "#####", "+49 30 23125 ###",
    ),
    Country(
        "US", "USD", ("James", "María", "Emily", "DeShawn"), ("Johnson", "García", "Nguyen"),
        ("Maple Avenue", "2nd Street", "Sunset Boulevard"),
        (("Austin", "TX", "787##"), ("Portland", "OR", "972##"), ("Brooklyn", "NY", "112##")),
        "#####", "+1 512 555 01##", "{number} {name}",
    ),
    Country(
        "FR", "EUR", ("Chloé", "Louis", "Zoë", "François"), ("Lefèvre", "Martin", "D'Angelo"),
        ("rue de la République", "avenue des Ternes", "place Saint-Michel"),
        (("Lyon", None), ("Nantes", None), ("Orléans", None)),
        "690##", "+33 1 99 00 ## ##", "{number} {name}",
    ),
    Country(
        "ES", "EUR", ("Íñigo", "Lucía", "Pablo"), ("Muñoz", "Fernández", "Ibáñez"),
        ("Calle Mayor", "Avenida de América"), (("Madrid", "M"), ("València", "V", "460##")),
        "280##", "+34 910 ### ###", "{name}, {number}",
    ),
    Country(
        "IT", "EUR", ("Giulia", "Niccolò", "Marco"), ("Rossi", "De Luca", "Esposito"),
        ("Via Garibaldi", "Corso Italia"), (("Torino", "TO", "101##"), ("Bologna", "BO")),
        "401##", "+39 011 555 ####",
    ),
    Country(
        "NL", "EUR", ("Sanne", "Daan", "Femke"), ("van den Berg", "de Vries", "IJzerman"),
        ("Prinsengracht", "Kerkstraat"), (("Utrecht", None), ("'s-Hertogenbosch", None)),
        "10## B@", "+31 20 555 ####",
    ),
    Country(
        "SE", "SEK", ("Åsa", "Björn", "Linnéa"), ("Östlund", "Andersson"),
        ("Storgatan", "Vasagatan"), (("Göteborg", None), ("Malmö", None)),
        "4## ##", "+46 31 390 ## ##",
    ),
    Country(
        "PL", "PLN", ("Łukasz", "Małgorzata", "Zofia"), ("Wiśniewska", "Dąbrowski"),
        ("ul. Długa", "ul. Żwirki i Wigury"), (("Łódź", None), ("Kraków", None)),
        "30-###", "+48 12 555 ## ##",
    ),
    Country(
        "CA", "CAD", ("Noah", "Océane", "Ava"), ("Tremblay", "MacDonald", "Singh"),
        ("King Street West", "rue Sainte-Catherine"),
        (("Toronto", "ON", "M#@ #@#"), ("Montréal", "QC")),
        "H#@ #@#", "+1 416 555 01##", "{number} {name}",
    ),
    Country(
        "AU", "AUD", ("Charlotte", "Jack", "Mia"), ("Williams", "Kelly", "Papadopoulos"),
        ("George Street", "Beach Road"), (("Sydney", "NSW"), ("Fremantle", "WA", "61##")),
        "20##", "+61 2 5550 ####", "Unit {number}, {name}",
    ),
    Country(
        "JP", "JPY", ("健太", "さくら", "陽菜"), ("佐藤", "渡辺", "高橋"),
        ("神南", "中之島"), (("渋谷区", "13"), ("大阪市", "27", "530-####")),
        "150-####", "+81 3 5550 ####", "{name}{number}丁目",
    ),
    Country(
        "SG", "SGD", ("Wei Ling", "Arjun", "Nur Aisyah"), ("Tan", "Lim", "Krishnan"),
        ("Orchard Road", "Serangoon Avenue 3"), (("Singapore", None),),
        "5#####", "+65 6555 ####", "Blk {number} {name}",
    ),
    Country(
        "BR", "BRL", ("João", "Conceição", "Larissa"), ("da Silva", "Araújo", "Gonçalves"),
        ("Rua das Flores", "Avenida Paulista"),
        (("São Paulo", "SP"), ("Curitiba", "PR", "80###-###")),
        "01###-###", "+55 11 5550 ####", "{name}, {number}",
    ),
    Country(
        "MX", "MXN", ("Sofía", "José Ángel", "Ximena"), ("Hernández", "Peña", "López"),
        ("Calle Hidalgo", "Avenida Insurgentes Sur"),
        (("Guadalajara", "JAL"), ("Mérida", "YUC", "97###")),
        "44###", "+52 33 5550 ####",
    ),
)  # fmt: skip

#: What a United States dollar buys, about; and the currencies that have no cents.
RATES = {
    "USD": "1", "EUR": "0.92", "GBP": "0.79", "SEK": "10.5", "PLN": "3.95", "CAD": "1.37",
    "AUD": "1.52", "JPY": "150", "SGD": "1.34", "BRL": "5.4", "MXN": "18.5",
}  # fmt: skip
NO_CENTS = {"JPY"}

#: SKU, title, price in US dollars. The SKUs are those of Odoo's own demonstration products, so
#: that a generated order can be sold by a database that has them.
PRODUCTS = (
    ("E-COM08", "Storage Box", "15.80"),
    ("E-COM10", "Pedal Bin", "47.00"),
    ("E-COM12", "Conference Chair", "33.00"),
    ("FURN_0001", "Desk Organizer", "5.10"),
    ("FURN_0002", "Desk Pad", "1.98"),
    ("FURN_0006", "Monitor Stand", "3.19"),
    ("FURN_5555", "Cable Management Box", "100.00"),
    ("FURN_7777", "Office Chair", "70.00"),
    ("FURN_8855", "Drawer", "110.50"),
    ("FURN_8888", "Office Lamp", "40.00"),
    ("FURN_8900", "Drawer Black", "25.00"),
)

SERVICES = (("Economy", "4.90"), ("Standard", "7.50"), ("Express", "19.00"))
#: Those that stand in every country's postcodes.
LETTERS = "ABEGHJLNPRSTWXYZ"


class OrderGenerator:
    """Make order values; the n-th one is the same for the same seed, whenever it is made."""

    def __init__(self, seed: str, *, prefix="S-", currencies=None, products=PRODUCTS, lines=2):
        """
        :param str prefix: what order numbers begin with
        :param currencies: keep to the countries that pay in these (None: all)
        :param products: ``(sku, title, price in USD)`` triples
        :param int lines: lines of each order, each with a product of its own
        :raise ValueError: no country pays in any of the currencies
        """
        self.seed, self.prefix, self.products, self.lines = seed, prefix, tuple(products), lines
        self.countries = [c for c in COUNTRIES if currencies is None or c.currency in currencies]
        if not self.countries:
            raise ValueError(f"currencies must be some of {', '.join(sorted(RATES))}")

    def order(self, number: int, now: datetime) -> dict:
        """Return the order value ``number``.

        :param datetime now: aware; the order was placed in the hour before it
        """
        chance = random.Random(f"{self.seed}:{self.prefix}:{number}")
        country = chance.choice(self.countries)
        placed = now - timedelta(seconds=chance.randrange(60, 3600))
        buyer = self._address(chance, country)
        lines = self._lines(chance, country.currency)
        shipping = self._shipping(chance, country.currency)
        total = sum(Decimal(line["unit_price"]) * int(line["qty"]) for line in lines)
        total += Decimal(shipping["price"])
        return {
            "ref": f"{self.prefix}{100000 + number}",
            "placed_at": _iso(placed),
            "paid_at": _iso(placed + timedelta(seconds=chance.randrange(1, 50))),
            "ship_by": _iso(placed + timedelta(days=2)),
            "updated_at": _iso(now),
            "status": "paid",
            "platform_status": "paid",
            "currency": country.currency,
            "prices_include_tax": country.code != "US",
            "buyer": {"id": f"C{chance.randrange(10**6):06}", "name": buyer["name"],
                      "email": buyer["email"], "phone": buyer["phone"]},
            "ship_to": buyer,
            "lines": lines,
            "shipping": shipping,
            "total": str(total),
            "payments": [{"method": chance.choice(("paypal", "card")), "amount": str(total),
                          "reference": f"P{chance.randrange(10**12):012}"}],
        }  # fmt: skip

    def orders(self, first: int, count: int, now: datetime) -> list[dict]:
        """Return ``count`` order values from number ``first`` on."""
        return [self.order(number, now) for number in range(first, first + count)]

    def _address(self, chance: random.Random, country: Country) -> dict:
        first, last = chance.choice(country.first_names), chance.choice(country.last_names)
        city, state, *own_zip = chance.choice(country.cities)
        address = {
            "name": f"{last} {first}" if country.code == "JP" else f"{first} {last}",
            "street": country.street.format(
                name=chance.choice(country.streets), number=chance.randrange(1, 200)
            ),
            "city": city,
            "zip": _fill(chance, *own_zip or (country.zip,)),
            "country": country.code,
            "phone": _fill(chance, country.phone),
            "email": f"buyer{chance.randrange(10**6):06}@example.com",
        }
        if state:
            address["state"] = state
        if chance.random() < 0.2:
            address["street2"] = f"c/o {chance.choice(country.last_names)}"
        return address

    def _lines(self, chance: random.Random, currency: str) -> list[dict]:
        chosen = chance.sample(self.products, min(self.lines, len(self.products)))
        return [
            {
                "ref": str(position),
                "sku": sku,
                "title": title,
                "qty": str(chance.choice((1, 1, 1, 2, 3))),
                "unit_price": _price(price, currency),
            }
            for position, (sku, title, price) in enumerate(chosen, start=1)
        ]

    def _shipping(self, chance: random.Random, currency: str) -> dict:
        service, price = chance.choice(SERVICES)
        return {"service": service, "price": _price(price, currency)}


def _price(usd: str, currency: str) -> str:
    unit = Decimal("1") if currency in NO_CENTS else Decimal("0.01")
    return str((Decimal(usd) * Decimal(RATES[currency])).quantize(unit))


def _fill(chance: random.Random, pattern: str) -> str:
    filled = "".join(str(chance.randrange(10)) if sign == "#" else sign for sign in pattern)
    return "".join(chance.choice(LETTERS) if sign == "@" else sign for sign in filled)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
