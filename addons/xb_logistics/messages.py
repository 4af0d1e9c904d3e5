"""What is wrong with a row of a list of tracking numbers, and what helps. One text per code."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

MESSAGES = {
    "bad_row": _lt("This row cannot be read: it must say order, number and carrier."),
    "missing_order": _lt("The row names no order. Enter the order's number or the shop's."),
    "unknown_order": _lt(
        "No order is called “%(order)s”. Enter our number, the customer's reference or the"
        " shop's order number."
    ),
    "ambiguous_order": _lt("“%(order)s” means several orders: %(orders)s. Enter our own number."),
    "cancelled_order": _lt("Order %(order)s is cancelled. Remove the row, or confirm it again."),
    "unconfirmed_order": _lt("Order %(order)s is still a quotation. Confirm it first."),
    "nothing_to_ship": _lt("Order %(order)s has no goods to ship. Remove the row."),
    "missing_number": _lt("The tracking number is missing. Enter it."),
    "rounded_number": _lt(
        "The spreadsheet has rounded the number to %(number)s; its last digits are lost. Format"
        " the column as text there and copy it again."
    ),
    "bad_characters": _lt(
        "“%(number)s” has characters that no tracking number has: %(bad)s. Enter one number per"
        " row, letters and digits only."
    ),
    "bad_length": _lt(
        "“%(number)s” is too short or too long for a tracking number. Check what was copied."
    ),
    "missing_carrier": _lt("The row names no carrier. Choose one, or set a default carrier."),
    "unknown_carrier": _lt(
        "No carrier is called “%(carrier)s”. Choose one, or add the name to a carrier."
    ),
    "unknown_carrier_near": _lt(
        "No carrier is called “%(carrier)s”. Did you mean %(suggestions)s?"
    ),
    "ambiguous_carrier": _lt(
        "“%(carrier)s” means several carriers: %(suggestions)s. Enter the full name."
    ),
    "number_taken": _lt(
        "%(number)s is already the number of parcel %(parcel)s (%(orders)s, %(carrier)s). Correct"
        " the number or the carrier here, or correct that parcel first."
    ),
    "number_twice": _lt(
        "%(number)s stands in this list at %(carrier)s too. One number belongs to one carrier:"
        " correct one of the rows."
    ),
    "shared_parcel": _lt(
        "%(number)s is the number of a parcel that also carries other orders. Give the new number"
        " for all of them, or correct the parcel itself."
    ),
    "bad_weight": _lt(
        "“%(text)s” is no weight. Write it like 0.35, 0.35 kg or 350 g, without a separator of"
        " thousands."
    ),
    "bad_cost": _lt(
        "“%(text)s” is no cost. Write it like 4.20 or 4.20 USD, without a separator of thousands."
    ),
    "unknown_currency": _lt(
        "No currency is called “%(currency)s”. Write its three letters, such as USD; it must be"
        " active."
    ),
    "details_differ": _lt(
        "Weight and cost of this parcel stand in an earlier row already; those count."
    ),
    "odd_check_digit": _lt(
        "%(number)s has a wrong check digit for %(carrier)s: a digit was mistyped, and the"
        " platform will most likely refuse it."
    ),
    "odd_check_digit_doubt": _lt(
        "The check digit of %(number)s does not fit %(carrier)s. Compare it with the label."
    ),
    "odd_shape": _lt(
        "%(number)s does not look like a number of %(carrier)s. Compare number and carrier with"
        " the label."
    ),
    "odd_shape_near": _lt(
        "%(number)s does not look like a number of %(carrier)s, but like one of %(suggestions)s."
    ),
    "shared_number": _lt("Goes into one parcel with %(orders)s."),
    "not_written": _lt("Not written: %(reason)s"),
}


def get_message(env, code, params):
    """Return the text of a problem in the user's language.

    :param Environment env: Of the user who reads it.
    :param str code: A key of `MESSAGES`.
    :param dict params: What the text names.
    """
    text = env._(MESSAGES[code])
    return text % params
