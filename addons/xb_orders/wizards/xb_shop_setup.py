from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.xb_base.exceptions import VendorError

STEPS = [
    ("shop", "1. Shop"), ("rules", "2. What happens with orders"), ("trial", "3. Trial"),
]
# What an import is set up by; the assistant shows and saves exactly these of the shop.
POLICIES = ("warehouse_id", "team_id", "auto_confirm", "product_policy", "tracking_upload")
# Orders of the trial; more would tell nothing new and keep the person waiting.
TRIAL_ORDERS = 50
EXAMPLES = 5


class XbShopSetup(models.TransientModel):
    """Sets up a shop in three steps; tests its connection, and shows what the first import would
    do before it does anything."""

    _name = "xb.shop.setup"
    _description = "Shop Set-Up"

    step = fields.Selection(STEPS, required=True, default="shop", readonly=True)
    shop_id = fields.Many2one("xb.shop", readonly=True)
    name = fields.Char("Shop's Name")
    platform = fields.Selection(
        selection=lambda self: self.env["xb.shop"]._fields["platform"]._description_selection(
            self.env), default="file", required=True)
    connection_id = fields.Many2one(
        "xb.connection", domain="[('company_id', '=', company_id), ('vendor', '=', platform)]")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id)
    tz = fields.Selection(
        selection=lambda self: self.env["xb.shop"]._fields["tz"]._description_selection(self.env),
        string="Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC")
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(), string="Language",
        default=lambda self: self.env.lang)
    test_state = fields.Selection(
        [("none", "Not tested"), ("good", "It works"), ("bad", "It does not work")],
        default="none", readonly=True)
    test_message = fields.Text(readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", domain="[('company_id', '=', company_id)]",
        compute="_compute_warehouse_id", store=True, readonly=False)
    team_id = fields.Many2one("crm.team", "Sales Team")
    auto_confirm = fields.Boolean("Confirm Paid Orders", default=True)
    product_policy = fields.Selection(
        selection=lambda self: self.env["xb.shop"]._fields["product_policy"]
        ._description_selection(self.env),
        string="Unknown Products", required=True, default="hold")
    tracking_upload = fields.Selection(
        selection=lambda self: self.env["xb.shop"]._fields["tracking_upload"]
        ._description_selection(self.env),
        string="Upload Tracking", required=True, default="manual")
    trial = fields.Json(readonly=True)
    trial_html = fields.Html(compute="_compute_trial_html", sanitize=False)

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        for setup in self:
            setup.warehouse_id = self.env["stock.warehouse"].search(
                [("company_id", "=", setup.company_id.id)], limit=1)

    @api.depends("trial")
    @api.depends_context("lang")
    def _compute_trial_html(self):
        render = self.env["ir.qweb"]._render  # escapes what comes from the platform
        for setup in self:
            setup.trial_html = setup.trial and render(
                "xb_orders.shop_setup_trial", {"trial": setup.trial})

    @api.onchange("platform", "connection_id")
    def _onchange_connection(self):
        self.test_state, self.test_message = "none", False

    # === ACTION METHODS === #

    def action_test(self):
        """Make the cheapest real call through the connection and show the answer."""
        self.ensure_one()
        self._check_may_set_up()
        if not self.connection_id:
            raise UserError(self.env._("Choose the connection to test, or create it first."))
        result = self.connection_id.action_test()["params"]
        self.write({"test_state": "good" if result["type"] == "success" else "bad",
                    "test_message": result["message"]})
        return self._reopen()

    def action_next(self):
        """Save what was entered and go to the next step."""
        self.ensure_one()
        self._check_may_set_up()
        if self.step == "shop":
            self._check_shop_step()
            self._save_shop()
            self.step = "rules"
        elif self.step == "rules":
            self._save_shop()
            self.step = "trial"
        return self._reopen()

    def action_back(self):
        """Go back one step; nothing is lost."""
        self.ensure_one()
        self.step = {"rules": "shop", "trial": "rules"}.get(self.step, "shop")
        return self._reopen()

    def action_trial(self):
        """Fetch the newest orders and say what an import would do; nothing is written.

        :raise UserError: when the shop's orders are not fetched, but come as files.
        """
        self.ensure_one()
        self._check_may_set_up()
        if not self.shop_id.can_list_orders:
            raise UserError(self.env._(
                "This shop's orders come as files: press Try a File, it shows the same."))
        # In sudo mode: whoever may set up the shop need not be able to read its secrets.
        adapter = self.shop_id.sudo().connection_id._get_adapter()
        try:
            orders = adapter.list_orders(None).orders[:TRIAL_ORDERS]
        except VendorError as error:
            raise UserError(self.env._(
                "The platform did not answer as expected: %(reason)s", reason=error)) from error
        self.trial = self._sum_up(self.shop_id.import_orders(orders, dry_run=True))
        return self._reopen()

    def action_try_file(self):
        """Open the import dialog as a trial."""
        self.ensure_one()
        action = self.shop_id.action_import_file()
        return {**action, "context": {**action["context"], "default_dry_run": True}}

    def action_finish(self):
        """Open the shop; where its platform lists orders, fetch them from now on."""
        self.ensure_one()
        self._check_may_set_up()
        if self.shop_id.can_list_orders:
            self.shop_id.action_sync_now()
        return self.shop_id.get_formview_action()

    # === BUSINESS METHODS === #

    def _check_may_set_up(self):
        if not self.env["xb.shop"].has_access("create"):
            raise AccessError(self.env._("Only managers set up shops."))

    def _check_shop_step(self):
        if not (self.name or "").strip():
            raise UserError(self.env._("Give the shop a name."))
        if self.platform != "file" and not self.connection_id:
            raise UserError(self.env._(
                "Choose the connection to the platform, or choose “File”: then you import files."))

    def _save_shop(self):
        vals = {name: self[name].id if self._fields[name].type == "many2one" else self[name]
                for name in ("platform", "connection_id", "company_id", "currency_id", "tz",
                             "lang", *POLICIES)}
        vals["name"] = self.name.strip()
        if self.platform == "file":
            vals["connection_id"] = False
        if self.shop_id:
            self.shop_id.write(vals)
        else:
            self.shop_id = self.env["xb.shop"].create(vals)

    def _sum_up(self, verdicts):
        """What a trial found: counts, and problems by code with an example and the remedy.

        :param list verdicts: of ``xb.shop.import_orders``
        """
        remedies = self.env["xb.order.intake"]._get_remedies()
        titles = self.env["xb.order.problem"]._get_titles()
        counts, problems = dict.fromkeys(("created", "updated", "unchanged", "held", "rejected"),
                                         0), {}
        for verdict in verdicts:
            counts[verdict["state"]] += 1
            for problem in verdict["problems"]:
                found = problems.setdefault(problem["code"], {
                    "title": titles.get(problem["code"], problem["code"]), "count": 0,
                    "examples": [], "remedy": remedies.get(problem["code"]) or ""})
                found["count"] += 1
                if len(found["examples"]) < EXAMPLES and \
                        problem["message"] not in found["examples"]:
                    found["examples"].append(problem["message"])
        ordered = sorted(problems.values(), key=lambda problem: -problem["count"])
        return {"total": len(verdicts), "counts": counts, "problems": ordered}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window", "name": self.env._("Set Up a Shop"),
            "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "views": [(False, "form")], "target": "new",
            "context": {"dialog_size": "large"},
        }
