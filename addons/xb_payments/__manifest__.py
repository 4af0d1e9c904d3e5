{
    "name": "Cross-Border: Payments",
    "summary": "What “paid” means: notifications, refunds, disputes, shipping proof",
    "version": "19.0.1.0.0",
    "category": "Accounting/Payment Providers",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_logistics",
        "account_payment",
        "payment",
        "sale",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/xb_payments_security.xml",
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        "wizards/xb_payment_statement_views.xml",
        "views/payment_templates.xml",
        "views/xb_payment_dispute_views.xml",
        "views/xb_payment_report_views.xml",
        "views/payment_provider_views.xml",
        "views/payment_transaction_views.xml",
        "views/xb_payments_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "xb_payments/static/src/**/*",
        ],
    },
}
