"""What a carrier's tracking numbers look like: to warn before an upload that would be refused.

Validation is for the carrier that was chosen. Which carrier a number may belong to is only ever a
suggestion: a dozen carriers share the shape of twelve digits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .checkdigit import CERTAIN, holds

# A pattern is typed by an administrator: keep what it is tried on short.
MAX_TRIED = 40
_NOISE = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True)
class Format:
    """One shape: a regular expression over the whole number, and its check digit if any."""

    pattern: str
    check: str = ""


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None


def plain(number: str) -> str:
    """Return a number as the formats describe it: capitals and digits.

    >>> plain("rr 123456785-cn")
    'RR123456785CN'
    """
    return _NOISE.sub("", (number or "").upper())


def judge(number: str, formats: Iterable[Format]) -> str:
    """Say what is odd about a number of a carrier with these formats; empty when nothing is.

    `check_digit`: it has a shape of the carrier, but a digit was mistyped, for certain;
    `check_digit_doubt`: most likely so; `shape`: it looks like none of the carrier's numbers.

    >>> ups = [Format(r"1Z[0-9A-Z]{15}[0-9]", "ups_1z")]
    >>> judge("1Z999AA10123456784", ups), judge("1Z999AA10123456785", ups), judge("17", ups)
    ('', 'check_digit', 'shape')
    """
    formats = list(formats)
    text = plain(number)
    if not formats or not text or len(text) > MAX_TRIED:
        return ""
    fitting = [f for f in formats if (p := _compiled(f.pattern)) and p.fullmatch(text)]
    if not fitting:
        return "shape"
    if any(holds(f.check, text) for f in fitting):
        return ""
    certain = all(f.check in CERTAIN for f in fitting)
    return "check_digit" if certain else "check_digit_doubt"


def suggest(number: str, formats: dict[int, list[Format]]) -> list[int]:
    """Return the carriers whose formats a number fits, those with a check digit first.

    :param dict formats: The formats of each carrier by its id.
    """
    text = plain(number)
    if not text or len(text) > MAX_TRIED:
        return []
    found = []
    for carrier, shapes in formats.items():
        scores = [_score(f, text) for f in shapes]
        if best := max(scores, default=0):
            found.append((-best, len(found), carrier))
    return [carrier for _score_, _order, carrier in sorted(found)]


def _score(shape: Format, text: str) -> int:
    pattern = _compiled(shape.pattern)
    if not pattern or not pattern.fullmatch(text) or not holds(shape.check, text):
        return 0
    # Letters that the pattern spells out say more than digits anybody has.
    return 1 + 2 * bool(re.search(r"[A-Z]{2}", shape.pattern)) + (shape.check in CERTAIN)
