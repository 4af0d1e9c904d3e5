"""A file that knows only part of an order meets what is known of it already."""

# How a document's value is put together with the known one.
DETAILS = "details"  # it adds names, addresses and dates to an order it does not price
ADDRESS = "address"  # it says all of the order, but of the address only the place
DETAIL_KEYS = ("ship_to", "bill_to", "buyer", "ship_by", "paid_at", "note")
PLACE_KEYS = ("country", "zip")


def merged(known: dict, value: dict, how: str) -> dict:
    """Return the order value to import.

    :param known: the order value as it is known, empty when the order is new.
    :param value: the order value of the file.
    :param how: ``details``, ``address`` or empty.

    >>> merged({"ref": "1", "total": "5"}, {"ref": "1", "note": "Ring twice"}, "details")
    {'ref': '1', 'total': '5', 'note': 'Ring twice'}
    """
    if not known or not how:
        return value
    if how == DETAILS:
        return known | {key: value[key] for key in DETAIL_KEYS if value.get(key)}
    kept = {key: known[key] for key in DETAIL_KEYS[1:]
            if known.get(key) and not value.get(key)}
    if _is_same_place(known.get("ship_to") or {}, value.get("ship_to") or {}):
        kept["ship_to"] = known["ship_to"]
    return value | kept


def _is_same_place(known: dict, new: dict) -> bool:
    """Tell whether a full address lies where the new one, without a street, says."""
    if not known.get("street") or new.get("street"):
        return False
    return all(_plain(known.get(key)) == _plain(new.get(key)) for key in PLACE_KEYS)


def _plain(text) -> str:
    return "".join((text or "").split()).casefold()
