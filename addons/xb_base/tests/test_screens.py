from odoo.tests import HttpCase, tagged

from odoo.addons.xb_base.const import SECRET_MASK

from .common import XbBaseCase

# Runs in the browser: waits for what a selector finds, then goes on.
WAIT = """
async function find(selector, text) {
    for (let n = 0; n < 300; n++) {
        for (const element of document.querySelectorAll(selector)) {
            if (!text || element.textContent.includes(text)) { return element; }
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`not found: ${selector} ${text || ""}`);
}
function check(condition, what) { if (!condition) { throw new Error(what); } }
"""


@tagged("post_install", "-at_install")
class TestScreens(XbBaseCase, HttpCase):
    """A manager's screens in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.make_connection(name="Screen test", base_url="http://127.0.0.1:9")

    def test_manager_s_way(self):
        """One session: each page load of its own would build the web client's assets again."""
        self.env["xb.shop"].create({"name": "Browser shop"})
        self.env.ref("base.user_admin").lang = "en_US"
        code = f"""
            await find(".o_data_row", "Browser shop");
            (await find(".o_switch_view.o_kanban")).click();
            await find(".o_kanban_record", "Browser shop");

            (await find(".o_menu_sections button", "Configuration")).click();
            (await find(".dropdown-item", "Connections")).click();
            (await find(".o_data_row .o_data_cell", "Screen test")).click();
            const input = await find(".o_field_widget[name=api_key] input");
            check(input.type === "password", "the key is shown");
            check(input.value === "{SECRET_MASK}", "not the mask: " + input.value);
            (await find("a.nav-link", "Webhooks")).click();
            await find(".o_field_widget[name=webhook_url]", "/xb/in/");
            (await find("button[name=action_test]")).click();
            await find(".o_notification", "could not be reached");
            await find(".o_field_widget[name=state]", "Failing");

            (await find(".o_menu_sections button", "Configuration")).click();
            (await find(".dropdown-item", "Re-encrypt Secrets")).click();
            (await find(".modal button[name=action_rotate]")).click();
            await find(".modal", "Every secret is encrypted with the current key");
        """
        self.browser_js(
            "/odoo/action-xb_base.xb_shop_action",
            f"(async () => {{ {WAIT} {code}; console.log('test successful'); }})()"
            ".catch((error) => console.error(error.message));",
            "!!document.querySelector('.o_action_manager > *')",
            login="admin",
            timeout=120,
        )
        self.assertFalse(self.env["xb.secret.mixin"]._check_keys())
