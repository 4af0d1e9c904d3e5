{
    "name": "Cross-Border: Inventory of Kits",
    "summary": "A kit is available, claimed and published by its components",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "sale_mrp",
        "xb_inventory",
    ],
    # Whoever has both needs this: without it, a kit would be claimed as if it lay on a shelf.
    "auto_install": True,
}
