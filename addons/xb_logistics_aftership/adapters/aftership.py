"""AfterShip behind the suite's contract for tracking services."""

from datetime import UTC, datetime, timedelta

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
from ..client.api import AfterShipClient, read_error


class AfterShipAdapter(TrackingAdapter):
    """Tracking API 2026-07. Uniqueness there is the number with its courier."""

    vendor = const.VENDOR
    system = const.SYSTEM
    poll_batch = const.BATCH
    needs_carrier = False
    replay_window = timedelta(hours=const.REPLAY_HOURS)
    read_error = staticmethod(read_error)

    def ping(self):
        """Override of `xb_base`: return how many couriers the account has switched on."""
        body = self._get_client().list_couriers()
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise MalformedAnswer(f"{self.vendor}: the list of couriers cannot be read")
        return f"AfterShip, {data.get('total', 0)} couriers"

    def register(self, value):
        """Override of `xb_logistics`: POST /trackings; "exists already" is success.

        After a time-out nobody knows whether the first request arrived: the second one is told
        that the tracking exists, which is all that was wanted.
        """
        client = self._get_client()
        try:
            return normalize.created_id(client.create_tracking(normalize.create_payload(value)))
        except VendorRejected as error:
            if error.code != const.EXISTS:
                raise
        # What a 4003 says of the tracking is not promised, so it is looked up when first polled.
        return ""

    def poll(self, parcels):
        """Override of `xb_logistics`: one GET for up to 50 numbers, all its pages."""
        client, wanted = self._get_client(), {parcel.number for parcel in parcels}
        updates, cursor = [], ""
        while True:
            body = client.list_trackings(sorted(wanted), cursor=cursor)
            try:
                page, following = normalize.trackings(body)
            except normalize.Unreadable as error:
                raise MalformedAnswer(f"{self.vendor}: {error}") from None
            updates += [update for update in page if update.number in wanted]
            if not following or following == cursor:
                return updates
            cursor = following

    def read_webhook(self, body):
        """Override of `xb_logistics`."""
        update = normalize.tracking(normalize.webhook(body)["msg"])
        if not update:
            raise normalize.Unreadable("“msg” names no tracking number.")
        return [update]

    def verify_webhook(self, body, headers, now):
        """Override of `xb_base`: the signature of the raw body first, then the age it tells."""
        given = next(
            (v for name in const.WEBHOOK_SIGNATURE_HEADERS if (v := headers.get(name))), None
        )
        secrets = [
            self.credentials.get(name) for name in ("webhook_secret", "webhook_secret_previous")
        ]
        if not signature.is_genuine(secrets, given, body):
            raise InvalidSignature("the signature is missing or wrong")
        try:
            message = normalize.webhook(body)
            sent_at = datetime.fromtimestamp(int(message.get("ts")), UTC)
        except (ValueError, TypeError, OverflowError, OSError) as error:
            raise InvalidSignature(f"the message does not say when it was sent: {error}") from None
        if abs(now - sent_at) > self.replay_window:
            raise StaleMessage(f"sent at {sent_at.isoformat()}")
        return WebhookEvent(
            str(message.get("event_id") or ""), str(message.get("event") or ""), sent_at
        )

    def _get_client(self):
        """Return the client.

        :raise NeedsReauthorization: No API key was entered.
        """
        api_key = self.credentials.get("api_key")
        if not api_key:
            raise NeedsReauthorization(f"{self.vendor}: no API key is set")
        return AfterShipClient(self.transport, api_key, self.credentials.get("api_secret"))
