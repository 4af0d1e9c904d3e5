"""Shippo behind the suite's contract for tracking services."""

import hashlib
from datetime import UTC, timedelta

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    NeedsReauthorization,
    RetryableVendorError,
    StaleMessage,
    VendorRejected,
)
from odoo.addons.xb_logistics.adapters.labels import LabelAdapter
from odoo.addons.xb_logistics.adapters.tracking import TrackingAdapter
from odoo.addons.xb_logistics.const import LABEL_KIND, VOID_KIND

from .. import const
from ..client import normalize, signature
from ..client.api import ShippoClient, read_error


class ShippoAdapter(TrackingAdapter, LabelAdapter):
    """Tracking of the carriers that Shippo knows by a token, and labels of the account's."""

    vendor = const.VENDOR
    system = const.SYSTEM
    poll_batch = 1
    needs_carrier = True
    replay_window = timedelta(seconds=const.REPLAY_SECONDS)
    outbox_kinds = TrackingAdapter.outbox_kinds | LabelAdapter.label_kinds
    read_error = staticmethod(read_error)

    def ping(self):
        """Override of `xb_base`: return how many carriers the account has."""
        body = self._get_client().list_carrier_accounts()
        if not isinstance(body, dict) or "results" not in body:
            raise MalformedAnswer(f"{self.vendor}: the list of carriers cannot be read")
        count = body.get("count") or len(body["results"])
        return f"Shippo, {count} carrier accounts"

    # === TRACKING === #

    def register(self, value):
        """Override of `xb_logistics`: POST /tracks, which may be repeated."""
        metadata = (value.get("order") or "")[: const.METADATA_LENGTH]
        self._get_client().create_track(value["carrier"], value["number"], metadata)
        return ""

    def poll(self, parcels):
        """Override of `xb_logistics`: one GET for each; one that is not known is left out."""
        client, updates = self._get_client(), []
        for parcel in parcels:
            if not parcel.carrier:
                continue
            try:
                update = normalize.track(client.get_track(parcel.carrier, parcel.number))
            except VendorRejected as error:
                if error.status not in (400, 404):
                    raise
                continue
            updates += [update] if update else []
        return updates

    def read_webhook(self, body):
        """Override of `xb_logistics`: news of parcels; what is about labels says nothing new."""
        message = normalize.webhook(body)
        if message["event"] != "track_updated":
            return []
        update = normalize.track(message.get("data"))
        if not update:
            raise normalize.Unreadable("“data” names no tracking number.")
        return [update]

    # === LABELS === #

    def get_rates(self, shipment):
        """Override of `xb_logistics`: a shipment without rates is HTTP 201, with a message."""
        client, declaration = self._get_client(), ""
        try:
            if shipment.get("customs"):
                payload = normalize.declaration_payload(shipment["customs"])
                declaration = normalize.object_id(client.create_declaration(payload))
            body = client.create_shipment(normalize.shipment_payload(shipment, declaration))
            normalize.object_id(body)
        except normalize.Unreadable as error:
            raise MalformedAnswer(f"{self.vendor}: {error}") from None
        if found := normalize.rates(body):
            return found
        raise VendorRejected("no_rates", normalize.messages(body) or "No carrier offers a rate.")

    def send(self, kind, key, value, idempotency_key):
        """Override of `xb_logistics`: buy a label or give it back."""
        if kind == LABEL_KIND:
            return self._buy(value)
        if kind == VOID_KIND:
            return self._void(value)
        return super().send(kind, key, value, idempotency_key)

    def _buy(self, value):
        """Buy a label once, however often this is called with the same value.

        Shippo knows no idempotency: buying a rate twice buys two labels. A rate is bought once
        only, so whatever was bought from it is ours; that is asked before each purchase.
        """
        client = self._get_client()
        bought = normalize.results(client.list_transactions(value["rate"]))
        mine = [t for t in bought if t.get("metadata") == value["reference"]]
        transaction = next((t for t in mine if t.get("status") != "ERROR"), None)
        if transaction is None:
            payload = {
                "rate": value["rate"],
                "label_file_type": value.get("file") or "PDF_4x6",
                "metadata": value["reference"],
                "async": False,
            }
            transaction = client.create_transaction(payload)
        return {**self._judge_label(transaction), "carrier": value.get("carrier") or ""}

    def _judge_label(self, transaction):
        """Return what a label that was bought is; HTTP 201 says nothing about that.

        :raise VendorRejected: The carrier refused it.
        :raise RetryableVendorError: It is not decided yet.
        """
        status = transaction.get("status") if isinstance(transaction, dict) else None
        if status == "ERROR":
            raise VendorRejected("label_refused", normalize.messages(transaction) or "Refused.")
        if status in ("WAITING", "QUEUED"):
            raise RetryableVendorError("The label is not ready yet.", retry_after=5)
        number = transaction.get("tracking_number") if isinstance(transaction, dict) else None
        if status != "SUCCESS" or not number:
            raise MalformedAnswer(f"{self.vendor}: the label has no number (status {status})")
        return {
            "label": transaction["object_id"],
            "number": number,
            "url": transaction.get("label_url") or "",
            "link": transaction.get("tracking_url_provider") or "",
            "system": self.system,
        }

    def _void(self, value):
        """Give a label back; given back already is success."""
        body = self._get_client().create_refund(value["label"])
        status = body.get("status") if isinstance(body, dict) else None
        if status == "ERROR":
            raise VendorRejected("not_refunded", normalize.messages(body) or "Not refunded.")
        return {"status": status or ""}

    # === WEBHOOKS === #

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: check signature first, then age.

        Shippo signs only for accounts that have asked for it. For the others the secret part of
        the address is all there is; a connection has to allow that, and their messages are hints
        to ask, never facts.
        """
        given = next((v for name in const.SIGNATURE_HEADERS if (v := headers.get(name))), None)
        secrets = [
            self.credentials.get(name) for name in ("webhook_secret", "webhook_secret_previous")
        ]
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        if not given and self.settings.get("unsigned"):
            return WebhookEvent(digest, "hint", now)
        if not signature.is_genuine(secrets, given, body):
            raise InvalidSignature("the signature is missing or wrong")
        try:
            sent_at = signature.moment(given)
            topic = normalize.webhook(body)["event"]
        except ValueError as error:
            raise InvalidSignature(str(error)) from None
        if abs(now.astimezone(UTC) - sent_at) > self.replay_window:
            raise StaleMessage(f"signed at {sent_at.isoformat()}")
        # Shippo numbers no events: the same bytes are the same event.
        return WebhookEvent(digest, topic, sent_at)

    def add_webhook(self, url, is_test):
        """Have news sent to an address, unless they are already.

        :return: Whether it was new.
        :rtype: bool
        """
        client = self._get_client()
        known = normalize.results(client.list_webhooks())
        if any(row.get("url") == url and row.get("event") == "track_updated" for row in known):
            return False
        client.create_webhook(url, is_test)
        return True

    def _get_client(self):
        """Return the client.

        :raise NeedsReauthorization: No token was entered.
        """
        token = self.credentials.get("api_key")
        if not token:
            raise NeedsReauthorization(f"{self.vendor}: no API token is set")
        return ShippoClient(self.transport, token)
