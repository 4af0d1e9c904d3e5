from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.web.tests import test_js

LANGUAGES = ("en_US", "zh_CN")


class TopbarCase(HttpCase):
    """A clerk who works in Berlin and in English; Chinese is installed too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in LANGUAGES:
            cls.env["res.lang"]._activate_lang(code)
        cls.clerk = new_test_user(
            cls.env,
            login="topbar_clerk",
            groups="base.group_user,xb_base.group_clerk",
            lang="en_US",
            tz="Europe/Berlin",
        )
        cls.env["xb.shop"].search([]).action_archive()
        cls.shop = cls.env["xb.shop"].create({"name": "Tour shop", "tz": "Asia/Tokyo"})


@tagged("-at_install", "post_install")
class TestTopbarSession(TopbarCase):
    def _get_session_info(self, cookies=None):
        return self.make_jsonrpc_request("/web/session/get_session_info", cookies=cookies)

    def test_languages_and_shops_come_with_the_session(self):
        self.env["xb.shop"].create({"name": "Closed shop", "tz": "Asia/Tokyo", "active": False})
        self.authenticate(self.clerk.login, self.clerk.login)
        info = self._get_session_info()
        codes = [code for code, _name in info["xb_languages"]]
        self.assertLessEqual(set(LANGUAGES), set(codes))
        self.assertEqual(
            info["xb_shops"], [{"id": self.shop.id, "name": "Tour shop", "tz": "Asia/Tokyo"}]
        )

    def test_shops_are_those_the_user_may_read(self):
        user = new_test_user(self.env, login="topbar_nobody", groups="base.group_user")
        self.authenticate(user.login, user.login)
        self.assertEqual(self._get_session_info()["xb_shops"], [])

    def test_shops_are_those_of_the_selected_companies(self):
        other = self.env["res.company"].create({"name": "Other company"})
        foreign = self.env["res.company"].create({"name": "Foreign company"})
        for company in (other, foreign):
            self.env["xb.shop"].create(
                {"name": company.name, "tz": "UTC", "company_id": company.id}
            )
        own = self.clerk.company_id
        self.clerk.company_ids = own | other
        self.authenticate(self.clerk.login, self.clerk.login)

        def names(cids):
            shops = self._get_session_info({"cids": cids})["xb_shops"]
            return {shop["name"] for shop in shops}

        self.assertEqual(names(f"{own.id}"), {"Tour shop"})
        self.assertEqual(names(f"{other.id}"), {"Other company"})
        self.assertEqual(names(f"{own.id}-{other.id}"), {"Tour shop", "Other company"})
        # A cookie is what its owner makes of it.
        self.assertEqual(names(f"{foreign.id}-{own.id}"), {"Tour shop"})

    def test_a_clerk_may_choose_his_own_language_and_only_his(self):
        self.authenticate(self.clerk.login, self.clerk.login)
        params = {"model": "res.users", "method": "write", "kwargs": {}}
        self.make_jsonrpc_request(
            "/web/dataset/call_kw", {**params, "args": [[self.clerk.id], {"lang": "zh_CN"}]}
        )
        self.assertEqual(self.clerk.lang, "zh_CN")
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(Exception) as refusal:
            self.make_jsonrpc_request(
                "/web/dataset/call_kw", {**params, "args": [[admin.id], {"lang": "zh_CN"}]}
            )
        self.assertIn("odoo.exceptions.AccessError", str(refusal.exception))


@tagged("-at_install", "post_install")
class TestTopbarBrowser(TopbarCase):
    def test_language_tour(self):
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Clockwork parts",
                "res_model": "res.partner",
                "view_mode": "list,kanban",
            }
        )
        action.with_context(lang="zh_CN").name = "钟表零件"
        self.start_tour(
            f"/odoo/action-{action.id}?view_type=kanban",
            "xb_base_topbar_language",
            login=self.clerk.login,
            timeout=120,
        )
        self.assertEqual(self.clerk.lang, "en_US")

    def test_clock_tour(self):
        self.start_tour("/odoo", "xb_base_topbar_clock", login=self.clerk.login)

    def test_unit_tests(self):
        """The HOOT suites of this addon (static/tests/*.test.js)."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=%22%40xb_base%22",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
