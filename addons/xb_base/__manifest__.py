{
    "name": "Cross-Border: Base",
    "summary": "Connections, secrets, webhooks and reliable calls to the outside for sellers",
    "version": "19.0.1.0.0",
    "category": "Sales/Cross-Border",
    "license": "LGPL-3",
    "author": "XB contributors",
    "website": "https://github.com/xb-erp/xb",
    "depends": [
        "bus",
        "mail",
        "queue_job",
        "web",
    ],
    "external_dependencies": {
        "python": [
            "cryptography",
            "prometheus-client",
            "requests",
        ],
    },
    "data": [
        # Groups first: every other file names them.
        "security/xb_base_groups.xml",
        "security/ir.model.access.csv",
        "security/xb_connection_security.xml",
        "security/xb_exchange_security.xml",
        "security/xb_shop_security.xml",
        # What the crons and the queue need.
        "data/ir_config_parameter_data.xml",
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        # Views and wizards, alphabetical; the menus that open them last.
        "wizards/xb_exchange_dismiss_views.xml",
        "wizards/xb_secret_rotation_views.xml",
        "views/xb_connection_views.xml",
        "views/xb_connection_exchange_views.xml",
        "views/xb_inbox_views.xml",
        "views/xb_outbox_views.xml",
        "views/xb_shop_views.xml",
        "views/xb_base_menus.xml",
        "views/xb_exchange_menus.xml",
    ],
    "demo": [
        "demo/res_users_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "xb_base/static/src/**/*",
        ],
        "web.assets_tests": [
            "xb_base/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "xb_base/static/tests/**/*.test.js",
        ],
    },
    "application": True,
    "post_load": "post_load",
}
