"""Check digits of tracking numbers. Pure; a number comes normalised: capitals and digits only.

Sources: UPU S10; Publication 199 (USPS); the carriers' barcode guides as collected in the MIT data
set ``jkeen/tracking_number_data``; ISO 7064. Test numbers stand in the tests.
"""

from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _mod10(digits: str, weights: tuple[int, ...] = (3, 1), extra: int = 0) -> int:
    """Return the check digit of `digits`: weights repeat from the right, or the digits' end."""
    total = sum(int(d) * weights[i % len(weights)] for i, d in enumerate(reversed(digits)))
    return -(total + extra) % 10


def _s10(number: str) -> bool:
    digits = number[2:10]
    total = sum(int(d) * w for d, w in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return check == int(number[10])


def _ups_value(char: str) -> int:
    return int(char) if char.isdigit() else (ord(char) - 3) % 10


def _ups(body: str, check: str) -> bool:
    total = sum(_ups_value(c) * (1 + i % 2) for i, c in enumerate(body))
    return -total % 10 == int(check)


def _usps_mod10(number: str) -> bool:
    if number.startswith("420") and len(number) in (30, 34):
        # A 34-digit one has a ZIP of five digits before 26, or of nine before 22.
        bodies = [number[8:]] + ([number[12:]] if len(number) == 34 else [])
        return any(len(b) in (22, 26) and _last_mod10(b) for b in bodies)
    return _last_mod10(number)


def _last_mod10(number: str) -> bool:
    return _mod10(number[:-1]) == int(number[-1])


def _usps_20(number: str) -> bool:
    return _last_mod10(number) or _last_mod10(f"91{number}")


def _fedex_12(number: str) -> bool:
    total = sum(int(d) * (3, 1, 7)[i % 3] for i, d in enumerate(number[:-1]))
    return total % 11 % 10 == int(number[-1])


def _fedex_34(number: str) -> bool:
    total = sum(int(d) * (1, 7, 3)[i % 3] for i, d in enumerate(number[20:33]))
    return total % 11 % 10 == int(number[33])


def _mod37_36(number: str) -> bool:
    """ISO 7064 mod 37,36, as DPD's check character."""
    check = 36
    for char in number[:-1]:
        check = (check + _ALPHABET.index(char)) % 36 or 36
        check = check * 2 % 37
    return (1 - check) % 36 == _ALPHABET.index(number[-1])


def _luhn(number: str) -> bool:
    total = 0
    for i, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + i % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _ontrac(number: str) -> bool:
    body = ("4" if number[0] == "C" else "5") + number[1:-1]
    return _ups(body, number[-1])


def _identcode(number: str) -> bool:
    total = sum(int(d) * (4, 9)[i % 2] for i, d in enumerate(number[:-1]))
    return -total % 10 == int(number[-1])


#: By the name that stands in a carrier's number formats.
CHECKS: dict[str, Callable[[str], bool]] = {
    "s10": _s10,
    "ups_1z": lambda n: _ups(n[2:-1], n[-1]),
    "ups_waybill": lambda n: _ups(n[1:-1], n[-1]),
    "usps_mod10": _usps_mod10,
    "usps_20": _usps_20,
    "fedex_12": _fedex_12,
    "mod10_31": _last_mod10,
    "fedex_smartpost_20": lambda n: _last_mod10(f"92{n}"),
    "fedex_ground96": lambda n: _last_mod10(n[7:]),
    "fedex_34": _fedex_34,
    "mod7": lambda n: int(n[:-1]) % 7 == int(n[-1]),
    "identcode": _identcode,
    "mod37_36": _mod37_36,
    "gls": lambda n: _mod10(n[:-1], extra=1) == int(n[-1]),
    "colissimo": lambda n: _last_mod10(n[2:]),
    "luhn": _luhn,
    "ontrac": _ontrac,
}

#: Proven so well that a wrong check digit is a wrong number; the others are worth a doubt.
CERTAIN = frozenset({"s10", "ups_1z", "usps_mod10", "mod37_36", "colissimo", "ontrac"})


def holds(check: str, number: str) -> bool:
    """Say whether a number of the right shape has the right check digit.

    :param str check: A key of `CHECKS`; an empty one says that there is none.
    :param str number: Capitals and digits, of the shape the check belongs to.

    >>> holds("s10", "RR123456785CN"), holds("s10", "RR123456786CN")
    (True, False)
    >>> holds("mod37_36", "09980000020033F")
    True
    """
    if not check:
        return True
    try:
        return CHECKS[check](number)
    except (ValueError, IndexError, KeyError):
        return False
