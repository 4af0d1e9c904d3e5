{
    "name": "Cross-Border Purchasing",
    "summary": "Parcels from suppliers: entered on the purchase, tracked like those to customers",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_logistics",
        "purchase_stock",
    ],
    "data": [
        "security/xb_purchase_groups.xml",
        "security/ir.model.access.csv",
        "security/xb_parcel_security.xml",
        "views/xb_parcel_views.xml",
        "views/purchase_order_views.xml",
        "views/xb_purchase_menus.xml",
    ],
    "demo": [
        "demo/xb_parcel_demo.xml",
    ],
}
