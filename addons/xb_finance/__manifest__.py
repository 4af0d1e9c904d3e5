{
    "name": "Cross-Border: Finance",
    "summary": "Exchange rates, settlements of platforms, profit per order, tied to the ledger",
    "version": "19.0.1.0.0",
    "category": "Accounting/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": ["account", "xb_orders"],
    "installable": False,
}
