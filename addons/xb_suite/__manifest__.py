{
    "name": "XB: Cross-Border Suite",
    "summary": "Everything of XB in one click: orders, stock, parcels, shops",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "license": "LGPL-3",
    "depends": [
        "xb_base",
        "xb_inventory",
        "xb_logistics",
        "xb_logistics_aftership",
        "xb_logistics_shippo",
        "xb_orders",
        "xb_orders_rest",
    ],
    "application": True,
}
