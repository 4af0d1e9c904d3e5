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
        "security/ir.model.access.csv",
        "security/xb_finance_reports_security.xml",
        # Templates from the outside in: styles, reports, their rows, columns.
        "data/mis_report_style.xml",
        "data/mis_report.xml",
        "data/mis.report.kpi.csv",
        "data/mis_report_instance.xml",
        "data/ir_cron_data.xml",
        "data/mail_template.xml",
        "data/queue_job_data.xml",
        "views/account_financial_report_views.xml",
        "views/mis_report_instance_views.xml",
        "views/xb_report_schedule_views.xml",
        "views/xb_vat_country_views.xml",
        "views/xb_finance_reports_menus.xml",
    ],
    "demo": [
        "demo/xb_finance_reports_demo.xml",
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
