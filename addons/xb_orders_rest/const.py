"""The protocol's words and numbers; source: docs/own-shop-protocol.md. Imports nothing."""

VENDOR = "rest_shop"

API = "api/v1"
SHIPMENT_KIND = "shipment"
PRICE_KIND = "price"

HEADER_EVENT = "X-Shop-Event-Id"
HEADER_TOPIC = "X-Shop-Topic"
HEADER_TIMESTAMP = "X-Shop-Timestamp"
HEADER_SIGNATURE = "X-Shop-Signature"
SIGNATURE_VERSION = "v1"
REPLAY_SECONDS = 300

# The protocol's word for a carrier that has no code in it; its name says which one it is.
CARRIER_OTHER = "other"
# The suite's carriers whose code is another one in the protocol. All others keep theirs, those that
# a seller has added too: his shop may know them.
CARRIER_CODES = {
    "china_ems": "china-post",
    "china_epacket": "china-post",
    "colissimo": "la-poste",
    "dhl_ecommerce": "dhl",
    "dhl_express": "dhl",
    "dhl_paket": "dhl",
    "dpd_de": "dpd",
    "dpd_uk": "dpd",
    "sf_international": "sf-express",
    **dict.fromkeys(
        "amazon_logistics aramex asendia_usa bpost brt chronopost cne correios_br gofo hermes_de"
        " hongkong_post inpost jd_logistics korea_post mondial_relay ninjavan ontrac orange_connex"
        " poste_italiane postnl singapore_post sunyou uniuni wanb yamato ydh yodel".split(),
        CARRIER_OTHER,
    ),
}
