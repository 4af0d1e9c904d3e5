"""What the own shop knows: orders, the shipments it was told of, and the answers it gave."""

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal

SCHEMA = """
CREATE TABLE IF NOT EXISTS rest_shop_order (
    ref TEXT PRIMARY KEY, value TEXT, updated_at TEXT NOT NULL, made_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS rest_shop_order_updated
    ON rest_shop_order (updated_at, ref) WHERE value IS NOT NULL;
CREATE TABLE IF NOT EXISTS rest_shop_shipment (
    order_ref TEXT NOT NULL REFERENCES rest_shop_order, ref TEXT NOT NULL, value TEXT NOT NULL,
    tracking TEXT NOT NULL, carrier TEXT NOT NULL, revision INTEGER NOT NULL,
    first_at TEXT NOT NULL, last_at TEXT NOT NULL, requests INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (order_ref, ref)
);
CREATE TABLE IF NOT EXISTS rest_shop_revision (
    order_ref TEXT NOT NULL, ref TEXT NOT NULL, revision INTEGER NOT NULL, value TEXT NOT NULL,
    idempotency_key TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (order_ref, ref, revision)
);
CREATE TABLE IF NOT EXISTS rest_shop_price (
    sku TEXT PRIMARY KEY, price TEXT NOT NULL, currency TEXT NOT NULL, at TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS rest_shop_stock (
    sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL, at TEXT NOT NULL,
    requests INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS rest_shop_answer (
    idempotency_key TEXT PRIMARY KEY, digest TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rest_shop_refusal (
    id INTEGER PRIMARY KEY, order_ref TEXT NOT NULL, ref TEXT NOT NULL, code TEXT NOT NULL,
    message TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL
);
"""


def stamp(moment: datetime) -> str:
    """Return a moment as text that sorts by time.

    >>> stamp(datetime.fromisoformat("2026-01-31T01:00:00+01:00"))
    '2026-01-31T00:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value) -> str:
    """Return a JSON value as text that is the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def order_value(row: sqlite3.Row, shipments: list[sqlite3.Row]) -> dict:
    """Return an order as the shop tells it now: with its shipments, and the status they make."""
    value = json.loads(row["value"]) | {"updated_at": row["updated_at"]}
    if not shipments:
        return value
    value["shipments"] = []
    for shipment in shipments:
        told = json.loads(shipment["value"])
        names = ("carrier", "tracking", "shipped_at", "lines")
        kept = {name: told[name] for name in names if told.get(name)}
        value["shipments"].append({"ref": shipment["ref"], **kept})
    if value["status"] in ("pending", "paid", "partially_shipped"):
        value["status"] = _status(value)
    return value


def _status(value: dict) -> str:
    """A shipment without lines is the whole order; others are added up line by line."""
    if any("lines" not in shipment for shipment in value["shipments"]):
        return "shipped"
    left = {line["ref"]: Decimal(line["qty"]) for line in value["lines"]}
    for shipment in value["shipments"]:
        for line in shipment["lines"]:
            left[line["ref"]] = left.get(line["ref"], Decimal()) - Decimal(line["qty"])
    return "partially_shipped" if any(qty > 0 for qty in left.values()) else "shipped"


def put_shipment(db: sqlite3.Connection, order_ref, ref, value: dict, key, at: str) -> dict:
    """Write a shipment; a new revision only when it differs from the one before.

    :return: ``{"shipment", "tracking", "revision"}`` and, under "created", whether it is new
    """
    text = canonical(value)
    known = db.execute(
        "SELECT * FROM rest_shop_shipment WHERE order_ref = ? AND ref = ?", (order_ref, ref)
    ).fetchone()
    revision = known["revision"] if known else 0
    if not known or known["value"] != text:
        revision += 1
        db.execute(
            "INSERT INTO rest_shop_revision VALUES (?, ?, ?, ?, ?, ?)",
            (order_ref, ref, revision, text, key, at),
        )
        db.execute("UPDATE rest_shop_order SET updated_at = ? WHERE ref = ?", (at, order_ref))
    db.execute(
        "INSERT INTO rest_shop_shipment"
        " (order_ref, ref, value, tracking, carrier, revision, first_at, last_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_ref, ref) DO UPDATE SET"
        " value = excluded.value, tracking = excluded.tracking, carrier = excluded.carrier,"
        " revision = excluded.revision, last_at = excluded.last_at, requests = requests + 1",
        (order_ref, ref, text, value["tracking"], value["carrier"], revision, at, at),
    )
    return {
        "shipment": ref,
        "tracking": value["tracking"],
        "revision": revision,
        "created": known is None,
    }


def shipment_facts(store, order_ref: str | None = None) -> list[dict]:
    """Return every shipment with its revisions, oldest first, as tests and pages read them."""
    where, values = ("WHERE order_ref = ?", (order_ref,)) if order_ref else ("", ())
    revisions: dict[tuple, list] = {}
    for row in store.rows(f"SELECT * FROM rest_shop_revision {where} ORDER BY revision", values):
        told = json.loads(row["value"])
        revisions.setdefault((row["order_ref"], row["ref"]), []).append(
            {
                "revision": row["revision"],
                "tracking": told["tracking"],
                "carrier": told["carrier"],
                "idempotency_key": row["idempotency_key"],
                "at": row["at"],
            }
        )
    query = f"SELECT * FROM rest_shop_shipment {where} ORDER BY first_at, order_ref, ref"
    return [
        {
            "order": row["order_ref"],
            "shipment": row["ref"],
            **json.loads(row["value"]),
            "revision": row["revision"],
            "requests": row["requests"],
            "first_received_at": row["first_at"],
            "received_at": row["last_at"],
            "revisions": revisions.get((row["order_ref"], row["ref"]), []),
        }
        for row in store.rows(query, values)
    ]
