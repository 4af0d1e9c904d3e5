{
    "name": "Cross-Border: PayPal",
    "summary": "PayPal that fails closed: verified webhooks, refunds, tracking, disputes",
    "version": "19.0.1.0.0",
    "category": "Accounting/Payment Providers",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "payment_paypal",
        "xb_payments",
    ],
    "data": [
        "data/payment_provider_data.xml",
        "views/payment_provider_views.xml",
        "views/payment_templates.xml",
        "views/xb_connection_views.xml",
    ],
    "demo": [
        "demo/xb_connection_demo.xml",
        "demo/payment_provider_demo.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "xb_payments_paypal/static/src/**/*",
        ],
    },
}
