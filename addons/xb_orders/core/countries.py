"""Country names to ISO 3166-1 alpha-2 codes, in English and Chinese and by common usage."""

import functools
import unicodedata

from babel import Locale
from babel.core import get_global

LANGUAGES = ("en", "zh_Hans", "zh_Hant", "de", "fr", "es")
# Territories of the locale data that are no countries an order can go to.
NO_COUNTRY = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))
ALIASES = {
    "eire": "IE", "republic of ireland": "IE", "channel islands": "JE", "uk": "GB",
    "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "usa": "US", "united states of america": "US", "america": "US",
    "rsa": "ZA", "holland": "NL", "korea": "KR", "republic of korea": "KR", "czechia": "CZ",
    "czech republic": "CZ", "russian federation": "RU", "uae": "AE", "hong kong": "HK",
    "macau": "MO", "macao": "MO", "viet nam": "VN", "ivory coast": "CI", "turkey": "TR",
    "el": "GR", "swaziland": "SZ", "cape verde": "CV", "burma": "MM", "vatican": "VA",
    "中国大陆": "CN", "香港": "HK", "澳门": "MO", "台湾": "TW", "美國": "US", "英國": "GB",
    "peoples republic of china": "CN", "pr china": "CN", "prc": "CN", "mainland china": "CN",
}


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    text = "".join(char for char in text if not unicodedata.combining(char))
    words = "".join(char if char.isalnum() or char.isspace() else
                    "" if char in ".'’" else " " for char in text).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


@functools.lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names = {}
    for language in reversed(LANGUAGES):  # English has the last word
        for code, name in Locale.parse(language).territories.items():
            if _is_country(code):
                names[_key(name)] = code
    for code in tuple(names.values()):
        names[code.casefold()] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and _is_country(codes[0]):
            names[alias.casefold()] = codes[0]
    names |= {_key(alias): code for alias, code in ALIASES.items()}
    return names


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NO_COUNTRY


@functools.lru_cache(maxsize=1024)
def country_code(name: str) -> str:
    """Return the two-letter code of a country's name or code, empty when there is none.

    >>> country_code("EIRE"), country_code("United Kingdom"), country_code("德国")
    ('IE', 'GB', 'DE')
    """
    return _names().get(_key(name), "")
