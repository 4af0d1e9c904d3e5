"""Shippo's words and numbers; source: its API reference, dated version 2018-02-08."""

VENDOR = "shippo"
# The code system with Shippo's carrier tokens and statuses.
SYSTEM = "shippo"
BASE_URL = "https://api.goshippo.com"
API_VERSION = "2018-02-08"

# Sources disagree about the name, so both are accepted; t=<unix>,v1=<hex> in either.
SIGNATURE_HEADERS = ("Shippo-Auth-Signature", "Shippo-Signature")
REPLAY_SECONDS = 300

# Requests a minute that a live account allows for reading one parcel's tracking.
RATE_PER_MINUTE = 500
METADATA_LENGTH = 100
TEST_PREFIX = "SHIPPO_"
