{
    "name": "Cross-Border: Finance Reports",
    "summary": "Profit and loss, balance sheet, cash flow, ledgers and VAT by country",
    "version": "19.0.1.0.0",
    "category": "Accounting/Cross-Border",
    # Because of what it stands on; nothing under LGPL-3 depends on it.
    "license": "AGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "account_financial_report",
        "l10n_cn",
        "mis_builder",
        "xb_finance",
    ],
    "data": [
        # Templates from the outside in: styles, reports, their rows, columns.
        "data/mis_report_style.xml",
        "data/mis_report.xml",
        "data/mis.report.kpi.csv",
        "data/mis_report_instance.xml",
        "views/mis_report_instance_views.xml",
        "views/xb_finance_reports_menus.xml",
    ],
    "demo": [
    ],
    "assets": {
        "web.assets_backend": [
            "xb_finance_reports/static/src/**/*",
        ],
        "web.assets_tests": [
            "xb_finance_reports/static/tests/tours/**/*",
        ],
    },
}
