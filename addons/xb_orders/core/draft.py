"""What one order of a batch is on its way through the import."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from .problem import stored

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass
class Draft:
    """One order value and what was found out about it so far.

    Nothing in here is vendor or database specific; ``intake`` and ``order`` are records of the
    running transaction, ``lines`` are :class:`~.pricing.PlannedLine`. ``nameless``: the value came
    without a usable reference and is kept under one made of its content.
    """

    index: int
    ref: str
    value: dict
    nameless: bool = False
    digest: str = ""
    problems: list[dict] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    state: str = ""
    intake: Any = None
    order: Any = None
    lines: list = field(default_factory=list)
    products: dict[str, int] = field(default_factory=dict)
    listings: dict[str, int] = field(default_factory=dict)
    taxes: dict[str, int] = field(default_factory=dict)
    currency: Any = None

    def problem(self, code, template, at=False, /, **values):
        """Add a problem.

        :param str code: stable word for programs.
        :param str template: marked English sentence, ``%(name)s`` filled from ``values``.
        :param at: the platform's line reference, or False.
        """
        self.problems.append(stored(code, template, values, at))

    @property
    def buyer(self):
        return self.value.get("buyer") or {}

    @property
    def ship_to(self):
        return self.value.get("ship_to") or {}

    @property
    def bill_to(self):
        return self.value.get("bill_to") or {}

    @property
    def buyer_key(self):
        """Who the buyer is within the shop: the platform's id, else the e-mail address, else a
        guest of the country (one partner per shop and country)."""
        if self.buyer.get("id"):
            return "id:" + self.buyer["id"].strip()
        email = (self.buyer.get("email") or "").strip().lower()
        if email:
            return "mail:" + email
        return "guest:" + (self.ship_to or self.bill_to).get("country", "")

    @property
    def is_guest(self):
        return self.buyer_key.startswith("guest:")


def storable(value):
    """The value as a database can keep it: what PostgreSQL refuses (NUL, half characters) is
    replaced, what is no JSON is described.

    >>> storable({"ref": "a" + chr(0)}) == {"ref": "a" + chr(0xFFFD)}
    True
    """
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (RecursionError, TypeError, ValueError):
        return {"unreadable": storable(repr(type(value)))}
    return _clean(value) if "\\u0000" in text or "\\ud" in text else value


def _clean(node):
    if isinstance(node, dict):
        return {UNSTORABLE.sub("\ufffd", key): _clean(item) for key, item in node.items()}
    if isinstance(node, list):
        return [_clean(item) for item in node]
    return UNSTORABLE.sub("\ufffd", node) if isinstance(node, str) else node
