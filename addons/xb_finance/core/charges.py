"""What a carrier charges for a parcel, in words that all carriers share."""

import re
from typing import NamedTuple

from odoo.addons.xb_orders.core.problem import _lt

from .statements.source import fold

# Purposes of the accounts that charges are booked on.
FREIGHT, DUTY, VAT, VAT_BACK = (
    "carrier_freight", "carrier_duty", "carrier_vat", "carrier_vat_back")


class ChargeKind(NamedTuple):
    """One kind of charge.

    :param label: English, marked for translation.
    :param purpose: of the account it is booked on.
    """

    label: str
    purpose: str


CHARGES = {
    "freight": ChargeKind(_lt("Freight"), FREIGHT),
    "fuel": ChargeKind(_lt("Fuel Surcharge"), FREIGHT),
    "surcharge": ChargeKind(_lt("Surcharge"), FREIGHT),
    "return": ChargeKind(_lt("Return Freight"), FREIGHT),
    "discount": ChargeKind(_lt("Discount"), FREIGHT),
    "clearance": ChargeKind(_lt("Customs Clearance"), DUTY),
    "duty": ChargeKind(_lt("Duty"), DUTY),
    "import_vat": ChargeKind(_lt("Import VAT"), VAT),
    "other": ChargeKind(_lt("Other Charge"), FREIGHT),
}
#: Purpose -> component of profit, as far as its account is an expense.
COMPONENT = {FREIGHT: "freight", DUTY: "duty", VAT: "duty", VAT_BACK: "duty"}
#: Shared among the orders of a parcel by value rather than by weight.
BY_VALUE = ("clearance", "duty", "import_vat")

# Of several that fit the first: "duty disbursement fee" is no duty, "fuel surcharge" is fuel.
_WORDS = [(kind, re.compile("|".join(words))) for kind, words in (
    ("import_vat", (r"\bvat\b", r"\bgst\b", "einfuhrumsatzsteuer", r"\beust\b", "import tax",
                    "增值税", "消費税", r"\btva\b", r"\biva\b")),
    ("clearance", ("clearance", "brokerage", "disbursement", "advance", "customs processing",
                   "verzollung", "kapitalbereitstellung", "清关", "报关", "通関")),
    ("duty", (r"\bduty\b", r"\bduties\b", "tariff", r"\bzoll", "关税", "關稅", "関税", "douane")),
    ("fuel", ("fuel", "treibstoff", "diesel", "energie", "energy", "燃油", "carburant")),
    ("return", ("return", "retoure", r"\brück", "退件", "退运", "retour")),
    ("discount", ("discount", "rebate", "rabatt", "gutschrift", "credit", "折扣", "优惠")),
    ("surcharge", ("surcharge", "zuschlag", "remote", "residential", "oversize", "handling",
                   "peak", "toll", "maut", "附加", "偏远", "超长", "处理费", "supplement")),
    ("freight", ("freight", "shipping", "transport", "transportation", "postage", "carriage",
                 "delivery", "express", "parcel", "fracht", "versand", "porto", "paket",
                 "运费", "運費", "物流费", "邮费", "挂号", "基础费", "送料")),
)]


def kind_of(words: str) -> str:
    """Return what a carrier's words mean; ``other`` where nobody knows, it counts as freight.

    >>> [kind_of(text) for text in ("Duty disbursement fee", "Zollabgaben", "", "进口增值税")]
    ['clearance', 'duty', 'freight', 'import_vat']
    """
    text = fold(words)
    if not text:
        return "freight"
    return next((kind for kind, pattern in _WORDS if pattern.search(text)), "other")
