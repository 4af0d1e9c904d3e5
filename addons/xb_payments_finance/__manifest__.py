{
    "name": "Cross-Border: Payments in Settlements",
    "summary": "Statements of payment providers tell fees and pay out orders",
    "version": "19.0.1.0.0",
    "category": "Accounting/Payment Providers",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_finance",
        "xb_payments",
    ],
    "data": [
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        "views/payment_provider_views.xml",
        "views/xb_payment_statement_views.xml",
        "views/xb_settlement_views.xml",
    ],
}
