"""Shippo's API, dated version 2018-02-08: tracks, shipments with rates, labels, webhooks."""

import hashlib
import hmac
import json
import uuid
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from markupsafe import Markup
from werkzeug.wrappers import Request

from ..pages import page, table
from ..routing import ApiError, route
from ..sender import Delivery
from ..server import Answer, json_answer
from ..signing import same
from .tracking import TrackingVendor

# Requests a minute of a live account.
LIMITS = {"POST": 500, "GET one": 4000, "GET list": 50, "tracks POST": 750, "tracks GET": 500}
CARRIERS = {"usps", "ups", "fedex", "dhl_express", "royal_mail", "shippo", "canada_post", "dpd_uk"}
# Provider, service, token, base price, price per kg, days.
SERVICES = (
    ("USPS", "Ground Advantage", "usps_ground_advantage", "5.20", "2.10", 5),
    ("USPS", "Priority Mail", "usps_priority", "8.40", "3.00", 2),
    ("UPS", "Ground", "ups_ground", "9.10", "1.60", 4),
    ("UPS", "Next Day Air", "ups_next_day_air", "32.00", "6.00", 1),
)
ABROAD = (
    ("USPS", "First Class International", "usps_first_class_package_international_service",
     "14.50", "9.00", 12),
    ("DHL Express", "Worldwide", "dhl_express_worldwide", "38.00", "11.00", 3),
)  # fmt: skip
CODES = {
    "info": ("PRE_TRANSIT", "information_received"),
    "accepted": ("TRANSIT", "package_accepted"),
    "departed": ("TRANSIT", "package_departed"),
    "arrived": ("TRANSIT", "package_arrived"),
    "customs_start": ("TRANSIT", "package_processing"),
    "customs_done": ("TRANSIT", "package_processed"),
    "customs_hold": ("TRANSIT", "package_held"),
    "out": ("TRANSIT", "out_for_delivery"),
    "attempt": ("TRANSIT", "delivery_attempted"),
    "address": ("TRANSIT", "address_issue"),
    "refused": ("FAILURE", "package_undeliverable"),
    "returning": ("RETURNED", "return_to_sender"),
    "delivered": ("DELIVERED", "delivered"),
}
LABEL = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]"
    b"/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 288 432]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


class Shippo(TrackingVendor):
    """One account."""

    name = "shippo"
    title = "Shippo (rates, labels, tracking)"
    schema = """
    CREATE TABLE IF NOT EXISTS shippo_object (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, parent TEXT, value TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS shippo_object_parent ON shippo_object (kind, parent);
    CREATE TABLE IF NOT EXISTS shippo_track (
        carrier TEXT NOT NULL, number TEXT NOT NULL, value TEXT NOT NULL,
        requests INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (carrier, number)
    );
    """

    def __init__(self, context):
        super().__init__(context)
        self.hits: dict[str, deque] = defaultdict(deque)

    # === DOOR === #

    def authenticate(self, request: Request) -> None:
        """Check the token and the limit of the minute."""
        kind, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "ShippoToken" or not same(token, self.credential("api_key")):
            raise ApiError(401, "401", "Invalid token.")
        if not self.setting("limits"):
            return
        tracks = "/tracks" in request.path
        name = f"tracks {request.method}" if tracks else request.method
        if name == "GET":
            name = "GET list" if request.path.count("/") == 2 else "GET one"
        hits, now = self.hits[name], self.now()
        while hits and (now - hits[0]).total_seconds() >= 60:
            hits.popleft()
        if len(hits) >= LIMITS.get(name, 500):
            raise ApiError(429, "429", "Request was throttled.", {"Retry-After": "2"})
        hits.append(now)

    def refuse(self, error: ApiError) -> Answer:
        """Return one of the two shapes Shippo's refusals were seen in."""
        if field := getattr(error, "field", None):
            return json_answer({field: [error.message]}, error.status, error.headers)
        return json_answer({"detail": error.message}, error.status, error.headers)

    def _get(self, kind: str, object_id: str) -> dict:
        row = self.store.row(
            "SELECT value FROM shippo_object WHERE kind = ? AND id = ?", (kind, object_id)
        )
        if not row:
            raise ApiError(404, "404", f"No such {kind}.")
        return json.loads(row["value"])

    def _put(self, kind: str, value: dict, parent: str = "") -> dict:
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO shippo_object (id, kind, parent, value) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET value = excluded.value",
                (value["object_id"], kind, parent, json.dumps(value)),
            )
        return value

    def objects(self, kind: str, parent: str | None = None) -> list[dict]:
        """Return all objects of a kind, oldest first."""
        rows = self.store.rows(
            "SELECT value FROM shippo_object WHERE kind = ?1 AND (?2 IS NULL OR parent = ?2)"
            " ORDER BY rowid",
            (kind, parent),
        )
        return [json.loads(row["value"]) for row in rows]

    # === ACCOUNT === #

    @route("api", "GET", "carrier_accounts")
    def carrier_accounts(self, request: Request):
        """List the carriers of the account."""
        names = sorted({service[0] for service in SERVICES + ABROAD})
        return _list([{"object_id": f"ca_{n.lower()}", "carrier": n.lower()} for n in names])

    @route("api", "GET", "webhooks")
    def webhooks(self, request: Request):
        """List where news go."""
        return _list(self.objects("webhook"))

    @route("api", "POST", "webhooks")
    def add_webhook(self, request: Request):
        """Have news go somewhere."""
        body = _body(request)
        if len(_need(body, "url")) > 200:
            raise _field("url", "Ensure this field has no more than 200 characters.")
        self.store.set_setting(self.name, "webhook_url", body["url"])
        return json_answer(self._put("webhook", {"object_id": _id(), **body}), 201)

    # === TRACKING === #

    @route("api", "POST", "tracks")
    def register(self, request: Request):
        """Watch a number; again is no error."""
        body = _body(request)
        carrier, number = _need(body, "carrier"), _need(body, "tracking_number")
        if carrier not in CARRIERS:
            raise _field("carrier", f"“{carrier}” is not a supported carrier.")
        value = {
            "carrier": carrier,
            "tracking_number": number,
            "metadata": body.get("metadata", ""),
            "eta": None,
            "tracking_status": None,
            "tracking_history": [],
            "test": False,
        }
        with self.store.transaction() as db:
            row = db.execute(
                "INSERT INTO shippo_track (carrier, number, value) VALUES (?, ?, ?)"
                " ON CONFLICT (carrier, number) DO UPDATE SET requests = requests + 1"
                " RETURNING value",
                (carrier, number, json.dumps(value)),
            ).fetchone()
        return json.loads(row["value"])

    @route("api", "GET", "tracks/<carrier>/<number>")
    def read_track(self, request: Request, carrier: str, number: str):
        """Return what is known of a number."""
        row = self.store.row(
            "SELECT value FROM shippo_track WHERE carrier = ? AND number = ?", (carrier, number)
        )
        if not row:
            raise ApiError(404, "404", "Not found.")
        return json.loads(row["value"])

    def tracks(self) -> list[dict]:
        """Return every number that is watched, and how often it was asked for."""
        rows = self.store.rows("SELECT * FROM shippo_track ORDER BY rowid")
        return [{**json.loads(row["value"]), "requests": row["requests"]} for row in rows]

    # === LABELS === #

    @route("api", "POST", "customs/declarations")
    def declare(self, request: Request):
        """Make a customs declaration."""
        body = _body(request)
        if body.get("certify") is not True or not body.get("certify_signer"):
            raise _field("certify", "The declaration must be certified.")
        items = body.get("items")
        if not isinstance(items, list) or not items:
            raise _field("items", "This field is required.")
        for item in items:
            for name in ("description", "quantity", "net_weight", "value_amount", "origin_country"):
                if not item.get(name):
                    raise _field(name, "This field may not be blank.")
        return json_answer(self._put("declaration", {"object_id": _id(), **body}), 201)

    @route("api", "POST", "shipments")
    def make_shipment(self, request: Request):
        """Make a shipment and answer with its rates."""
        body = _body(request)
        for name in ("address_from", "address_to", "parcels"):
            if not body.get(name):
                raise _field(name, "This field is required.")
        there, here = body["address_to"], body["address_from"]
        messages, services = [], ABROAD if there["country"] != here["country"] else SERVICES
        if not there.get("zip") or not there.get("street1"):
            messages.append({"source": "USPS", "code": "", "text": "Recipient address is invalid."})
            services = ()
        if services is ABROAD and not body.get("customs_declaration"):
            text = "A customs declaration is required."
            messages.append({"source": "DHL Express", "code": "", "text": text})
            services = ()
        shipment = {"object_id": _id(), "status": "SUCCESS", "messages": messages, **body}
        shipment["rates"] = [self._rate(shipment, service) for service in services]
        _mark(shipment["rates"])
        for rate in shipment["rates"]:
            self._put("rate", rate, shipment["object_id"])
        return json_answer(self._put("shipment", shipment), 201)

    def _rate(self, shipment: dict, service: tuple) -> dict:
        provider, name, token, base, per_kg, days = service
        weight = sum(Decimal(str(p["weight"])) for p in shipment["parcels"])
        if any(p["mass_unit"] == "g" for p in shipment["parcels"]):
            weight /= 1000
        amount = (Decimal(base) + Decimal(per_kg) * weight).quantize(Decimal("0.01"))
        return {
            "object_id": _id(),
            "shipment": shipment["object_id"],
            "amount": str(amount),
            "currency": "USD",
            "amount_local": str(amount),
            "currency_local": "USD",
            "provider": provider,
            "servicelevel": {"name": name, "token": token},
            "estimated_days": days,
            "attributes": [],
            "carrier_account": f"ca_{provider.lower()}",
            "messages": [],
            "test": False,
        }

    @route("api", "POST", "transactions")
    def buy(self, request: Request):
        """Buy a label; each request buys one. A carrier's refusal is 201 with status ERROR."""
        body = _body(request)
        rate = self._get("rate", _need(body, "rate"))
        shipment = self._get("shipment", rate["shipment"])
        if len(body.get("metadata", "")) > 100:
            raise _field("metadata", "Ensure this field has no more than 100 characters.")
        transaction = {
            "object_id": _id(),
            "object_state": "VALID",
            "status": "SUCCESS",
            "rate": rate["object_id"],
            "metadata": body.get("metadata", ""),
            "messages": [],
            "test": False,
        }
        if "REFUSE" in shipment["address_to"].get("street1", "").upper():
            transaction["status"] = "ERROR"
            text = "Address validation failed: the street does not exist."
            transaction["messages"] = [{"source": rate["provider"], "code": "", "text": text}]
        else:
            number = self._number(rate["provider"])
            address = f"{request.host_url}shippo/labels/{transaction['object_id']}.pdf"
            link = f"https://track.example/{number}"
            transaction |= {
                "tracking_number": number,
                "tracking_status": "UNKNOWN",
                "tracking_url_provider": link,
                "label_url": address,
                "commercial_invoice_url": None,
                "eta": None,
            }
        return json_answer(self._put("transaction", transaction, rate["object_id"]), 201)

    def _number(self, provider: str) -> str:
        serial = self.store.next_number(self.name, provider)
        if provider == "UPS":
            body = f"999AA1{serial:09d}"
            total = sum(_ups(c) * (1 + i % 2) for i, c in enumerate(body))
            return f"1Z{body}{-total % 10}"
        if provider == "DHL Express":
            digits = f"{serial + 700000000:09d}"
            return f"{digits}{int(digits) % 7}"
        digits = f"94001118{serial:013d}"
        total = sum(int(c) * (3, 1)[i % 2] for i, c in enumerate(reversed(digits)))
        return f"{digits}{-total % 10}"

    @route("api", "GET", "transactions")
    def list_transactions(self, request: Request):
        """List labels, those of one rate if asked for."""
        return _list(self.objects("transaction", request.args.get("rate")))

    @route("api", "GET", "transactions/<id>")
    def read_transaction(self, request: Request, id: str):
        """Return one label."""
        return self._get("transaction", id)

    @route("api", "POST", "refunds")
    def refund(self, request: Request):
        """Take a label back; twice is an error."""
        transaction = self._get("transaction", _need(_body(request), "transaction"))
        if transaction["status"] != "SUCCESS":
            raise ApiError(400, "400", "Transaction can not be refunded.")
        transaction["status"] = "REFUNDED"
        self._put("transaction", transaction)
        value = {
            "object_id": _id(),
            "transaction": transaction["object_id"],
            "status": "SUCCESS",
        }
        return json_answer(self._put("refund", value), 201)

    @route("page", "GET", "labels/<name>")
    def label(self, request: Request, name: str):
        """Return a label to print."""
        return Answer(200, {"Content-Type": "application/pdf"}, LABEL)

    # === FOR TESTS === #

    watched = tracks

    def travel(self, tracking: dict, scans: list[tuple], start: datetime) -> None:
        """Give a track its history."""
        history = [_status(at, step) for at, step in scans]
        tracking["tracking_history"], tracking["tracking_status"] = history, history[-1]
        tracking["eta"] = (start + timedelta(days=8)).isoformat(timespec="seconds")
        with self.store.transaction() as db:
            db.execute(
                "UPDATE shippo_track SET value = ? WHERE carrier = ? AND number = ?",
                (json.dumps(tracking), tracking["carrier"], tracking["tracking_number"]),
            )

    def delivery(self, track: dict, secret: str = "") -> Delivery:
        """Return the webhook about a track, signed if the account has that."""
        message = {"event": "track_updated", "test": False, "data": track}
        body = json.dumps(message, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        if self.setting("signed"):
            stamp = str(int(self.now().timestamp()))
            key = (secret or self.credential("webhook_secret")).encode()
            digest = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            headers["Shippo-Auth-Signature"] = f"t={stamp},v1={digest}"
        name = track["tracking_number"] + str(len(track["tracking_history"]))
        return Delivery("first", name, lambda: (headers, body))

    # === PAGES === #

    def summary(self):
        """Return what the account holds."""
        count = self.store.row("SELECT count(*) AS n FROM shippo_track")["n"]
        labels = [t for t in self.objects("transaction") if t["status"] == "SUCCESS"]
        return [("numbers watched", count), ("labels", len(labels))]

    @route("page", "GET", "/")
    def overview(self, request: Request):
        """Show labels and numbers."""
        row = '<tr data-number="{}"><td><code>{}</code></td><td>{}</td><td>{}</td></tr>'
        labels = (
            Markup(row).format(t.get("tracking_number", ""), t.get("tracking_number", ""),
                               t["status"], t["metadata"])
            for t in self.objects("transaction")[-200:]
        )  # fmt: skip
        tracks = (
            Markup(row).format(
                t["tracking_number"],
                t["tracking_number"],
                t["carrier"],
                (t["tracking_status"] or {}).get("status", "UNKNOWN"),
            )
            for t in self.tracks()[-200:]
        )
        content = Markup("<h2>Labels</h2>{}<h2>Tracking</h2>{}").format(
            table(("Number", "Status", "Metadata"), labels, "No label was bought yet."),
            table(("Number", "Carrier", "Status"), tracks, "No number is watched yet."),
        )
        return page(self.title, content, ())


def _id() -> str:
    return uuid.uuid4().hex


def _ups(char: str) -> int:
    return int(char) if char.isdigit() else (ord(char) - 3) % 10


def _list(rows: list[dict]) -> dict:
    return {"count": len(rows), "next": None, "previous": None, "results": rows}


def _field(name: str, message: str) -> ApiError:
    error = ApiError(400, "400", message)
    error.field = name
    return error


def _body(request: Request) -> dict:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ApiError(400, "400", "JSON parse error.")
    return body


def _need(body: dict, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _field(name, "This field is required.")
    return value


def _mark(rates: list[dict]) -> None:
    """Mark the cheapest and the fastest, as Shippo does."""
    if rates:
        min(rates, key=lambda r: Decimal(r["amount"]))["attributes"].append("CHEAPEST")
        min(rates, key=lambda r: r["estimated_days"])["attributes"].append("FASTEST")


def _status(at: datetime, step) -> dict:
    status, code = CODES[step.what]
    city, country = step.place
    return {
        "object_id": _id(),
        "object_created": at.astimezone(UTC).isoformat(timespec="seconds"),
        "status": status,
        "status_details": step.text,
        "status_date": at.astimezone(UTC).isoformat(timespec="seconds"),
        "substatus": {"code": code, "text": step.text, "action_required": False},
        "location": {"city": city, "state": "", "zip": "", "country": country},
    }
