"""Times as people write them: which number is the day, and what moment a text then is.

The order of day and month is a property of a column: ``13/12/2010`` proves day first,
``12/13/2010`` month first, ``1/12/2010`` proves nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from .text import tallied

DMY, MDY = "DMY", "MDY"
# What one text says about the order, beside DMY and MDY.
FIXED, EITHER, EMPTY, UNREADABLE = "fixed", "either", "empty", "unreadable"

MAX_LENGTH = 48
_MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august",
                "september", "october", "november", "december")
_MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)}
_FULL_MONTHS = frozenset((*_MONTH_NAMES, "sept"))
_DAY = (
    ("ymd", re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")),
    ("ymd", re.compile(r"(\d{4})()年(\d{1,2})月(\d{1,2})日")),
    ("ymd", re.compile(r"(\d{4})()(\d{2})(\d{2})(?=$|[T ])")),
    ("numbers", re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")),
    ("day_name", re.compile(r"(\d{1,2})[-. /]*([A-Za-z]{3,9})[-., /]*(\d{4}|\d{2})(?!\d)")),
    ("name_day", re.compile(r"([A-Za-z]{3,9})[-. /]*(\d{1,2})[-., /]+(\d{4}|\d{2})(?!\d)")),
)
_CLOCK = re.compile(
    r"(?:[T ,]*(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?:[:：](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?\s*"
    r"(?:(?P<utc>Z|UTC|GMT)|(?:UTC|GMT)?(?P<sign>[+-])(?P<oh>\d{1,2}):?(?P<om>\d{2})?)?",
)


@dataclass(frozen=True, slots=True)
class Written:
    """A time as it is written: two numbers that are day and month in one order or the other.

    ``order`` is the order the text itself settles, or empty.
    """

    year: int
    first: int
    second: int
    order: str
    hour: int = 0
    minute: int = 0
    seconds: int = 0
    zone: tzinfo | None = None
    hint: str = ""

    @property
    def evidence(self) -> str:
        """What the text says about the order of day and month."""
        if self.order:
            return FIXED
        if self.first > 12 or self.second > 12:
            return DMY if self.second <= 12 else MDY if self.first <= 12 else UNREADABLE
        return EITHER

    def moment(self, order: str) -> datetime:
        """Return the datetime, naive when the text names no zone.

        :raise ValueError: when there is no such day or hour.
        """
        day, month = self.first, self.second
        if (self.order or order) == MDY:
            day, month = month, day
        return datetime(self.year, month, day, self.hour, self.minute, self.seconds,
                        tzinfo=self.zone)


def interpret(text: str) -> Written | None:
    """Return how a text can be read as a time.

    :return: None when the cell is empty.
    :raise ValueError: when the text is no time at all.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip()
    if text in ("", "-", "--"):
        return None
    if len(text) > MAX_LENGTH or not text.isprintable():
        raise ValueError(text)
    for kind, pattern in _DAY:
        match = pattern.match(text)
        clock = _CLOCK.fullmatch(text, match.end()) if match else None
        if clock:
            return Written(*_numbers(kind, match), **_clock(clock, kind, match))
    raise ValueError(text)


def _numbers(kind: str, match: re.Match) -> tuple[int, int, int, str]:
    """Return year, first, second and the order that is settled."""
    groups = match.groups()
    if kind == "ymd":
        return int(groups[0]), int(groups[3]), int(groups[2]), DMY
    if kind == "numbers":
        return _year(groups[3]), int(groups[0]), int(groups[2]), ""
    day, name, year = groups if kind == "day_name" else (groups[1], groups[0], groups[2])
    name = name.casefold()
    if (len(name) > 3 and name not in _FULL_MONTHS) or name[:3] not in _MONTHS:
        raise ValueError(match[0])
    return _year(year), int(day), _MONTHS[name[:3]], DMY


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _clock(clock: re.Match, kind: str, day: re.Match) -> dict:
    found = {"hint": DMY if kind == "numbers" and day[2] == "." else ""}
    if clock["hour"]:
        hour = int(clock["hour"])
        if clock["half"]:
            if not 1 <= hour <= 12:
                raise ValueError(clock[0])
            hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
            found["hint"] = MDY
        found |= {"hour": hour, "minute": int(clock["minute"]),
                  "seconds": int(clock["second"] or 0)}
    if clock["utc"]:
        found["zone"] = UTC
    elif clock["sign"]:
        offset = timedelta(hours=int(clock["oh"]), minutes=int(clock["om"] or 0))
        found["zone"] = timezone(-offset if clock["sign"] == "-" else offset)
    return found


@dataclass(frozen=True, slots=True)
class Order:
    """A column's order of day and month; see :class:`~.decimals.Style`."""

    order: str
    how: str
    ambiguous: bool = False
    mixed: bool = False
    why: str = ""


def count(texts: Iterable[str]) -> Counter:
    """Return how many cells of a column say what about the order; hints under ``hint DMY``."""
    evidence = Counter()
    for text, times in tallied(texts):
        try:
            written = interpret(text)
        except ValueError:
            evidence[UNREADABLE] += times
            continue
        evidence[written.evidence if written else EMPTY] += times
        if written and written.hint:
            evidence[f"hint {written.hint}"] += times
    return evidence


def decide(evidence: Counter, hint: str = "") -> Order:
    """Decide a column's order of day and month.

    :param evidence: :func:`count` of its cells.
    :param hint: the order that the file's delimiter and decimal sign suggest, or empty.
    """
    first, second = evidence[DMY], evidence[MDY]
    if first and second:
        return Order(DMY if first >= second else MDY, "measured", ambiguous=True, mixed=True,
                     why="mixed")
    if first or second:
        return Order(DMY if first else MDY, "measured", why="cells")
    if not evidence[EITHER]:
        return Order(hint or DMY, "measured", why="fixed")
    dotted, halves = evidence["hint DMY"], evidence["hint MDY"]
    if dotted and not halves:
        return Order(DMY, "hint", why="dots")
    if halves and not dotted:
        return Order(MDY, "hint", ambiguous=True, why="halves")
    if hint:
        return Order(hint, "hint", ambiguous=True, why="numbers")
    return Order(DMY, "default", ambiguous=True, why="nothing")
