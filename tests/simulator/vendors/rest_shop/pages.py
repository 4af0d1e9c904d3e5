"""The own shop's pages: what a person looks at to see whether a number has arrived."""

import json
from urllib.parse import quote

from markupsafe import Markup
from werkzeug.wrappers import Request

from ...pages import join, page, table
from ...routing import ApiError
from . import books

PAGE = 100

ORDERS = """
SELECT o.ref AS order_ref, o.value AS order_value, s.*
  FROM rest_shop_order o LEFT JOIN rest_shop_shipment s ON s.order_ref = o.ref
 WHERE ?1 = '' OR o.ref LIKE ?2 ESCAPE '!' OR s.ref LIKE ?2 ESCAPE '!'
    OR s.tracking LIKE ?2 ESCAPE '!' OR s.carrier LIKE ?2 ESCAPE '!'
 ORDER BY coalesce(s.last_at, '') DESC, o.made_at DESC, o.ref DESC LIMIT ?3 OFFSET ?4
"""

FILTER = Markup("""<form method="get" role="search">
<label>Filter <input type="search" name="q" value="{}" size="30"
 placeholder="order, shipment, number, carrier"></label> <button>Show</button></form>""")

ROW = Markup(
    '<tr data-ref="{order_ref}" data-shipment="{ref}" data-tracking="{tracking}"'
    ' data-revision="{revision}"><td><a href="/rest_shop/orders/{address}">{order_ref}</a></td>'
    "<td>{status}</td><td>{carrier}</td><td><code>{tracking}</code></td>"
    '<td class="number">{revision}</td><td class="number">{requests}</td><td>{at}</td>'
    "<td><small>{ref}</small></td></tr>"
)
HEADS = (
    "Order", "State", "Carrier", "Tracking number", "Revision", "Requests", "Received (UTC)",
    "Shipment",
)  # fmt: skip
LINKS = (("/rest_shop/", "Own shop (REST)"),)


def orders_page(shop, request: Request):
    """Return the list, newest receipt first; ``?q=`` filters, ``?page=`` turns pages."""
    wanted = request.args.get("q", "").strip()
    number = max(request.args.get("page", 1, type=int), 1)
    escaped = wanted.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    rows = shop.store.rows(ORDERS, (wanted, f"%{escaped}%", PAGE + 1, (number - 1) * PAGE))
    shown = table(HEADS, (_row(shop, row) for row in rows[:PAGE]), _empty(wanted))
    turn = []
    if number > 1:
        turn.append(_turn(wanted, number - 1, "Newer"))
    if len(rows) > PAGE:
        turn.append(_turn(wanted, number + 1, "Older"))
    counts = ", ".join(f"{value} {words}" for words, value in shop.summary())
    mode = "takes any order number" if shop.setting("mode") == "open" else "refuses unknown orders"
    head = Markup('<p data-summary="1">{}. The shop {}.</p>').format(counts, mode)
    content = Markup("{}{}{}<p>{}</p>{}").format(
        head, FILTER.format(wanted), shown, join(turn), _refusals(shop)
    )
    return page(shop.setting("shop_name"), content, LINKS)


def order_page(shop, ref: str):
    """Return one order: every revision of its shipments, and its value."""
    order = shop.store.row("SELECT * FROM rest_shop_order WHERE ref = ?", (ref,))
    if order is None:
        raise ApiError(404, "not_found", f"There is no order {ref}.")
    revisions = table(
        ("Shipment", "Revision", "Carrier", "Tracking number", "Received (UTC)", "Idempotency key"),
        (
            _revision_row(shipment, revision)
            for shipment in shop.shipments(ref)
            for revision in shipment["revisions"]
        ),
        "No shipment has been announced for this order.",
    )
    value = "The shop knows this order only by its shipments."
    if order["value"]:
        value = json.dumps(json.loads(order["value"]), ensure_ascii=False, indent=2)
    content = Markup("<h2>Shipments, every revision</h2>{}<h2>Order</h2><pre>{}</pre>")
    return page(f"Order {ref}", content.format(revisions, value), LINKS)


def _row(shop, row) -> Markup:
    values = {name: row[name] or "" for name in ("tracking", "revision", "requests", "ref")}
    carrier = row["carrier"] or ""
    if row["value"] and (name := json.loads(row["value"])["carrier_name"]):
        carrier = f"{name} ({carrier})"
    return ROW.format(
        **values,
        order_ref=row["order_ref"],
        address=quote(row["order_ref"], safe=""),
        status=_status(shop, row),
        carrier=carrier,
        at=_moment(row["last_at"]),
    )


def _status(shop, row) -> str:
    if not row["order_value"]:
        return "not in the shop"
    order = {"value": row["order_value"], "updated_at": ""}
    shipments = shop.store.rows(
        "SELECT * FROM rest_shop_shipment WHERE order_ref = ?", (row["order_ref"],)
    )
    return books.order_value(order, shipments)["status"].replace("_", " ")


def _revision_row(shipment: dict, revision: dict) -> Markup:
    current = revision["revision"] == shipment["revision"]
    row = (
        '<tr data-shipment="{}" data-revision="{}"><td>{}</td><td>{}{}</td><td>{}</td>'
        "<td><code>{}</code></td><td>{}</td><td><code>{}</code></td></tr>"
    )
    return Markup(row).format(
        shipment["shipment"],
        revision["revision"],
        shipment["shipment"],
        revision["revision"],
        " (current)" if current else "",
        revision["carrier"],
        revision["tracking"],
        _moment(revision["at"]),
        revision["idempotency_key"],
    )


def _refusals(shop) -> Markup:
    rows = shop.store.rows("SELECT * FROM rest_shop_refusal ORDER BY id DESC LIMIT 20")
    if not rows:
        return Markup("")
    row = (
        '<tr data-refused="{}"><td>{}</td><td>{}</td><td class="bad">{}</td><td>{}</td>'
        "<td>{}</td></tr>"
    )
    refused = table(
        ("Order", "Shipment", "Refused", "Why", "At (UTC)"),
        (
            Markup(row).format(
                r["order_ref"], r["order_ref"], r["ref"], r["code"], r["message"], _moment(r["at"])
            )
            for r in rows
        ),
        "",
    )
    return Markup("<h2>Refused of late</h2>{}").format(refused)


def _turn(wanted: str, number: int, words: str) -> Markup:
    return Markup('<a href="?q={}&amp;page={}">{}</a> ').format(quote(wanted), number, words)


def _empty(wanted: str) -> str:
    return f"Nothing matches “{wanted}”." if wanted else "The shop has no orders."


def _moment(stamp: str | None) -> str:
    """``2026-01-31T00:00:00.123456Z`` for a person: ``2026-01-31 00:00:00``."""
    return stamp[:19].replace("T", " ") if stamp else ""
