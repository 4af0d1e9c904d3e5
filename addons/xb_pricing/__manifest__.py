{
    "name": "Cross-Border: Pricing",
    "summary": "Prices solved from cost: the margin that is left after fees, freight, duty, tax",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "installable": False,
    "depends": ["xb_orders", "stock_account"],
}
