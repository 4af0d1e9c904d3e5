"""Cells as text: trimming, identifiers, headings, and cells that are written back to a sheet."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

# Texts that are counted in one go.
TALLY = 5000

# Blanks and invisible marks that cling to exported cells.
_TRIM = " \t\r\n\v\f\u00a0\u1680\u2007\u202f\u3000\u200b\u200e\u200f\u2060\ufeff"
_GUARDED = re.compile(r'="(.*)"', re.DOTALL)
# A number too wide for its cell, as a spreadsheet writes it: the other digits are gone.
_SHORTENED = re.compile(r"-?\d(?:[.,]\d+)?E\+\d{1,3}")
# Headings of the columns that we add to a file of rows to be repaired begin with it.
REASON_MARK = "⚠"
_FORMULA = "=+-@\t\r＝＋－＠"
_SIGNED_NUMBER = re.compile(r"[+-]\d+(?:[.,]\d+)?")


def tallied(texts: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield texts and how often they are there; one that is far apart may come again.

    >>> sorted(tallied(["a", "b", "a"]))
    [('a', 2), ('b', 1)]
    """
    texts = iter(texts)
    while part := Counter(islice(texts, TALLY)):
        yield from part.items()


def clean(text: str) -> str:
    """Return text without the blanks and invisible marks around it, in Unicode's composed form."""
    text = text.strip(_TRIM)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def identifier(text: str) -> str:
    """Return the text of an identifier (order number, SKU, postcode), leading zeros kept.

    Undoes what exports do to keep a spreadsheet from turning it into a number: ``="00123"``,
    a leading apostrophe, a trailing tab.
    """
    text = clean(text)
    guarded = _GUARDED.fullmatch(text)
    if guarded:
        text = clean(guarded[1].replace('""', '"'))
    return clean(text[1:]) if text.startswith("'") else text


def unguarded(text: str) -> str:
    """Return text without the apostrophe that :func:`safe_cell` puts before a formula.

    >>> unguarded(safe_cell("=1+1")), unguarded("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return text[1:] if text[:1] == "'" and text[1:2] and safe_cell(text[1:]) == text else text


def is_shortened(text: str) -> bool:
    """Tell whether a spreadsheet has shortened a number to ``8.5E+11``."""
    return _SHORTENED.fullmatch(text) is not None


def heading(text: str) -> str:
    """Return the key by which column headings are compared: letters and digits, case folded.

    ``Order-Number``, ``order_number`` and ``ＯrderNumber `` are the same heading.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in text if char.isalnum())


def safe_cell(text: str) -> str:
    """Return text as it can be written to a CSV or XLSX cell without becoming a formula there.

    Text that a spreadsheet would execute gets a leading apostrophe; signed numbers stay numbers.
    """
    if text and text[0] in _FORMULA and not _SIGNED_NUMBER.fullmatch(text):
        return "'" + text
    return text
