{
    "name": "Cross-Border: PingPong Checkout",
    "summary": "Cards and local methods through PingPong Checkout (PingPong 收单), API v4",
    "version": "19.0.1.0.0",
    "category": "Accounting/Payment Providers",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_payments",
    ],
    "data": [
        "views/xb_connection_views.xml",
        "data/payment_provider_data.xml",
    ],
    "demo": [
        "demo/xb_connection_demo.xml",
        "demo/payment_provider_demo.xml",
        "demo/payment_transaction_demo.xml",
    ],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
