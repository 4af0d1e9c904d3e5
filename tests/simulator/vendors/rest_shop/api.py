"""The own shop's API, and what a test may ask of it besides."""

import base64
import hashlib
import json
import re
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from werkzeug.wrappers import Request

from ...orders import OrderGenerator
from ...routing import ApiError, route
from ...server import json_answer
from ...signing import same
from ..base import Vendor, read_json
from . import books, pages
from .checks import check_shipment
from .events import counts, send_events

FIRST_ORDERS = 24
# Most pay in currencies that the demonstration company has; a few show what is done if it has not.
ABROAD, AT_HOME = 3, ("EUR", "GBP", "USD")
PAGE = 50
LARGEST_PAGE = 250
MOST_EVENTS = 100_000
SETTINGS = {"mode": "open", "shop_name": "Simulator shop", "webhook_url": ""}


class RestShop(Vendor):
    """The other side of docs/own-shop-protocol.md."""

    name = "rest_shop"
    title = "Own shop (REST)"
    schema = books.SCHEMA

    def __init__(self, context):
        super().__init__(context)
        if not self.store.row("SELECT 1 FROM rest_shop_order LIMIT 1"):
            self.make_orders(FIRST_ORDERS - ABROAD, currencies=AT_HOME)
            self.make_orders(ABROAD)

    # === CREDENTIALS === #

    def authenticate(self, request: Request) -> None:
        """Let in who shows the API key as a bearer token."""
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same(key, self.credential("api_key")):
            asked = {"WWW-Authenticate": "Bearer"}
            raise ApiError(401, "unauthorized", "The API key is missing or wrong.", asked)

    # === API === #

    @route("api", "GET", "/api/v1/ping")
    def ping(self, request: Request):
        """Say which shop this is."""
        return {"shop": self.setting("shop_name"), "version": "1"}

    @route("api", "GET", "/api/v1/orders")
    def list_orders(self, request: Request):
        """List orders by the time of their last change, page by page."""
        try:
            limit = int(request.args.get("limit", PAGE))
        except ValueError:
            limit = 0
        if not 1 <= limit <= LARGEST_PAGE:
            raise ApiError(400, "invalid_limit", f"limit must be from 1 to {LARGEST_PAGE}.")
        since, ref = self._start(request.args)
        rows = self.store.rows(
            "SELECT * FROM rest_shop_order WHERE value IS NOT NULL AND (updated_at, ref) > (?, ?)"
            " ORDER BY updated_at, ref LIMIT ?",
            (since, ref, limit + 1),
        )
        more, rows = len(rows) > limit, rows[:limit]
        following = _cursor(rows[-1]["updated_at"], rows[-1]["ref"]) if more else None
        return {"orders": [self._tell(row) for row in rows], "next": following}

    @route("api", "GET", "/api/v1/count")
    def count_orders(self, request: Request):
        """Say how many orders were placed in a time, and what they came to."""
        start = self._moment(request.args, "placed_from")
        end = self._moment(request.args, "placed_before")
        if start is None or end is None:
            raise ApiError(400, "missing_time", "placed_from and placed_before are required.")
        count, totals = 0, defaultdict(Decimal)
        for row in self.store.rows("SELECT value FROM rest_shop_order WHERE value IS NOT NULL"):
            value = json.loads(row["value"])
            if start <= datetime.fromisoformat(value["placed_at"]) < end:
                count += 1
                totals[value["currency"]] += Decimal(value["total"])
        return {"count": count, "totals": {code: str(total) for code, total in totals.items()}}

    @route("api", "GET", "/api/v1/orders/<ref>")
    def get_order(self, request: Request, ref: str):
        """Return one order."""
        row = self.store.row(
            "SELECT * FROM rest_shop_order WHERE ref = ? AND value IS NOT NULL", (ref,)
        )
        if row is None:
            raise ApiError(404, "unknown_order", f"We have no order “{ref}”.")
        return self._tell(row)

    @route("api", "PUT", "/api/v1/orders/<ref>/shipments/<shipment>")
    def put_shipment(self, request: Request, ref: str, shipment: str):
        """Create or change a shipment; the same Idempotency-Key gets the same answer."""
        key = request.headers.get("Idempotency-Key", "")
        if not re.fullmatch(r"[\x21-\x7e]{8,128}", key):
            raise ApiError(400, "idempotency_key", "Idempotency-Key: 8 to 128 visible characters.")
        body = read_json(request)
        digest = hashlib.sha256(books.canonical([ref, shipment, body]).encode()).hexdigest()
        try:
            with self.store.transaction() as db:
                return self._put(db, ref, shipment, body, key, digest)
        except ApiError as error:
            self._note_refusal(ref, shipment, body, error)
            raise

    @route("api", "PUT", "/api/v1/prices/<sku>")
    def put_price(self, request: Request, sku: str):
        """Set the price of an article; a set price, so a repeat changes nothing."""
        body = read_json(request)
        price, currency = body.get("price"), body.get("currency")
        if not isinstance(price, str) or not re.fullmatch(r"\d{1,12}(\.\d{1,4})?", price):
            raise ApiError(400, "invalid_price", "price must be a decimal text such as 12.50.")
        if not isinstance(currency, str) or not re.fullmatch(r"[A-Z]{3}", currency):
            raise ApiError(400, "invalid_currency", "currency must be a code such as EUR.")
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO rest_shop_price (sku, price, currency, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (sku) DO UPDATE SET price = excluded.price,"
                " currency = excluded.currency, at = excluded.at, requests = requests + 1",
                (sku, price, currency, books.stamp(self.now())),
            )
        return {"sku": sku, "price": price, "currency": currency}

    def prices(self) -> dict[str, dict]:
        """Return the prices the shop was told, by SKU."""
        return {row["sku"]: dict(row) for row in self.store.rows("SELECT * FROM rest_shop_price")}

    @route("api", "PUT", "/api/v1/stock/<sku>")
    def put_stock(self, request: Request, sku: str):
        """Set how many of an article may be sold, unless the shop has another number than the
        caller thinks; a set number, so a repeat changes nothing."""
        body = read_json(request)
        for name in ("quantity", "expected"):
            if name in body and not (
                isinstance(body[name], str) and re.fullmatch(r"\d{1,9}", body[name])
            ):
                raise ApiError(400, f"invalid_{name}", f"{name} must be a whole number as text.")
        if "quantity" not in body:
            raise ApiError(400, "invalid_quantity", "quantity is missing.")
        quantity, expected = int(body["quantity"]), body.get("expected")
        with self.store.transaction() as db:
            row = db.execute("SELECT * FROM rest_shop_stock WHERE sku = ?", (sku,)).fetchone()
            if expected and row and row["quantity"] not in (int(expected), quantity):
                raise ApiError(409, "stock_changed", f"We have {row['quantity']}, not {expected}.")
            db.execute(
                "INSERT INTO rest_shop_stock (sku, quantity, at) VALUES (?, ?, ?)"
                " ON CONFLICT (sku) DO UPDATE SET quantity = excluded.quantity,"
                " at = excluded.at, requests = requests + 1",
                (sku, quantity, books.stamp(self.now())),
            )
        return {"sku": sku, "quantity": str(quantity)}

    def stock(self) -> dict[str, int]:
        """Return how many of its articles the shop offers, by SKU."""
        rows = self.store.rows("SELECT sku, quantity FROM rest_shop_stock")
        return {row["sku"]: row["quantity"] for row in rows}

    def sell(self, sku: str, quantity: int) -> int:
        """Count down what the shop itself has sold, as shops do; return what is left."""
        with self.store.transaction() as db:
            db.execute(
                "UPDATE rest_shop_stock SET quantity = max(0, quantity - ?) WHERE sku = ?",
                (quantity, sku),
            )
        return self.stock()[sku]

    def _put(self, db, ref, shipment, body, key, digest):
        at = books.stamp(self.now())
        given = db.execute(
            "SELECT * FROM rest_shop_answer WHERE idempotency_key = ?", (key,)
        ).fetchone()
        if given and given["digest"] != digest:
            raise ApiError(409, "idempotency_conflict", "This key was used for another request.")
        if given:
            db.execute(
                "UPDATE rest_shop_shipment SET requests = requests + 1, last_at = ?"
                " WHERE order_ref = ? AND ref = ?",
                (at, ref, shipment),
            )
            replayed = {"Idempotent-Replayed": "true"}
            return json_answer(json.loads(given["body"]), given["status"], replayed)
        value = check_shipment(body, self._know_order(db, ref, at))
        told = books.put_shipment(db, ref, shipment, value, key, at)
        status = 201 if told.pop("created") else 200
        db.execute(
            "INSERT INTO rest_shop_answer VALUES (?, ?, ?, ?, ?)",
            (key, digest, status, json.dumps(told), at),
        )
        return json_answer(told, status)

    def _know_order(self, db, ref: str, at: str) -> dict | None:
        """Return the order's value; make a bare order in open mode, where none is unknown."""
        row = db.execute("SELECT * FROM rest_shop_order WHERE ref = ?", (ref,)).fetchone()
        if row is None and self.setting("mode") == "strict":
            raise ApiError(404, "unknown_order", f"We have no order “{ref}”.")
        if row is None:
            db.execute("INSERT INTO rest_shop_order VALUES (?, NULL, ?, ?)", (ref, at, at))
        return json.loads(row["value"]) if row and row["value"] else None

    def _note_refusal(self, ref: str, shipment: str, body: dict, error: ApiError) -> None:
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO rest_shop_refusal (order_ref, ref, code, message, body, at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (ref, shipment, error.code, error.message, books.canonical(body),
                 books.stamp(self.now())),
            )  # fmt: skip

    def _start(self, arguments) -> tuple[str, str]:
        """Return the (updated_at, ref) after which a page begins."""
        if cursor := arguments.get("cursor"):
            try:
                since, ref = json.loads(base64.urlsafe_b64decode(cursor.encode()))
                return str(since), str(ref)
            except ValueError as error:
                raise ApiError(400, "invalid_cursor", "cursor is not one of ours.") from error
        moment = self._moment(arguments, "updated_since")
        return (books.stamp(moment), "") if moment else ("", "")

    def _moment(self, arguments, name: str) -> datetime | None:
        """Return a time that the request names, None where it does not."""
        text = arguments.get(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ApiError(400, "invalid_time", f"{name} must be ISO 8601 with an offset.")
        return moment

    def _tell(self, row) -> dict:
        shipments = self.store.rows(
            "SELECT * FROM rest_shop_shipment WHERE order_ref = ? ORDER BY first_at, ref",
            (row["ref"],),
        )
        return books.order_value(row, shipments)

    # === FOR TESTS (loopback only; in this process without HTTP) === #

    def setting(self, name: str):
        """Return a setting of the shop: mode (open or strict), shop_name, webhook_url."""
        return self.store.get_setting(self.name, name, SETTINGS[name])

    def configure(self, **values) -> dict:
        """Change settings of the shop and return all of them.

        :raise ValueError: an unknown setting or value
        """
        if values.get("mode", "open") not in ("open", "strict"):
            raise ValueError("mode must be open or strict")
        for name, value in values.items():
            if name not in SETTINGS or not isinstance(value, str):
                raise ValueError(f"{name} must be a text, one of {', '.join(SETTINGS)}")
            self.store.set_setting(self.name, name, value)
        return {name: self.setting(name) for name in SETTINGS}

    def make_orders(self, count: int = 1, **options) -> list[dict]:
        """Add generated orders to the shop and return their values.

        :param options: prefix, currencies, products, lines of ``OrderGenerator``
        """
        first = self.store.next_number(self.name, "order", count)
        orders = OrderGenerator(self.seed, **options).orders(first, count, self.now())
        return self.put_orders(orders)

    def put_orders(self, orders: list[dict]) -> list[dict]:
        """Put order values into the shop, new or changed; each counts as changed now.

        :return: the values as the API tells them
        """
        with self.store.transaction() as db:
            at = books.stamp(self.now())  # inside: who reads by updated_at must not miss one
            told = [order | {"updated_at": at} for order in orders]
            db.executemany(
                "INSERT INTO rest_shop_order VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE"
                " SET value = excluded.value, updated_at = excluded.updated_at",
                [(order["ref"], json.dumps(order, ensure_ascii=False), at, at) for order in told],
            )
        return told

    def shipments(self, order: str | None = None) -> list[dict]:
        """Return what the shop was told of shipments, with every revision."""
        return books.shipment_facts(self.store, order)

    def send(
        self, target=None, count=1000, per_second=50, repeat=0.3, forge=0.1, options=None, **more
    ):
        """Make orders, send a webhook for each, repeats and forgeries among them.

        :param str target: the webhook address; default: the setting webhook_url
        :param int count: deliveries in all
        :param float repeat: the share of them that repeat an earlier event
        :param float forge: the share of them whose signature does not hold
        :param dict options: of ``OrderGenerator``: currencies, lines, products, prefix
        :param more: workers, timeout, retries, headers of ``deliver``
        :return: a :class:`~simulator.sender.Report`
        :raise ValueError: values that make no sense
        """
        target = target or self.setting("webhook_url")
        if not target:
            raise ValueError("target is missing, and no webhook_url is set")
        if not 0 < count <= MOST_EVENTS or per_second <= 0:
            raise ValueError(f"count must be from 1 to {MOST_EVENTS}, per_second above 0")
        distinct, _repeats, _forged = counts(count, repeat, forge)
        run = self.store.next_number(self.name, "run")
        return send_events(
            target,
            self.credential("webhook_secret"),
            count=count,
            per_second=per_second,
            repeat=repeat,
            forge=forge,
            orders=self.make_orders(distinct, **(options or {})) if distinct else [],
            seed=f"{self.seed}:{run}",
            key_prefix=f"evt{run}",
            **more,
        )

    @route("control", "POST", "/_send")
    def control_send(self, request: Request):
        """Send webhooks and answer with the report when all are answered."""
        try:
            return self.send(**_only(read_json(request), SEND_VALUES)).as_dict()
        except (TypeError, ValueError) as error:
            raise ApiError(400, "invalid_value", str(error)) from error

    @route("control", "POST", "/_orders")
    def control_orders(self, request: Request):
        """Add orders: ``{"orders": [values]}``, or ``{"count", "currencies", "lines", …}``."""
        values = read_json(request)
        try:
            if "orders" in values:
                self.put_orders(values["orders"])
                return {"orders": [order["ref"] for order in values["orders"]]}
            allowed = _only(values, {"count", "prefix", "currencies", "lines"})
            return {"orders": [order["ref"] for order in self.make_orders(**allowed)]}
        except (KeyError, TypeError, ValueError) as error:
            raise ApiError(400, "invalid_value", str(error)) from error

    @route("control", "POST", "/_settings")
    def control_settings(self, request: Request):
        """Change settings of the shop; ``{}`` just tells them."""
        try:
            return self.configure(**read_json(request))
        except ValueError as error:
            raise ApiError(400, "invalid_value", str(error)) from error

    @route("control", "GET", "/_debug/shipments")
    def debug_shipments(self, request: Request):
        """Tell what the shop was told of shipments; ``?order=`` narrows it."""
        return {"shipments": self.shipments(request.args.get("order"))}

    @route("control", "GET", "/_debug/stock")
    def debug_stock(self, request: Request):
        """Tell how many of its articles the shop offers, by SKU."""
        return self.stock()

    @route("control", "GET", "/_debug/refusals")
    def debug_refusals(self, request: Request):
        """Tell which shipments the shop refused, and why; oldest first."""
        rows = self.store.rows("SELECT * FROM rest_shop_refusal ORDER BY id")
        return {"refusals": [dict(row) for row in rows]}

    # === PAGES === #

    @route("page", "GET", "/")
    def orders_page(self, request: Request):
        """Show orders with what the shop was told of their shipments."""
        return pages.orders_page(self, request)

    @route("page", "GET", "/orders/<ref>")
    def order_page(self, request: Request, ref: str):
        """Show one order with every revision of its shipments."""
        return pages.order_page(self, ref)

    def summary(self) -> list[tuple[str, object]]:
        """Count orders and shipments for the overview."""
        row = self.store.row(
            "SELECT (SELECT count(*) FROM rest_shop_order) AS orders,"
            " (SELECT count(*) FROM rest_shop_shipment) AS shipments"
        )
        return [("orders", row["orders"]), ("shipments", row["shipments"])]


SEND_VALUES = {
    "target", "count", "per_second", "repeat", "forge", "options", "workers", "timeout",
    "retries", "headers",
}  # fmt: skip


def _only(values: dict, names: set[str]) -> dict:
    unknown = set(values) - names
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return values


def _cursor(*position: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
