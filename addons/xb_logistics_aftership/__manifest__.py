{
    "name": "Cross-Border: AfterShip",
    "summary": "Tracking news of a thousand carriers, by webhook and by polling",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_logistics",
    ],
    "data": [
        "data/xb_status_code_data.xml",
    ],
    "demo": [
        "demo/xb_connection_demo.xml",
    ],
}
