"""AfterShip's words and numbers; source: its Tracking API documentation, version 2026-07."""

VENDOR = "aftership"
# The code system with AfterShip's slugs and tags.
SYSTEM = "aftership"
BASE_URL = "https://api.aftership.com"
API = "/tracking/2026-07"

HEADER_KEY = "as-api-key"
HEADER_REQUEST_SIGNATURE = "as-signature-hmac-sha256"
# Headers are looked up without regard to case. The second name is what AfterShip's newer products
# use; whether Tracking changes over is not confirmed, and the signature is the same.
WEBHOOK_SIGNATURE_HEADERS = ("aftership-hmac-sha256", "as-signature-hmac-sha256")

# Nothing signs the time of a webhook but its body: how far `ts` there may lie from now. AfterShip
# repeats a delivery for 36 hours with the same body.
REPLAY_HOURS = 48

EXISTS = "4003"
# Numbers of one GET /trackings.
BATCH = 50
# Requests a minute that the account allows for listing (6 a second).
RATE_PER_MINUTE = 300
