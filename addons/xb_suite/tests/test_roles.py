from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

ROLES = ("clerk", "warehouse", "buyer", "finance", "manager", "integrator")
# What a role meets although no menu of it leads there: by a smart button or a link.
BESIDE = {
    "clerk": ("stock.picking", "sale.order", "res.partner", "product.product"),
    "warehouse": ("stock.picking", "sale.order", "res.partner", "product.product"),
    "buyer": ("purchase.order", "stock.picking", "res.partner", "product.product"),
    "finance": ("account.move", "sale.order", "payment.transaction", "res.partner"),
    "manager": ("sale.order", "stock.picking", "purchase.order"),
}
EMPTY_CONTEXT = {"active_id": False, "active_ids": [], "active_model": False}


@tagged("post_install", "-at_install")
class TestRoles(TransactionCase):
    """Whoever sees a menu can open what stands behind it, and read it there."""

    def test_menus(self):
        """Every list, board and form behind each menu of each role of the demo data."""
        for role in ROLES:
            user = self._get_user(role)
            for action in self._get_actions(user):
                with self.subTest(role=role, action=action.xml_id):
                    self._open(user, action)

    def test_beside_the_menus(self):
        for role, models in BESIDE.items():
            user = self._get_user(role)
            for model in models:
                with self.subTest(role=role, model=model):
                    self._read(self.env[model].with_user(user), [(False, "list"), (False, "form")])

    # === HELPERS === #

    def _get_user(self, role):
        user = self.env["res.users"].search([("login", "=", role)])
        self.assertTrue(user, f"the demo data has no {role}")
        return user

    def _get_actions(self, user):
        """Return the window actions behind the user's menus of the suite."""
        root = self.env.ref("xb_base.menu_root")
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus.browse(menus._visible_menu_ids())
        ours = visible.filtered(lambda m: m.sudo().parent_path.startswith(root.parent_path))
        actions = ours.sudo().mapped("action")
        self.assertTrue(ours, f"{user.login} sees nothing")
        return [a for a in actions if a and a._name == "ir.actions.act_window"]

    def _open(self, user, action):
        context = safe_eval(action.context or "{}", {**EMPTY_CONTEXT, "uid": user.id})
        records = self.env[action.res_model].with_user(user).with_context(**context)
        views = [[view_id, kind] for view_id, kind in action.views if kind != "search"]
        domain = safe_eval(action.domain or "[]", {
            **EMPTY_CONTEXT, "uid": user.id, "allowed_company_ids": user.company_ids.ids,
            "context_today": self.env.cr.now})  # fmt: skip
        self._read(records, views, domain)

    def _read(self, records, views, domain=()):
        """Read what the views show, of the first records there are."""
        found = records.get_views(views)["views"]
        for kind in ("list", "kanban", "form"):
            if kind not in found:
                continue
            specification = self._specify(records, etree.fromstring(found[kind]["arch"]))
            # What another role has read is in memory, and would be given to this one unasked.
            self.env.invalidate_all()
            try:
                records.web_search_read(list(domain), specification, limit=40)
            except AccessError as error:
                self.fail(f"{kind} of {records._name}: {error}")

    def _specify(self, records, arch):
        """Return what the web client asks for to show a view."""
        fields = records.fields_get()
        specification = {}
        for node in arch.iterfind(".//field"):
            if any(parent.tag == "field" for parent in node.iterancestors()):
                continue
            name = node.get("name")
            field = fields.get(name)
            if not field:
                continue
            specification[name] = {"fields": {"display_name": {}}} if field.get("relation") else {}
            inner = next((n for n in node if n.tag in ("list", "kanban")), None)
            if inner is not None:
                lines = records.env[field["relation"]]
                specification[name] = {"fields": self._specify(lines, inner), "limit": 3}
        return specification
