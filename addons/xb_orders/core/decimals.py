"""Numbers as people write them: which sign is the decimal one, and what a text then is.

The decimal sign is a property of a column, decided from all its cells: ``2,55`` proves the
comma, ``1,234.56`` the point, ``1,234`` proves nothing, ``17`` needs nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .text import tallied

POINT, COMMA = ".", ","
# What one text says about the decimal sign, beside POINT and COMMA.
NEUTRAL, EITHER, EMPTY, UNREADABLE = "neutral", "either", "empty", "unreadable"

MAX_LENGTH = 48
EMPTY_MARKS = frozenset(("", "-", "--", "–", "—"))
# Money signs that name one currency, and those that name several or none ("").
SIGNS = {
    "€": "EUR", "£": "GBP", "元": "CNY", "円": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB",
    "₺": "TRY", "฿": "THB", "₫": "VND", "₱": "PHP", "₪": "ILS", "zł": "PLN", "rm": "MYR",
    "rp": "IDR", "us$": "USD", "us $": "USD", "au$": "AUD", "au $": "AUD", "a$": "AUD",
    "c$": "CAD", "ca$": "CAD", "hk$": "HKD", "nt$": "TWD", "s$": "SGD", "r$": "BRL",
    "cn¥": "CNY", "jp¥": "JPY", "rmb": "CNY", "kč": "CZK", "ft": "HUF",
    "$": "", "¥": "", "kr": "", "kr.": "", "fr": "", "fr.": "", "": "",
}
_NUMBER = re.compile(
    r"(?P<sign>[-+(]?)\s*(?P<before>[^\d.,'()+-]{0,4}?)\s*(?P<sign2>[-+]?)\s*"
    r"(?P<core>[0-9][0-9., ']*|[.,][0-9]+)\s*(?P<after>[^\d.,'()+-]{0,4}\.?)\s*(?P<tail>[-)]?)",
)
# Thousands in groups of three by one and the same sign; with the point also India's 12,34,567.
_WRITTEN = {
    POINT: re.compile(
        r"(?:[0-9]+|[1-9][0-9]{0,2}([ ,'])[0-9]{3}(?:\1[0-9]{3})*"
        r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})?"
        r"(?:\.[0-9]*)?"),
    COMMA: re.compile(
        r"(?:[0-9]+|[1-9][0-9]{0,2}([ .'])[0-9]{3}(?:\1[0-9]{3})*)?(?:,[0-9]*)?"),
}
_STRIP = str.maketrans("", "", " ',.")


@dataclass(frozen=True, slots=True)
class Reading:
    """One text's possible values by decimal sign (none when it is no number), its currency."""

    values: Mapping[str, Decimal]
    currency: str = ""

    @property
    def evidence(self) -> str:
        """What the text says about the decimal sign."""
        if not self.values:
            return UNREADABLE
        if len(self.values) == 1:
            return next(iter(self.values))
        return NEUTRAL if self.values[POINT] == self.values[COMMA] else EITHER


def interpret(text: str) -> Reading | None:
    """Return the ways to read a text as a number, None when the cell is empty."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'")
    text = text.strip()
    if text in EMPTY_MARKS:
        return None
    match = _NUMBER.fullmatch(text) if len(text) <= MAX_LENGTH else None
    currency = _currency(match) if match else None
    if currency is None:
        return Reading({})
    negative = _negative(match)
    core = match["core"].strip()
    if negative is None:
        return Reading({})
    values = {}
    for sign, pattern in _WRITTEN.items():
        if pattern.fullmatch(core):
            whole, _point, fraction = core.partition(sign)
            number = Decimal(f"{whole.translate(_STRIP) or '0'}.{fraction or '0'}")
            if not fraction:
                number = Decimal(whole.translate(_STRIP))
            values[sign] = -number if negative else number
    return Reading(values, currency)


def _currency(match: re.Match) -> str | None:
    """Return the currency a number is written with, "" for none, None for other letters."""
    texts = [text for text in (match["before"].strip(), match["after"].strip()) if text]
    if len(texts) > 1:
        return None
    text = texts[0] if texts else ""
    if len(text) == 3 and text.isascii() and text.isalpha() and text.isupper():
        return SIGNS.get(text.casefold(), text)
    return SIGNS.get(text.casefold())


def _negative(match: re.Match) -> bool | None:
    """Return whether a number is negative, None when its signs contradict each other."""
    signs = match["sign"] + match["sign2"] + match["tail"]
    return {"": False, "+": False, "-": True, "()": True}.get(signs)


@dataclass(frozen=True, slots=True)
class Style:
    """A column's decimal sign.

    :param mixed: the column's own cells contradict each other; those that do not prove the
        decided sign are then not to be trusted.
    """

    decimal: str
    how: str
    ambiguous: bool = False
    mixed: bool = False
    why: str = ""


def count(texts: Iterable[str]) -> Counter:
    """Return how many cells of a column say what about its decimal sign."""
    evidence = Counter()
    for text, times in tallied(texts):
        reading = interpret(text)
        evidence[reading.evidence if reading else EMPTY] += times
    return evidence


def decide(columns: Mapping[str, Counter], hint: str = "", sign: str = "") -> dict[str, Style]:
    """Decide the decimal sign of each column of a file.

    :param columns: field -> :func:`count` of its cells.
    :param hint: the sign that the file's delimiter suggests, or empty.
    :param sign: the sign of the country whose layout the file has, or empty.
    """
    proven = {own[0] for own in map(_proof, columns.values()) if len(own) == 1}
    common = proven.pop() if len(proven) == 1 else ""
    return {key: _style(evidence, common, hint, sign) for key, evidence in columns.items()}


def _proof(evidence: Counter) -> list[str]:
    return [sign for sign in (POINT, COMMA) if evidence[sign]]


def _style(evidence: Counter, common: str, hint: str, sign: str) -> Style:
    proof = _proof(evidence)
    if len(proof) == 1:
        return Style(proof[0], "measured", why="cells")
    if proof:
        point, comma = evidence[POINT], evidence[COMMA]
        tie = common or sign or hint or POINT
        usual = tie if point == comma else (POINT if point > comma else COMMA)
        return Style(usual, "measured", ambiguous=True, mixed=True, why="mixed")
    if not evidence[EITHER]:
        return Style(common or sign or hint or POINT, "measured", why="whole")
    if sign and common in ("", sign):
        return Style(sign, "hint", why="layout")
    if common:
        return Style(common, "hint", why="columns")
    if hint:
        return Style(hint, "hint", ambiguous=True, why="delimiter")
    return Style(POINT, "default", ambiguous=True, why="nothing")
