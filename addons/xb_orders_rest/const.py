"""The protocol's words and numbers; source: docs/own-shop-protocol.md. Imports nothing."""

VENDOR = "rest_shop"

API = "api/v1"
SHIPMENT_KIND = "shipment"
PRICE_KIND = "price"
STOCK_KIND = "stock"

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
    "deutsche_post": "dhl",
    "dhl_ecommerce": "dhl",
    "dhl_ecommerce_asia": "dhl",
    "dhl_express": "dhl",
    "dhl_paket": "dhl",
    "dpd_de": "dpd",
    "dpd_fr": "dpd",
    "dpd_local": "dpd",
    "dpd_uk": "dpd",
    "gls_de": "gls",
    "gls_it": "gls",
    "gls_us": "gls",
    "sf_international": "sf-express",
    **dict.fromkeys(
        "amazon_logistics amazon_shipping anjun aramex asendia_usa austrian_post"
        " best_express bpost bring brt chronopost chukou1 cj_logistics cjpacket cne"
        " colis_prive correios_br correos_express ctt equick flash_express flyt gofo"
        " hermes_de hongkong_post inpost jcex jd_logistics jd_worldwide jt_international"
        " jt_my kerry_ecommerce kerry_th korea_post landmark_global lasership"
        " mondial_relay ninjavan ninjavan_my nz_post ontrac orange_connex poczta_polska"
        " poste_italiane posti postnl postnl_international postnord_dk postnord_se"
        " purolator sagawa sendle sfc singapore_post startrack sto sunyou swiss_post"
        " thailand_post ubi uniuni wanb winit wishpost yamato ydh yodel yto yunda zto"
        " zto_international".split(),
        CARRIER_OTHER,
    ),
}
