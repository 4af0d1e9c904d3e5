"""The page that says which test shows which protection: every test named there has to exist."""

import ast
import re
from pathlib import Path
from unittest import SkipTest

from odoo.tests import BaseCase

ADDONS = Path(__file__).resolve().parents[2]
PAGE = ADDONS.parent / "docs" / "payment-security.md"
EVERYTHING = "…"


def read_tests(path):
    """Return ``{class: {test, …}}`` of a file; functions of a module under the empty name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {"": {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = {
                item.name for item in node.body if isinstance(item, ast.FunctionDef)
            }
    return found


def read_names(cell):
    """Yield ``(addon, file, class, test)`` of each test a cell names.

    What is the same as in the name before is left out there: ``addon: file::Class::test``.
    """
    addon = file = group = ""
    for name in re.findall(r"`([^`]+)`", cell):
        if ": " in name:
            addon, name = name.split(": ", 1)
            addon = addon.replace(EVERYTHING, "xb_payments")
        parts = name.split("::")
        if parts[0].endswith(".py"):
            file, group = parts.pop(0), ""
        if len(parts) == 2:
            group = parts.pop(0)
        yield addon, file, group, parts[0] if parts else EVERYTHING


class TestSecurityPage(BaseCase):
    def test_every_test_it_names_exists(self):
        if not PAGE.exists():
            raise SkipTest("the repository's docs are not here")
        count = 0
        for line in PAGE.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) != 4 or not re.match(r"[\d.]", cells[0]):
                continue
            if cells[3] == "–":
                self.assertIn("not built", cells[2], "what has no test says why")
                continue
            names = list(read_names(cells[3]))
            self.assertTrue(names, f"{cells[0]} names no test")
            for addon, file, group, test in names:
                with self.subTest(item=cells[0], test=f"{addon}: {file}::{group}::{test}"):
                    path = ADDONS / addon / "tests" / file
                    self.assertTrue(path.is_file(), f"there is no {path}")
                    found = read_tests(path)
                    self.assertIn(group, found)
                    if test == EVERYTHING:
                        tests = [name for name in found[group] if name.startswith("test_")]
                        self.assertTrue(tests or not group)
                    else:
                        self.assertIn(test, found[group])
                    count += 1
        self.assertGreater(count, 30, "the page cannot be read any more")
