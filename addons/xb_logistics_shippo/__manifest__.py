{
    "name": "Cross-Border: Shippo",
    "summary": "Rates side by side, labels, customs declarations and tracking through Shippo",
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
        "views/delivery_carrier_views.xml",
        "views/xb_connection_views.xml",
    ],
    "demo": [
        "demo/xb_connection_demo.xml",
    ],
}
