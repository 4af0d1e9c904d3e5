{
    "name": "Cross-Border: Own Shop",
    "summary": "Connect a shop of your own making: orders in, tracking numbers out",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_orders",
    ],
    "demo": [
        "demo/xb_connection_demo.xml",
        "demo/xb_shop_demo.xml",
        "demo/xb_stock_demo.xml",
    ],
}
