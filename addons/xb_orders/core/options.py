"""What a person may say about a file instead of leaving it to be measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .problem import ReadError, _lt, shown

MIB = 1024 * 1024
DECIMALS = (".", ",")
DATE_ORDERS = ("DMY", "MDY")
DELIMITERS = (",", ";", "\t", "|")
# Key of `decimal` and `date_order` that stands for every column.
ALL = ""


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """The options of :func:`~.reader.read`; an empty one is measured or takes the default.

    :param encoding: Python's name of a character encoding.
    :param delimiter: one of ``, ; | `` or tab.
    :param sheet: title of the workbook's sheet.
    :param header_row: number of the row with the headings.
    :param layout: code of a layout.
    :param mapping: field -> heading of its column.
    :param decimal: decimal sign, for every column or by field.
    :param date_order: ``DMY`` or ``MDY``, for every column or by field.
    :param tz: the zone of times written without one, such as ``Europe/London``.
    :param currency: ISO 4217 code for files that name none.
    :param status: order status for files that name none.
    :param prices_include_tax: whether the file's prices do.
    :param currencies: known currency codes, None for any.
    :param countries: known country codes, None for any.
    :param saved: signature of headings -> options a person chose for such a file before, see
        :func:`~.reader.signature`.
    :param now: aware time, against which times in the future are found.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    layout: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    decimal: Mapping[str, str] = field(default_factory=dict)
    date_order: Mapping[str, str] = field(default_factory=dict)
    tz: str = ""
    currency: str = ""
    status: str = "paid"
    prices_include_tax: bool = False
    currencies: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    saved: Mapping[str, Mapping] = field(default_factory=dict)
    now: datetime | None = None
    max_bytes: int = 50 * MIB
    max_unpacked: int = 400 * MIB
    max_rows: int = 200_000
    max_columns: int = 500

    @classmethod
    def of(cls, options: "ReadOptions | Mapping | None") -> "ReadOptions":
        """Return options from a mapping as a form or an RPC call gives it.

        False, None and empty text mean "not given"; `decimal` and `date_order` may be one text.

        :raise ReadError: for a choice that does not exist.
        :raise TypeError: for an option that does not exist: a caller's mistake, not a user's.
        """
        if isinstance(options, cls):
            return options
        known = {item.name for item in fields(cls)}
        given = {}
        for key, value in (options or {}).items():
            if key not in known:
                raise TypeError(f"unknown option {key!r}")
            if value is False or value is None or value == "":
                continue
            if key in ("decimal", "date_order") and isinstance(value, str):
                value = {ALL: value}
            if key in ("currencies", "countries"):
                value = frozenset(value)
            given[key] = value
        return cls(**given)._checked()

    def _checked(self) -> "ReadOptions":
        for name, choices in (("decimal", DECIMALS), ("date_order", DATE_ORDERS)):
            for value in getattr(self, name).values():
                _choice(name, value, choices)
        if self.delimiter:
            _choice("delimiter", self.delimiter, DELIMITERS)
        self.zone()
        return self

    def zone(self) -> ZoneInfo:
        """Return the zone of times that are written without one; UTC when none is given."""
        try:
            return ZoneInfo(self.tz or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ReadError("option_invalid", _lt(
                'There is no time zone "%(value)s". Choose one such as Europe/London.'),
                value=shown(self.tz)) from None


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ReadError("option_invalid", _lt(
            'The option %(name)s cannot be "%(value)s". Choose one of %(choices)s.'),
            name=name, value=shown(value),
            choices=", ".join(f'"{choice}"' for choice in choices).replace("\t", "tab"))
