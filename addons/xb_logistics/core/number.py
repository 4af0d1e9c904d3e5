"""Tracking numbers: one spelling for one number, and what cannot be a number at all."""

import re
import unicodedata

MIN_LENGTH, MAX_LENGTH = 4, 50

# Shapes that carriers write in capitals only; a number that fits one of them is stored in capitals.
# Anything else is kept as typed: a shape we do not know may be case-sensitive.
KNOWN_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[A-Z]{2}\d{9}[A-Z]{2}",  # UPU S10, the posts of the world
        r"1Z[A-Z0-9]{16}",  # UPS
        r"[AHJKTV]\d{10}",  # UPS waybill
        r"YT\d{13}(?:\d{3})?",  # YTO, YunExpress
        r"(?:SF|JT)\d{13,14}",
        r"JJ?D[A-Z0-9]{11,18}",  # Yodel, JD Logistics, DHL piece
        r"JVGL\d{8,22}",
        r"TB[ACM]\d{12}",
        r"GFUS\d{14}",
        r"L[AEHINX]\d{8}",
        r"1LS[A-Z0-9]{12}",
        r"LTN\d{8}N1",
        r"LP\d{14}",  # Cainiao
        r"4PX\d{13}CN",
        r"CN[A-Z]{2}\d{13}[A-Z]{2}",
        r"GM[A-Z0-9]{10,39}",
        r"[HT]\d{2}[A-Z0-9]{13}",
        r"3S[A-Z]{4}\d{7,9}",
        r"\d[A-Z]\d{11}",  # Colissimo
        r"\d{14}[A-Z]",  # DPD with its check character
        r"[CD]\d{14}",  # OnTrac
        r"[A-Z]{3}\d{9,16}",  # Purolator, WNB, SYAU …
        r"[A-Z]{5}\d{10}[A-Z]{2}",
    )
)

_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]+")
_ALLOWED = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-./_]*[A-Za-z0-9])?")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,3}")


def normalize(number: object) -> str:
    """Return the one spelling of a tracking number.

    Full-width characters become plain ones, blanks and invisible characters go (also inside), a
    spreadsheet's leading apostrophe goes, known shapes are put in capitals.

    :param object number: What a person typed, pasted or an integrator sent; numbers are allowed.
    :return: The number, or an empty string when there is none.

    >>> normalize(" yt26 0000 0000 0000 01 ")
    'YT2600000000000001'
    >>> normalize("'00340434123456789012")
    '00340434123456789012'
    >>> normalize("ab-7x")
    'ab-7x'
    >>> normalize(None)
    ''
    """
    if number is None or number is False or number is True:
        return ""
    if isinstance(number, float):
        number = f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else repr(number)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", str(number))).lstrip("'")
    capitals = text.upper()
    if any(shape.fullmatch(capitals) for shape in KNOWN_SHAPES):
        return capitals
    return text


def problem(number: str) -> str:
    """Return why a normalised number cannot be one, as a problem code; empty when it can.

    `rounded_number` is a spreadsheet's scientific notation: the last digits are lost for good.

    >>> problem("9.40011E+21")
    'rounded_number'
    >>> problem("YT26,YT27")
    'bad_characters'
    >>> problem("12")
    'bad_length'
    >>> problem("00340434123456789012")
    ''
    """
    if not number:
        return "missing_number"
    if _ROUNDED.fullmatch(number):
        return "rounded_number"
    if not _ALLOWED.fullmatch(number):
        return "bad_characters"
    if not MIN_LENGTH <= len(number) <= MAX_LENGTH:
        return "bad_length"
    return ""


def bad_characters(number: str) -> str:
    """Return the characters of `number` that a tracking number cannot have, each once.

    >>> bad_characters("YT26,YT27;")
    ', ;'
    """
    found = dict.fromkeys(c for c in number if not re.fullmatch(r"[A-Za-z0-9\-./_]", c))
    return " ".join(found)


def looks_like(text: str) -> float:
    """Score between 0 and 1 how much a cell looks like a tracking number (to find its column)."""
    number = normalize(text)
    if problem(number):
        return 0.0
    if any(shape.fullmatch(number) for shape in KNOWN_SHAPES):
        return 1.0
    digits = sum(c.isdigit() for c in number)
    if len(number) < 8 or digits < 6:
        return 0.0
    # Dashes belong to order numbers (114-3941689-8772232) far more often than to parcels.
    return 0.3 if "-" in number else 0.8


def split_refs(text: str | bool | None) -> list[str]:
    """Split Odoo's comma-joined tracking reference into normalised numbers, each once, in order.

    >>> split_refs("YT2600000000000001, yt2600000000000002,,")
    ['YT2600000000000001', 'YT2600000000000002']
    """
    numbers = (normalize(part) for part in re.split(r"[,;\n]", text or ""))
    return list(dict.fromkeys(number for number in numbers if number))
