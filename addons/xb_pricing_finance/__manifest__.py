{
    "name": "Cross-Border: Freight and Duty Estimates",
    "summary": "What an order's freight and duty will cost, from the tariffs of its shop",
    "version": "19.0.1.0.0",
    "category": "Accounting/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_finance",
        "xb_pricing",
    ],
}
