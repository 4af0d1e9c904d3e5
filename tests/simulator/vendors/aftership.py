"""AfterShip's Tracking API, version 2026-07: keys, signatures, limits, trackings, webhooks."""

import base64
import hashlib
import hmac
import json
import uuid
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, quote

from markupsafe import Markup
from werkzeug.wrappers import Request

from ..pages import page, table
from ..routing import ApiError, route
from ..sender import Delivery
from ..server import Answer, json_answer
from ..signing import same
from .tracking import TrackingVendor

API = "tracking/2026-07"
# Requests a second, per endpoint.
LIMITS = {"POST trackings": 20, "GET trackings": 6, "couriers": 5, "one": 5}
TYPES = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound"}
CODES = {
    "info": ("InfoReceived", "InfoReceived_001"),
    "accepted": ("InTransit", "InTransit_002"),
    "departed": ("InTransit", "InTransit_007"),
    "arrived": ("InTransit", "InTransit_003"),
    "customs_start": ("InTransit", "InTransit_006"),
    "customs_done": ("InTransit", "InTransit_005"),
    "customs_hold": ("Exception", "Exception_004"),
    "out": ("OutForDelivery", "OutForDelivery_001"),
    "attempt": ("AttemptFail", "AttemptFail_002"),
    "address": ("Exception", "Exception_007"),
    "refused": ("Exception", "Exception_003"),
    "returning": ("Exception", "Exception_010"),
    "delivered": ("Delivered", "Delivered_005"),
}
COUNTRIES = {"CN": "CHN", "BE": "BEL", "DE": "DEU"}


class AfterShip(TrackingVendor):
    """One organisation's account."""

    name = "aftership"
    title = "AfterShip (tracking)"
    schema = """
    CREATE TABLE IF NOT EXISTS aftership_tracking (
        id TEXT PRIMARY KEY, number TEXT NOT NULL, slug TEXT NOT NULL, value TEXT NOT NULL,
        created_at TEXT NOT NULL, requests INTEGER NOT NULL DEFAULT 1, UNIQUE (number, slug)
    );
    """

    def __init__(self, context):
        super().__init__(context)
        self.hits: dict[str, deque] = defaultdict(deque)

    # === DOOR === #

    def authenticate(self, request: Request) -> None:
        """Check key, signature and limit, in this order."""
        if not same(request.headers.get("as-api-key", ""), self.credential("api_key")):
            raise ApiError(401, "401", "Invalid API key.")
        if self.setting("signed"):
            self._check_signature(request)
        self._check_limit(request)

    def _check_signature(self, request: Request) -> None:
        given = request.headers.get("as-signature-hmac-sha256", "")
        date = request.headers.get("date", "")
        body = request.get_data(cache=True)
        text = self.string_to_sign(request, body, date)
        key = self.credential("api_secret").encode()
        expected = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest())
        if not same(given, expected.decode()):
            raise ApiError(401, "401", "The signature is invalid.")
        age = abs(self.now() - parsedate_to_datetime(date))
        if age > timedelta(minutes=3):
            raise ApiError(401, "401", "The request has expired.")

    def string_to_sign(self, request: Request, body: bytes, date: str) -> str:
        """Return the six lines of the documentation."""
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest().upper() if body else ""
        signed = sorted(
            (name.lower(), value)
            for name, value in request.headers
            if name.lower().startswith("as-") and not name.lower().startswith("as-signature")
        )
        query = sorted(parse_qsl(request.query_string.decode(), keep_blank_values=True))
        resource = request.path.removeprefix(f"/{self.name}")
        if query:
            resource += "?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in query)
        lines = (
            request.method,
            md5,
            "application/json" if body else "",
            date,
            "\n".join(f"{name}:{value}" for name, value in signed),
            resource,
        )
        return "\n".join(lines)

    def _check_limit(self, request: Request) -> None:
        last = request.path.rstrip("/").rsplit("/", 1)[-1]
        name = f"{request.method} {last}"
        name = name if name in LIMITS else last if last in LIMITS else "one"
        hits, now = self.hits[name], self.now()
        while hits and (now - hits[0]).total_seconds() >= 1:
            hits.popleft()
        if self.setting("limits") and len(hits) >= LIMITS[name]:
            headers = {
                "X-RateLimit-Limit": str(LIMITS[name]),
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(int(now.timestamp()) + 1),
                "Retry-After": "1",
            }
            raise ApiError(429, "429", "You have exceeded the API call rate limit.", headers)
        hits.append(now)

    def refuse(self, error: ApiError) -> Answer:
        """Return AfterShip's envelope of an error."""
        code = int(error.code) if error.code.isdigit() else error.status
        kind = "TooManyRequests" if error.status == 429 else TYPES.get(error.status, "BadRequest")
        data = getattr(error, "data", {})
        body = {"meta": {"code": code, "type": kind, "message": error.message}, "data": data}
        return json_answer(body, error.status, error.headers)

    # === API === #

    @route("api", "GET", f"{API}/couriers")
    def couriers(self, request: Request):
        """List some couriers."""
        slugs = ("yunexpress", "yanwen", "4px", "dhl", "ups", "usps", "royal-mail")
        data = {"total": len(slugs), "couriers": [{"slug": slug} for slug in slugs]}
        return _good(data)

    @route("api", "POST", f"{API}/trackings")
    def create(self, request: Request):
        """Watch a number; watched already is error 4003."""
        body = request.get_json(force=True, silent=True)
        if not isinstance(body, dict):
            raise ApiError(400, "4001", "Invalid JSON data.")
        number = body.get("tracking_number")
        if not number:
            raise ApiError(400, "4007", "`tracking_number` is required.")
        if not isinstance(number, str) or not 4 <= len(number) <= 100:
            raise ApiError(400, "4005", "`tracking_number` is invalid.")
        slug = body.get("slug") or self._detect(number)
        if not slug:
            raise ApiError(400, "4012", "Cannot detect courier.")
        now = self.now().isoformat(timespec="seconds")
        value = {
            **body,
            "id": uuid.uuid4().hex,
            "slug": slug,
            "active": True,
            "tag": "Pending",
            "subtag": "Pending_001",
            "subtag_message": "Pending",
            "checkpoints": [],
            "created_at": now,
            "updated_at": now,
        }
        with self.store.transaction() as db:
            row = db.execute(
                "INSERT INTO aftership_tracking (id, number, slug, value, created_at)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (number, slug)"
                " DO UPDATE SET requests = requests + 1 RETURNING id, requests",
                (value["id"], number, slug, json.dumps(value), now),
            ).fetchone()
        if row["requests"] > 1:
            error = ApiError(400, "4003", "Tracking already exists.")
            error.data = {"id": row["id"], "tracking_number": number, "slug": slug}
            raise error
        return json_answer({"meta": {"code": 201}, "data": value}, 201)

    def _detect(self, number: str) -> str:
        return "yunexpress" if number.startswith("YT") else ""

    @route("api", "GET", f"{API}/trackings")
    def list_trackings(self, request: Request):
        """List trackings by number, with a cursor."""
        numbers = [n for n in request.args.get("tracking_numbers", "").split(",") if n]
        if len(numbers) > 50:
            raise ApiError(400, "4008", "`tracking_numbers` takes 50 at most.")
        limit = min(request.args.get("limit", 100, type=int), 200)
        offset = int(request.args.get("cursor") or 0)
        marks = ",".join("?" * len(numbers))
        where = f"WHERE number IN ({marks})" if numbers else ""
        sql = f"SELECT value FROM aftership_tracking {where} ORDER BY rowid LIMIT ? OFFSET ?"
        rows = self.store.rows(sql, (*numbers, limit + 1, offset))
        more = len(rows) > limit
        data = {
            "pagination": {
                "total": len(rows),
                "has_next_page": more,
                "next_cursor": str(offset + limit) if more else "",
            },
            "trackings": [json.loads(row["value"]) for row in rows[:limit]],
        }
        return _good(data)

    @route("api", "GET", f"{API}/trackings/<id>")
    def get_tracking(self, request: Request, id: str):
        """Return one tracking."""
        row = self.store.row("SELECT value FROM aftership_tracking WHERE id = ?", (id,))
        if not row:
            raise ApiError(404, "4004", "Tracking does not exist.")
        return _good(json.loads(row["value"]))

    # === FOR TESTS === #

    def trackings(self) -> list[dict]:
        """Return every tracking, and how often it was asked for."""
        rows = self.store.rows("SELECT * FROM aftership_tracking ORDER BY rowid")
        return [{**json.loads(row["value"]), "requests": row["requests"]} for row in rows]

    watched = trackings

    def travel(self, tracking: dict, scans: list[tuple], start: datetime) -> None:
        """Give a tracking its checkpoints."""
        tracking["checkpoints"] = [_checkpoint(at, step) for at, step in scans]
        self._save(tracking)

    def push(self, number: str, tag: str, subtag: str, text: str, at: datetime, **more) -> dict:
        """Add one checkpoint, whatever its words; return the tracking."""
        for tracking in self.trackings():
            if tracking["tracking_number"] == number:
                tracking.pop("requests")
                point = {
                    "checkpoint_time": at.isoformat(),
                    "tag": tag,
                    "subtag": subtag,
                    "message": text,
                    **more,
                }
                tracking["checkpoints"].append(point)
                self._save(tracking)
                return tracking
        raise ApiError(404, "4004", "Tracking does not exist.")

    def _save(self, tracking: dict) -> None:
        last = max(tracking["checkpoints"], key=lambda point: point["checkpoint_time"])
        tracking["tag"], tracking["subtag"] = last["tag"], last["subtag"]
        tracking["subtag_message"] = last["message"]
        tracking["updated_at"] = self.now().isoformat(timespec="seconds")
        with self.store.transaction() as db:
            db.execute(
                "UPDATE aftership_tracking SET value = ? WHERE id = ?",
                (json.dumps(tracking), tracking["id"]),
            )

    # === WEBHOOKS === #

    def delivery(self, tracking: dict, secret: str = "", event_id: str = "") -> Delivery:
        """Return the webhook about a tracking, signed as AfterShip does."""
        event_id = event_id or str(uuid.uuid4())
        message = {
            "ts": int(self.now().timestamp()),
            "event": "tracking_update",
            "event_id": event_id,
            "is_tracking_first_tag": False,
            "msg": tracking,
        }
        body = json.dumps(message, separators=(",", ":")).encode()
        key = (secret or self.credential("webhook_secret")).encode()
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {"Content-Type": "application/json", "aftership-hmac-sha256": signature}
        return Delivery("first", event_id, lambda: (headers, body))

    # === PAGES === #

    def summary(self):
        """Return how many numbers are watched."""
        row = self.store.row("SELECT count(*) AS n FROM aftership_tracking")
        return [("trackings", row["n"])]

    @route("page", "GET", "/")
    def overview(self, request: Request):
        """Show the numbers that are watched."""
        row = (
            '<tr data-number="{}"><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td>'
            "<td>{}</td></tr>"
        )
        rows = (
            Markup(row).format(
                t["tracking_number"],
                t["tracking_number"],
                t["slug"],
                t["subtag"],
                len(t["checkpoints"]),
                t.get("order_id", ""),
            )
            for t in self.trackings()[-200:]
        )
        heads = ("Number", "Courier", "Sub-tag", "Checkpoints", "Order")
        return page(self.title, table(heads, rows, "No number is watched yet."), ())


def _good(data):
    return {"meta": {"code": 200}, "data": data}


def _checkpoint(at: datetime, step) -> dict:
    tag, subtag = CODES[step.what]
    city, country = step.place
    return {
        "checkpoint_time": at.astimezone(UTC).isoformat(timespec="seconds"),
        "tag": tag,
        "subtag": subtag,
        "subtag_message": step.text,
        "message": step.text,
        "city": city,
        "country_region": COUNTRIES[country],
        "country_region_name": {"CN": "China", "BE": "Belgium", "DE": "Germany"}[country],
        "location": f"{city}, {country}",
    }
