"""What every simulated payment provider keeps: payments, refunds, disputes, proofs, notices.

A vendor adds its API and its words; whoever pays, declines or disputes does it here, so that all
of them can be paid, declined, abandoned and paid twice on.
"""

import json
import threading
import time
import uuid
from decimal import Decimal

import requests

from ...routing import ApiError
from ..base import Context, Vendor
from .page import HostedPages

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    vendor TEXT NOT NULL, id TEXT NOT NULL, ref TEXT NOT NULL, amount TEXT NOT NULL,
    currency TEXT NOT NULL, status TEXT NOT NULL, authorize INTEGER NOT NULL DEFAULT 0,
    refunded TEXT NOT NULL DEFAULT '0', charges INTEGER NOT NULL DEFAULT 0,
    return_url TEXT NOT NULL DEFAULT '', cancel_url TEXT NOT NULL DEFAULT '',
    notify_url TEXT NOT NULL DEFAULT '', expires REAL, created REAL NOT NULL, paid REAL,
    extra TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (vendor, id), UNIQUE (vendor, ref)
);
CREATE TABLE IF NOT EXISTS payment_change (
    vendor TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL,
    payment TEXT NOT NULL, amount TEXT NOT NULL, status TEXT NOT NULL, created REAL NOT NULL,
    notify_url TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (vendor, id), UNIQUE (vendor, kind, ref)
);
CREATE TABLE IF NOT EXISTS payment_dispute (
    vendor TEXT NOT NULL, id TEXT NOT NULL, payment TEXT NOT NULL, reason TEXT NOT NULL,
    amount TEXT NOT NULL, status TEXT NOT NULL, deadline REAL, created REAL NOT NULL,
    evidence TEXT NOT NULL DEFAULT '', PRIMARY KEY (vendor, id)
);
CREATE TABLE IF NOT EXISTS payment_proof (
    vendor TEXT NOT NULL, payment TEXT NOT NULL, number TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (vendor, payment, number)
);
CREATE TABLE IF NOT EXISTS payment_notice (
    vendor TEXT NOT NULL, id INTEGER NOT NULL, payment TEXT NOT NULL, target TEXT NOT NULL,
    headers TEXT NOT NULL, body BLOB NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL,
    PRIMARY KEY (vendor, id)
);
"""

#: Begins the numbers of refunds that were made on the provider's own site.
CONSOLE = "CONSOLE-"
#: Seconds between the tries of one notice; short, for nobody waits three hours for a test.
RETRIES = (0.5, 1, 2, 4, 8)


class Payments(HostedPages, Vendor):
    """A payment provider. Subclasses say what a notice looks like in :meth:`notice`."""

    schema = SCHEMA
    #: currency -> decimals, where they are not 2
    decimals = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3}

    def __init__(self, context: Context):
        super().__init__(context)
        self._own = threading.RLock()

    # === HOOKS === #

    def notice(self, event: str, payment: dict, change: dict | None = None):
        """Return ``(headers, body)`` of what the merchant is told, None for nothing.

        :param event: ``payment``, ``refund``, ``capture``, ``void`` or ``dispute``
        """
        return None

    def acknowledged(self, response) -> bool:
        """Tell whether an answer says that the notice has arrived."""
        return 200 <= response.status_code < 300

    def notice_target(self, payment: dict, change: dict | None) -> str:
        """Return where a notice about this goes."""
        return (change or {}).get("notify_url") or payment["notify_url"]

    # === BOOKS === #

    def text(self, amount, currency: str) -> str:
        """Return an amount with the decimals of its currency."""
        step = Decimal(1).scaleb(-self.decimals.get(currency, 2))
        return format(Decimal(amount).quantize(step), "f")

    def payment(self, id: str) -> dict | None:
        """Return a payment by the vendor's number."""
        return self._payment("id", id)

    def payment_by_ref(self, ref: str) -> dict | None:
        """Return a payment by the merchant's number."""
        return self._payment("ref", ref)

    def _payment(self, column: str, value: str) -> dict | None:
        row = self.store.row(
            f"SELECT * FROM payment WHERE vendor = ? AND {column} = ?", (self.name, value)
        )
        if not row:
            return None
        found = dict(row)
        found["extra"] = json.loads(found["extra"])
        expired = found["expires"] and found["expires"] < self.now().timestamp()
        if found["status"] in ("open", "declined") and expired:
            found["status"] = "closed"
        return found

    def payments(self) -> list[dict]:
        """Return all payments: the provider's truth, for tests to compare with."""
        rows = self.store.rows(
            "SELECT id FROM payment WHERE vendor = ? ORDER BY created", (self.name,)
        )
        return [self.payment(row["id"]) for row in rows]

    def open_payment(self, **values) -> dict:
        """Enter a payment; one that is there already stays as it is, another amount or not."""
        known = self.payment_by_ref(values["ref"])
        if known:
            return known
        values = {"id": self.new_id(), "status": "open", "created": self._time(), **values}
        values["extra"] = json.dumps(values.get("extra") or {})
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        with self.store.transaction() as db:
            db.execute(
                f"INSERT INTO payment (vendor, {names}) VALUES (?, {marks})"
                " ON CONFLICT DO NOTHING",
                (self.name, *values.values()),
            )
        return self.payment_by_ref(values["ref"])

    def new_id(self) -> str:
        """Return a number of the vendor's own."""
        return f"{self.now():%Y%m%d}{self.store.next_number(self.name, 'payment'):010d}"

    def update(self, id: str, **values) -> None:
        """Change a payment."""
        if "extra" in values:
            values["extra"] = json.dumps(values["extra"])
        sets = ", ".join(f"{name} = ?" for name in values)
        with self.store.transaction() as db:
            db.execute(
                f"UPDATE payment SET {sets} WHERE vendor = ? AND id = ?",
                (*values.values(), self.name, id),
            )

    # === WHAT BUYERS DO === #

    def pay(self, id: str, tell: bool = True) -> dict:
        """The buyer pays. Paying twice charges once."""
        with self._own:
            payment = self._existing(id)
            if payment["status"] in ("paid", "authorized"):
                return payment
            if payment["status"] not in ("open", "declined"):
                raise ApiError(409, "closed", "This payment can no longer be made.")
            status = "authorized" if payment["authorize"] else "paid"
            self.update(
                id, status=status, paid=self._time(), charges=payment["charges"] + 1
            )
        if tell:
            self.tell("payment", id)
        return self.payment(id)

    def decline(self, id: str, tell: bool = True) -> dict:
        """The bank says no. The buyer may try again on the same page."""
        if self._existing(id)["status"] == "open":
            self.update(id, status="declined")
        if tell:
            self.tell("payment", id)
        return self.payment(id)

    def expire(self, id: str) -> dict:
        """Let the payment's time be over."""
        self.update(id, expires=self._time() - 1)
        return self.payment(id)

    def alter(self, id: str, amount: str) -> None:
        """Have the provider charge another amount than was asked for: it happens."""
        self.update(id, amount=amount)

    # === REFUND, CAPTURE, VOID === #

    def change(self, kind: str, ref: str) -> dict | None:
        """Return a refund, capture or void by the merchant's number."""
        row = self.store.row(
            "SELECT * FROM payment_change WHERE vendor = ? AND kind = ? AND ref = ?",
            (self.name, kind, ref),
        )
        return dict(row) if row else None

    def changes(self, kind: str = "refund") -> list[dict]:
        """Return all refunds (captures, voids)."""
        rows = self.store.rows(
            "SELECT * FROM payment_change WHERE vendor = ? AND kind = ? ORDER BY created",
            (self.name, kind),
        )
        return [dict(row) for row in rows]

    def make_change(self, kind, ref, payment, amount, notify_url="", tell=True) -> dict:
        """Refund, capture or void; each number once.

        :raise ApiError: 409 ``over`` when it exceeds what is there
        """
        amount = Decimal(amount)
        with self._own, self.store.transaction() as db:
            row = db.execute(
                "SELECT * FROM payment WHERE vendor = ? AND id = ?", (self.name, payment["id"])
            ).fetchone()
            refunded = Decimal(row["refunded"])
            if kind == "refund":
                if row["status"] != "paid":
                    raise ApiError(409, "not_paid", "Not paid.")
                if refunded + amount > Decimal(row["amount"]):
                    raise ApiError(409, "over", "More than was paid.")
                db.execute(
                    "UPDATE payment SET refunded = ? WHERE vendor = ? AND id = ?",
                    (str(refunded + amount), self.name, row["id"]),
                )
            else:
                if row["status"] != "authorized":
                    raise ApiError(409, "not_authorized", "Not authorized.")
                status = "paid" if kind == "capture" else "voided"
                db.execute(
                    "UPDATE payment SET status = ? WHERE vendor = ? AND id = ?",
                    (status, self.name, row["id"]),
                )
            db.execute(
                "INSERT INTO payment_change (vendor, id, kind, ref, payment, amount, status,"
                " created, notify_url) VALUES (?, ?, ?, ?, ?, ?, 'done', ?, ?)",
                (self.name, uuid.uuid4().hex[:17].upper(), kind, ref, row["id"], str(amount),
                 self._time(), notify_url),
            )
        if tell:
            self.tell(kind, payment["id"], self.change(kind, ref))
        return self.change(kind, ref)

    def refund_by_hand(self, id: str, amount: str, tell: bool = True) -> dict:
        """Somebody refunds on the provider's own site, under a number of the provider's."""
        number = f"{CONSOLE}{self.store.next_number(self.name, 'console')}"
        return self.make_change("refund", number, self._existing(id), amount, tell=tell)

    # === DISPUTES AND PROOFS === #

    def open_dispute(self, payment_id: str, reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
                     days: float = 10) -> dict:
        """The buyer disputes a payment."""
        payment = self._existing(payment_id)
        number = self.store.next_number(self.name, "dispute")
        dispute = {
            "id": f"{self.name[:2].upper()}-D-{number}", "payment": payment_id, "reason": reason,
            "amount": payment["amount"], "status": "open",
            "deadline": self._time() + days * 86400, "created": self._time(),
        }
        names = ", ".join(dispute)
        with self.store.transaction() as db:
            db.execute(
                f"INSERT INTO payment_dispute (vendor, {names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (self.name, *dispute.values()),
            )
        self.tell("dispute", payment_id, self.dispute(dispute["id"]))
        return self.dispute(dispute["id"])

    def dispute(self, id: str) -> dict | None:
        """Return a dispute."""
        row = self.store.row(
            "SELECT * FROM payment_dispute WHERE vendor = ? AND id = ?", (self.name, id)
        )
        return dict(row) if row else None

    def disputes(self) -> list[dict]:
        """Return all disputes."""
        rows = self.store.rows(
            "SELECT * FROM payment_dispute WHERE vendor = ? ORDER BY created", (self.name,)
        )
        return [dict(row) for row in rows]

    def update_dispute(self, id: str, tell: bool = True, **values) -> dict:
        """Change a dispute: its status, our evidence."""
        sets = ", ".join(f"{name} = ?" for name in values)
        with self.store.transaction() as db:
            db.execute(
                f"UPDATE payment_dispute SET {sets} WHERE vendor = ? AND id = ?",
                (*values.values(), self.name, id),
            )
        found = self.dispute(id)
        if tell:
            self.tell("dispute", found["payment"], found)
        return found

    def keep_proof(self, payment_id: str, number: str, body: dict) -> None:
        """Remember a proof of shipment; the same number again replaces it."""
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO payment_proof VALUES (?, ?, ?, ?)"
                " ON CONFLICT (vendor, payment, number) DO UPDATE SET body = excluded.body",
                (self.name, payment_id, number, json.dumps(body)),
            )

    def proofs(self) -> list[dict]:
        """Return all proofs of shipment."""
        rows = self.store.rows("SELECT * FROM payment_proof WHERE vendor = ?", (self.name,))
        return [{**dict(row), "body": json.loads(row["body"])} for row in rows]

    # === NOTICES === #

    def tell(self, event: str, payment_id: str, change: dict | None = None) -> None:
        """Tell the merchant, now and again until it says yes; or keep it, when that was asked."""
        payment = self.payment(payment_id)
        target = self.notice_target(payment, change)
        made = self.notice(event, payment, change)
        if not made:
            return
        headers, body = made
        number = self.store.next_number(self.name, "notice")
        kept = self.store.get_setting(self.name, "notices", "send") != "send" or not target
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO payment_notice VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                (self.name, number, payment_id, target, json.dumps(headers), body,
                 "kept" if kept else "waiting"),
            )
        if not kept:
            threading.Thread(target=self._send, args=(number,), daemon=True).start()

    def keep_notices(self, keep: bool = True) -> None:
        """Keep notices for :meth:`notices` in place of sending them."""
        self.store.set_setting(self.name, "notices", "keep" if keep else "send")

    def notices(self) -> list[tuple[dict, bytes]]:
        """Return kept notices, oldest first, each once: ``(headers, body)``."""
        with self.store.transaction() as db:
            rows = db.execute(
                "SELECT * FROM payment_notice WHERE vendor = ? AND state = 'kept' ORDER BY id",
                (self.name,),
            ).fetchall()
            db.execute(
                "UPDATE payment_notice SET state = 'taken' WHERE vendor = ? AND state = 'kept'",
                (self.name,),
            )
        return [(json.loads(row["headers"]), row["body"]) for row in rows]

    def _send(self, number: int) -> None:
        for wait in (0, *RETRIES):
            time.sleep(wait)
            row = self.store.row(
                "SELECT * FROM payment_notice WHERE vendor = ? AND id = ?", (self.name, number)
            )
            try:
                response = requests.post(
                    row["target"], data=row["body"], headers=json.loads(row["headers"]),
                    timeout=10, allow_redirects=False,
                )
                arrived = self.acknowledged(response)
            except requests.RequestException:
                arrived = False
            with self.store.transaction() as db:
                db.execute(
                    "UPDATE payment_notice SET tries = tries + 1, state = ?"
                    " WHERE vendor = ? AND id = ?",
                    ("arrived" if arrived else "waiting", self.name, number),
                )
            if arrived:
                return

    # === HELP === #

    def summary(self):
        """Count what is in the books."""
        rows = self.store.row(
            "SELECT COUNT(*) AS n, SUM(status = 'paid') AS paid FROM payment WHERE vendor = ?",
            (self.name,),
        )
        return [("payments", rows["n"]), ("paid", rows["paid"] or 0)]

    def _existing(self, id: str) -> dict:
        payment = self.payment(id)
        if not payment:
            raise ApiError(404, "unknown", "There is no such payment.")
        return payment

    def _time(self) -> float:
        return self.now().timestamp()
