{
    "name": "Cross-Border: Inventory",
    "summary": "Never oversold: availability, claims and what each shop is told",
    "version": "19.0.1.2.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "digest",
        "sale_stock",
        "xb_base",
    ],
    "data": [
        # Rights first, then what the database itself must know.
        "security/ir.model.access.csv",
        "security/xb_inventory_security.xml",
        "data/sql_functions.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_type_data.xml",
        "data/queue_job_data.xml",
        # Views and wizards; the menus that open them last.
        "wizards/xb_stock_preview_views.xml",
        "views/digest_digest_views.xml",
        "views/product_template_views.xml",
        "views/res_config_settings_views.xml",
        "views/xb_stock_check_views.xml",
        "views/xb_stock_claim_views.xml",
        "views/xb_stock_level_views.xml",
        "views/xb_stock_monitor_views.xml",
        "views/xb_stock_policy_views.xml",
        "views/xb_stock_publication_views.xml",
        "views/xb_shop_views.xml",
        "views/xb_inventory_menus.xml",
    ],
    "demo": [
        "demo/xb_inventory_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "xb_inventory/static/src/**/*",
        ],
        "web.assets_unit_tests": [
            "xb_inventory/static/tests/**/*.test.js",
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
