"""Rules of the house that a machine can hold, over every installed addon of the suite."""

import ast
import functools
import re
from pathlib import Path

import polib

from odoo.modules import Manifest
from odoo.tests import TransactionCase, tagged

PURE_ROOMS = ("client", "core", "adapters")
# What pure rooms may take from their own addon.
PURE_SIBLINGS = {*PURE_ROOMS, "exceptions", "const"}
# … and from another of our addons.
PURE_ADDON = re.compile(rf"odoo\.addons\.xb_\w+\.({'|'.join(sorted(PURE_SIBLINGS))})\b")

MODEL_LINES = 400
METHOD_LINES = 40
LINE_LENGTH = 100


@tagged("post_install", "-at_install")
class TestHouseRules(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        modules = cls.env["ir.module.module"].search(
            [("name", "=like", "xb\\_%"), ("state", "=", "installed")]
        )
        cls.addons = {name: Path(Manifest.for_addon(name).path) for name in modules.mapped("name")}
        cls.own_models = [
            cls.env[name]
            for name, model in sorted(cls.env.registry.items())
            if model._original_module in cls.addons and not model._abstract
        ]

    def python_files(self, *rooms):
        """Yield ``(addon, path, syntax tree)`` of the Python files, in these rooms or in all."""
        for addon, root in self.addons.items():
            for path in sorted(root.rglob("*.py")):
                inside = path.relative_to(root)
                if not rooms or inside.parts[0] in rooms:
                    yield addon, path, _parse(path)

    def assertNone(self, problems, rule):
        self.assertFalse(problems, rule + "\n" + "\n".join(map(str, problems)))

    # === SECURITY === #

    def test_the_walk_finds_something(self):
        self.assertIn("xb_base", self.addons)
        self.assertIn("xb.connection", [model._name for model in self.own_models])

    def test_every_model_has_access_rules(self):
        access = self.env["ir.model.access"].search([("active", "=", True)])
        governed = set(access.model_id.mapped("model"))
        self.assertNone(
            [model._name for model in self.own_models if model._name not in governed],
            "Models without access rules:",
        )

    def test_no_access_for_everybody(self):
        own = [model._name for model in self.own_models]
        access = self.env["ir.model.access"].search(
            [("model_id.model", "in", own), ("group_id", "=", False)]
        )
        self.assertNone(access.mapped("name"), "Access rules without a group:")

    def test_every_model_with_a_company_has_a_company_rule(self):
        missing = []
        for model in self.own_models:
            company = model._fields.get("company_id")
            if model._transient or company is None or not company.store:
                continue
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", model._name), ("groups", "=", False)]
            )
            if not any("company_id" in (rule.domain_force or "") for rule in rules):
                missing.append(model._name)
        self.assertNone(missing, "Models with a company and without a global company rule:")

    def test_neutralize_names_every_secret_column(self):
        missing = []
        for model, name in self.env["xb.secret.mixin"]._secret_columns():
            field = self.env[model]._fields[name]
            script = self.addons[field._module] / "data" / "neutralize.sql"
            text = script.read_text(encoding="utf-8") if script.exists() else ""
            table = self.env[model]._table
            if not re.search(rf"UPDATE {table}\b[^;]*\b{name} = NULL", text):
                missing.append(f"{field._module}/data/neutralize.sql: {table}.{name}")
        self.assertNone(missing, "Secrets that a copied database would keep:")

    def test_models_with_secrets_inherit_the_mixin(self):
        self.assertNone(
            [
                f"{model}.{name}"
                for model, name in self.env["xb.secret.mixin"]._secret_columns()
                if not hasattr(self.env[model], "_get_secret")
            ],
            "Secret fields on models without xb.secret.mixin:",
        )

    # === ROOMS === #

    def test_pure_rooms_import_no_framework(self):
        problems = []
        for addon, path, tree in self.python_files(*PURE_ROOMS):
            depth = len(path.relative_to(self.addons[addon]).parts) - 1
            for node in ast.walk(tree):
                problems += [f"{path}:{node.lineno}: {what}" for what in _impure(node, depth)]
        self.assertNone(problems, "Pure rooms that import the framework:")

    def test_impure_imports_are_recognized(self):
        """The rule above can fail."""
        for source in (
            "import odoo",
            "import odoo.tools as t",
            "from odoo import models",
            "from odoo.addons.xb_base import exceptions",
            "from odoo.addons.xb_base.models.xb_shop import XbShop",
            "from odoo.addons.sale.core.x import y",
            "def f():\n    from odoo.tools import SQL",
            "from ..models import xb_connection",
            "from .. import fields",
            "from ..fields import Secret",
        ):
            nodes = ast.walk(ast.parse(source))
            self.assertTrue([what for node in nodes for what in _impure(node)], source)
        for source in (
            "from ..exceptions import VendorError",
            "from .api import x",
            "import json",
            "from odoo.addons.xb_base.adapters.base import ConnectionAdapter",
        ):
            nodes = ast.walk(ast.parse(source))
            self.assertFalse([what for node in nodes for what in _impure(node)], source)
        # one folder deeper, two dots are still the room and three are the addon
        inner, outer = ast.parse("from ..problem import P\nfrom ...models import m").body
        self.assertFalse(list(_impure(inner, 2)))
        self.assertTrue(list(_impure(outer, 2)))

    def test_no_commit_on_the_transaction(self):
        problems = []
        for _addon, path, tree in self.python_files("models", "controllers", "wizards", "core"):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    called = ast.unparse(node.func)
                    if called.endswith((".env.cr.commit", "self._cr.commit", ".env.cr.rollback")):
                        problems.append(f"{path}:{node.lineno}: {called}()")
        self.assertNone(problems, "The transaction belongs to the framework:")

    # === LANGUAGES === #

    def test_chinese_is_complete(self):
        problems = []
        for addon, root in self.addons.items():
            template, path = root / "i18n" / f"{addon}.pot", root / "i18n" / "zh_CN.po"
            if not (root / "views").is_dir():
                continue
            if not path.exists() or not template.exists():
                problems.append(f"{addon}: no i18n/{addon}.pot or no i18n/zh_CN.po")
                continue
            terms, chinese = polib.pofile(str(template)), polib.pofile(str(path))
            problems += [f"{path}: {e.msgid[:60]}" for e in chinese if not e.translated()]
            missing = {e.msgid for e in terms} - {e.msgid for e in chinese}
            problems += [f"{path}: {msgid[:60]} is not there" for msgid in missing]
        self.assertNone(problems, "Terms without a Chinese translation:")

    # === SIZE === #

    def test_sizes(self):
        problems = []
        for _addon, path, tree in self.python_files():
            lines = path.read_text(encoding="utf-8").splitlines()
            problems += [
                f"{path}:{number}: {len(line)} characters"
                for number, line in enumerate(lines, 1)
                if len(line) > LINE_LENGTH
            ]
            if path.parent.name in ("models", "wizards") and len(lines) > MODEL_LINES:
                problems.append(f"{path}: {len(lines)} lines")
            if "tests" not in path.parts:
                problems += [
                    f"{path}:{node.lineno}: {node.name} has {_code_lines(node)} lines"
                    for node in ast.walk(tree)
                    if isinstance(node, ast.FunctionDef) and _code_lines(node) > METHOD_LINES
                ]
        self.assertNone(problems, "Too long:")

    def test_constraints_and_indexes_are_in_the_database(self):
        """Their names are table and attribute: those of two models can be the same, and of an
        index that cannot be made Odoo only logs a line."""
        self.env.cr.execute("""
            SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema
             UNION SELECT conrelid::regclass::text, conname FROM pg_constraint
        """)
        there = set(self.env.cr.fetchall())
        self.assertNone(
            [
                (model._name, name)
                for model in self.env.registry.values()
                if not model._abstract and model._auto
                for name, thing in model._table_objects.items()
                if thing._module in self.addons
                and thing.get_definition(self.env.registry)
                and (model._table, name) not in there
            ],
            "Declared, but not in the database:",
        )

    def test_one_model_per_file(self):
        problems = []
        for _addon, path, tree in self.python_files("models", "wizards"):
            models = [node.name for node in tree.body if _is_model(node)]
            if len(models) > 1:
                problems.append(f"{path}: {', '.join(models)}")
        self.assertNone(problems, "More than one model in a file:")

    # === SHAPE === #

    def test_manifests(self):
        problems = []
        for addon, root in self.addons.items():
            manifest = ast.literal_eval((root / "__manifest__.py").read_text(encoding="utf-8"))
            for key, wanted in (("license", "LGPL-3"), ("author", "XB contributors")):
                if manifest.get(key) != wanted and addon != "xb_finance_reports":
                    problems.append(f"{addon}: {key} is not {wanted}")
            if not re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", manifest.get("version", "")):
                problems.append(f"{addon}: version is not 19.0.x.y.z")
            if not (root / "README.md").exists():
                problems.append(f"{addon}: README.md is missing")
        self.assertNone(problems, "Manifests:")

    def test_views_are_named_after_their_model(self):
        data = self.env["ir.model.data"].search(
            [("module", "in", list(self.addons)), ("model", "=", "ir.ui.view")]
        )
        own = {model._name for model in self.own_models}
        problems = []
        for item in data:
            view = self.env["ir.ui.view"].browse(item.res_id)
            if view.inherit_id or view.model not in own or view.type == "qweb":
                continue
            wanted = rf"{view.model.replace('.', '_')}_view_{view.type}(_\w+)?"
            if not re.fullmatch(wanted, item.name):
                problems.append(f"{item.complete_name} should be {wanted}")
        self.assertNone(problems, "View ids:")

    def own_actions(self):
        data = self.env["ir.model.data"].search(
            [("module", "in", list(self.addons)), ("model", "=", "ir.actions.act_window")]
        )
        return self.env["ir.actions.act_window"].browse(data.mapped("res_id"))

    def test_dialogs_start_with_what_is_true_now(self):
        """The web client would show the defaults of the last time first, and put the new ones in
        their place while somebody is typing already: what was entered then goes to rows that are
        gone."""
        dialogs = self.own_actions().filtered(
            lambda action: action.target == "new" or self.env[action.res_model]._transient
        )
        self.assertTrue(dialogs)
        self.assertNone(dialogs.filtered("cache").mapped("xml_id"), "Dialogs with cached defaults:")

    def test_lists_explain_themselves_and_can_be_searched(self):
        own = {model._name for model in self.own_models if not model._transient}
        problems = []
        for action in self.own_actions():
            if action.res_model not in own or "list" not in action.view_mode:
                continue
            if not action.help:
                problems.append(f"{action.xml_id}: an empty list would say nothing")
            arch = self.env[action.res_model].get_view(view_type="search")["arch"]
            if "group_by" not in arch or "domain=" not in arch:
                problems.append(f"{action.xml_id}: no filters, or nothing to group by")
        self.assertNone(problems, "Lists:")


@functools.cache
def _parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _impure(node, depth=1):
    """Yield what a node imports that a pure room may not.

    :param int depth: folders between the addon and the file
    """
    if isinstance(node, ast.Import):
        yield from (a.name for a in node.names if a.name.split(".")[0] == "odoo")
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level == 0 and module.split(".")[0] == "odoo":
            if not PURE_ADDON.match(module):
                yield module
        elif node.level > depth:
            names = [module.split(".")[0]] if module else [alias.name for alias in node.names]
            yield from (name for name in names if name not in PURE_SIBLINGS)


def _code_lines(node):
    """Return the length of a function without its docstring and decorators."""
    first = node.body[0]
    doc = (
        first.end_lineno - first.lineno + 1
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        else 0
    )
    return node.end_lineno - node.lineno + 1 - doc


def _is_model(node):
    return isinstance(node, ast.ClassDef) and any(
        ast.unparse(base).startswith("models.") for base in node.bases
    )
