{
    "name": "Cross-Border: Pricing",
    "summary": "Prices solved from cost: the margin that is left after fees, freight, duty, tax",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_orders",
        "stock_account",
        "stock_delivery",
    ],
    "external_dependencies": {
        "python": [
            "numpy",
            "xlsxwriter",
        ],
    },
    "data": [
        "security/ir.model.access.csv",
        "security/xb_pricing_security.xml",
        "data/ir_sequence_data.xml",
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        "data/xb_price_example_data.xml",
        # Views and wizards; the menus that open them last.
        "wizards/xb_price_import_views.xml",
        "wizards/xb_price_rule_copy_views.xml",
        "views/xb_price_market_views.xml",
        "views/xb_fee_line_views.xml",
        "views/xb_fee_schedule_views.xml",
        "views/xb_freight_table_views.xml",
        "views/xb_price_line_views.xml",
        "views/xb_price_rule_views.xml",
        "views/xb_price_run_views.xml",
        "views/xb_listing_views.xml",
        "views/xb_shop_views.xml",
        "views/product_views.xml",
        "views/xb_pricing_menus.xml",
    ],
    "demo": [
        "demo/xb_pricing_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "xb_pricing/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "xb_pricing/static/tests/**/*.test.js",
        ],
        "web.assets_tests": [
            "xb_pricing/static/tests/tours/**/*",
        ],
    },
}
