"""Shippo behind the suite's contract for tracking services."""

import hashlib
from datetime import UTC, timedelta

from odoo.addons.xb_base.adapters.base import WebhookEvent
from odoo.addons.xb_base.exceptions import (
    InvalidSignature,
    MalformedAnswer,
    NeedsReauthorization,
    StaleMessage,
    VendorRejected,
)
from odoo.addons.xb_logistics.adapters.tracking import TrackingAdapter

from .. import const
from ..client import normalize, signature
from ..client.api import ShippoClient, read_error


class ShippoAdapter(TrackingAdapter):
    """Tracking of the carriers that Shippo knows by a token."""

    vendor = const.VENDOR
    system = const.SYSTEM
    poll_batch = 1
    needs_carrier = True
    replay_window = timedelta(seconds=const.REPLAY_SECONDS)
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
