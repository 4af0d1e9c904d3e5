"""What is said in words of ours is said in the reader's language, whole."""

import ast
import base64
import re
from pathlib import Path

from babel.messages.extract import extract

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from .common import OrdersCommon

ADDON = Path(__file__).parents[1]
KEYWORDS = {"_": None, "_lt": None}
RETAIL = "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country\n"
FILE = (RETAIL
        + "1001;T-MUG;杯子;2;13/5/2026 08:26;12,50;17850;Germany\n"
        + "1002;T-MUG;杯子;2;14/5/2026 08:26;12,50;17850;Germany\n"
        + "1002;T-LID;盖子;1;14/5/2026 08:26;4,00;17851;Germany\n"
        + "1003;T-LID;盖子;;14/5/2026 08:26;4,00;17850;Germany\n"
        + "1004;T-LID;盖子;1;5/30/2026 08:26;4,00;17850;Germany\n")
AMBIGUOUS = RETAIL + "1;T;杯;1;1/5/2026;1,234;7;Germany\n"
HEADLESS = "InvoiceNo;Quantity\n1;1\n"
HEADINGS = tuple(RETAIL.strip().split(";"))


@tagged("standard", "at_install", "xb_core")
class TestMarks(BaseCase):

    def test_export_takes_what_is_marked_and_nothing_else(self):
        """The export takes any bracket whose last name before it is the mark for another call:
        in ``("code", _lt("…")), ("code2", …)`` the second code would become a term."""
        for path in sorted(ADDON.rglob("*.py")):
            with self.subTest(path=path.relative_to(ADDON)), path.open("rb") as file:
                found = extract("odoo.tools.babel:extract_python", file, keywords=KEYWORDS,
                                options={"encoding": "UTF-8"})
                self.assertEqual({message for __, message, *__ in found},
                                 self.marked(path.read_text("utf-8")))

    @staticmethod
    def marked(source):
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        return {
            call.args[0].value for call in calls
            if getattr(call.func, "id", getattr(call.func, "attr", "")) in KEYWORDS
            and isinstance(call.args[0], ast.Constant)
        }


@tagged("post_install", "-at_install")
class TestChinese(OrdersCommon):
    """A clerk who reads Chinese sees no English but names, codes and what stands in the file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env = cls.env(context={**cls.env.context, "lang": "zh_CN"})
        cls.shop = cls.shop.with_env(cls.env)

    def wizard(self, text=FILE, **vals):
        return self.env["xb.import.wizard"].create({
            "shop_id": self.shop.id, "file": base64.b64encode(text.encode()),
            "filename": "订单", **vals})

    def run_of(self, text=FILE):
        return self.env["xb.import.run"].browse(self.wizard(text).action_import()["res_id"])

    def refusal(self, text):
        with self.assertRaises(UserError) as caught:
            self.wizard(text).action_import()
        return str(caught.exception)

    def settings(self, wizard):
        return "\n".join(
            " ".join((setting["label"], setting["text"], setting["message"],
                      *(choice["text"] for choice in setting["choices"])))
            for setting in wizard.reading["settings"])

    def problems(self, run):
        return "\n".join(problem["message"] for line in run.line_ids
                         for problem in line.document["problems"])

    def test_no_english(self):
        file_values = ("csv", "utf-8", "UTC", "Online Retail", self.shop.currency_id.name,
                       *HEADINGS)
        wrong = self.order_value(lines="x", note=7)
        missing = self.wizard(HEADLESS).reading["problems"][0]["message"]
        cases = {
            "layouts": (" ".join(dict(self.env["xb.import.wizard"]._selection_layout()).values()),
                        ("Online Retail", "Shopify", "Amazon", "Shopee")),
            "settings": (self.settings(self.wizard()), file_values),
            "choices": (self.settings(self.wizard(AMBIGUOUS)), file_values),
            "tabulator": (self.settings(self.wizard(FILE.replace(";", "\t"))), file_values),
            "settings of the run": (self.run_of().settings_text, file_values),
            "problems of documents": (self.problems(self.run_of()), ("Germany", *HEADINGS)),
            "types": ("\n".join(problem["message"]
                                for problem in self.import_one(wrong)["problems"]),
                      ("$.lines", "$.note", "x")),
            # the headings to choose from are what the file must say
            "missing columns": (re.sub("（.*?）", "", missing), ("SKU",)),
            "refusal": (re.sub("（.*?）", "", self.refusal(HEADLESS)), ("SKU",)),
        }
        for name, (text, names) in cases.items():
            with self.subTest(name):
                self.assertRegex(text, "[一-鿿]")
                for known in sorted(names, key=len, reverse=True):
                    text = text.replace(known, "")
                self.assertNotRegex(text, "[A-Za-z]")

    def test_the_words_of_a_sentence_are_translated(self):
        """The cases above say what they are meant to say, not something shorter."""
        self.assertIn("单价", self.run_of().settings_text)
        self.assertIn("日在前", self.run_of().settings_text)
        self.assertIn("制表符", self.settings(self.wizard(FILE.replace(";", "\t"))))
        self.assertIn("月在前: 2026-01-05", self.wizard(AMBIGUOUS).summary_html)
        self.assertIn("单价（unit price", self.refusal(HEADLESS))
        problems = self.problems(self.run_of())
        for word in ("数量", "客户", "日在前"):
            self.assertIn(word, problems)
