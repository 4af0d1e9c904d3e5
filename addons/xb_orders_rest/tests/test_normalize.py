from doctest import DocTestFailure, DocTestFinder, DocTestRunner

from odoo.tests import BaseCase

from ..client import api, normalize
from ..client.normalize import Unreadable


class TestNormalize(BaseCase):
    def test_examples_in_docstrings(self):
        for module in (api, normalize):
            runner = DocTestRunner(verbose=False)
            for example in DocTestFinder().find(module):
                runner.run(example)
            self.assertFalse(runner.failures, DocTestFailure)
            self.assertTrue(runner.tries)

    def test_order_passes_through_untouched(self):
        content = '{"order": {"ref": "1", "lines": [{"qty": 1.10}], "note": "Grüße", "x": null}}'
        self.assertEqual(
            normalize.event_order(content.encode()),
            {"ref": "1", "lines": [{"qty": 1.1}], "note": "Grüße", "x": None},
        )

    def test_page(self):
        self.assertEqual(normalize.page(b'{"orders": [{}, 3], "next": "x"}'), ([{}, 3], "x"))
        for last in (
            b'{"orders": []}',
            b'{"orders": [], "next": null}',
            b'{"orders":[],"next":""}',
        ):
            self.assertEqual(normalize.page(last), ([], None))

    def test_unreadable(self):
        for function, content in (
            (normalize.event_order, b""),
            (normalize.event_order, b"[]"),
            (normalize.event_order, b"{}"),
            (normalize.event_order, b'{"order": null}'),
            (normalize.event_order, b'{"order": {"ref": NaN}}'),
            (normalize.event_order, b'{"order": {"ref": "\xff"}}'),
            (normalize.event_order, b"[" * 100_000),
            (normalize.order, b"[1]"),
            (normalize.page, b"[]"),
            (normalize.page, b'{"orders": {}}'),
            (normalize.page, b'{"orders": [], "next": 7}'),
        ):
            with self.subTest(function=function.__name__, content=content[:30]):
                with self.assertRaises(Unreadable):
                    function(content)
        for function, value in (
            (normalize.shop_name, None),
            (normalize.shop_name, {"shop": " "}),
            (normalize.shipment_answer, None),
            (normalize.shipment_answer, {"shipment": "1"}),
        ):
            with self.subTest(function=function.__name__, value=value):
                with self.assertRaises(Unreadable):
                    function(value)

    def test_shipment_payload(self):
        value = {
            "order": "1042", "shipment": "P1", "carrier": "royal_mail", "carrier_name": "",
            "tracking": "AB123456789GB", "shipped_at": False, "lines": [],
        }  # fmt: skip
        self.assertEqual(
            normalize.shipment_payload(value),
            {
                "carrier": "royal-mail",
                "carrier_name": "",
                "tracking": "AB123456789GB",
                "shipped_at": None,
                "lines": [],
            },
        )

    def test_changed_at_needs_an_offset(self):
        for value in (
            {},
            {"updated_at": None},
            {"updated_at": "2026-11-02T09:12:00"},
            {"updated_at": 5},
        ):
            self.assertIsNone(normalize.changed_at(value))
