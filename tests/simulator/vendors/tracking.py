"""What tracking services have in common here: parcels travel, and webhooks tell of it."""

import random
from datetime import datetime, timedelta
from typing import ClassVar

from werkzeug.wrappers import Request

from ..routing import route
from ..sender import Delivery
from .base import Vendor, read_json
from .journeys import Manners, order, points, send


class TrackingVendor(Vendor):
    """A service that watches numbers. A vendor says how it stores and words what happens."""

    #: Settings and what they are as long as nobody has set them.
    defaults: ClassVar[dict] = {"limits": True, "webhook_url": "", "manners": {}, "signed": True}

    # === OF THE VENDOR === #

    def watched(self) -> list[dict]:
        """Return every number that is watched, as the API shows it, with its ``requests``."""
        raise NotImplementedError

    def travel(self, tracking: dict, scans: list[tuple], start: datetime) -> None:
        """Store the scans ``[(time, Step)]`` of a number, in the vendor's words."""
        raise NotImplementedError

    def delivery(self, tracking: dict, secret: str = "") -> Delivery:
        """Return the webhook about a number, signed as the vendor does (or with a wrong secret)."""
        raise NotImplementedError

    # === SETTINGS === #

    def setting(self, name: str):
        """Return a setting.

        :raise KeyError: there is none of that name
        """
        return self.store.get_setting(self.name, name, self.defaults[name])

    @route("control", "POST", "_settings")
    def settings(self, request: Request):
        """Set signed, limits, webhook_url, manners; ``{}`` tells them."""
        for name, value in read_json(request).items():
            self.setting(name)
            self.store.set_setting(self.name, name, value)
        return {name: self.setting(name) for name in self.defaults}

    # === TRAVELLING === #

    @route("control", "POST", "_advance")
    def advance_control(self, request: Request):
        """Let parcels travel: ``{"number", "journey", "days_ago", "hours", "webhooks"}``."""
        values = read_json(request)
        start = self.now() - timedelta(days=values.get("days_ago", 7))
        until = start + timedelta(hours=values["hours"]) if "hours" in values else self.now()
        numbers = [values["number"]] if values.get("number") else None
        done = self.advance(values.get("journey", "delivered"), start, until, numbers)
        if values.get("webhooks", True):
            self.tell(done)
        return {"advanced": len(done)}

    def advance(self, journey: str, start: datetime, until: datetime, numbers=None) -> list[dict]:
        """Let numbers travel a journey up to a moment; return those that have moved."""
        done = []
        scans = points(journey, start, until)
        for tracking in self.watched() if scans else ():
            if numbers is None or tracking["tracking_number"] in numbers:
                tracking.pop("requests")
                self.travel(tracking, scans, start)
                done.append(tracking)
        return done

    def tell(self, trackings: list[dict], target: str = "", manners=None, **options):
        """Send webhooks about numbers; in the background unless a target is given."""
        manners = manners or Manners(**self.setting("manners"))
        chance = random.Random(f"{self.seed}:{len(trackings)}")
        deliveries = order([self.delivery(t) for t in trackings], manners, chance)
        address = target or self.setting("webhook_url")
        return send(deliveries, address, manners, background=not target, **options)
