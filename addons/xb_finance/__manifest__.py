{
    "name": "Cross-Border: Finance",
    "summary": "Exchange rates, settlements of platforms, profit per order, tied to the ledger",
    "version": "19.0.1.2.0",
    "category": "Accounting/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "account",
        "stock_account",
        "xb_orders",
    ],
    "external_dependencies": {
        "python": [
            "lxml",
            "openpyxl",
            "xlsxwriter",
        ],
    },
    "data": [
        # Groups first: every other file names them.
        "security/xb_finance_groups.xml",
        "security/ir.model.access.csv",
        "security/xb_finance_security.xml",
        # Wizards before the views that open them; the menus last.
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        "wizards/xb_carrier_bill_wizard_views.xml",
        "wizards/xb_period_close_views.xml",
        "wizards/xb_profit_export_views.xml",
        "wizards/xb_rate_file_views.xml",
        "wizards/xb_settlement_wizard_views.xml",
        "views/xb_rate_views.xml",
        "views/xb_settlement_views.xml",
        "views/xb_settlement_file_views.xml",
        "views/xb_settlement_setup_views.xml",
        "views/xb_order_profit_views.xml",
        "views/xb_profit_line_views.xml",
        "views/xb_carrier_bill_views.xml",
        "views/xb_finance_menus.xml",
    ],
    "demo": [
        "demo/xb_finance_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "xb_finance/static/src/**/*",
        ],
        "web.assets_tests": [
            "xb_finance/static/tests/tours/**/*",
        ],
    },
}
