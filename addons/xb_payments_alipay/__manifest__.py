{
    "name": "Cross-Border: Alipay and Antom",
    "summary": "Alipay (支付宝) for CNY, and Alipay+ through Antom for buyers abroad",
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
    ],
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
