from unittest import TestCase

from odoo.addons.xb_logistics.core.match import CarrierBook, fold


class TestCarrierBook(TestCase):
    def setUp(self):
        super().setUp()
        self.book = CarrierBook(
            [
                (1, "yunexpress", "YunExpress", "云途物流"),
                (2, "sf_express", "SF Express", "顺丰速运, 顺丰"),
                (3, "post_a", "Post", ""),
                (4, "post_b", "Post", ""),
                (5, "post", "Post Office", ""),
            ]
        )

    def test_find(self):
        for text in ("yunexpress", "Yun Express", "YUN-EXPRESS", " 云途物流 ", "Ｙｕｎexpress"):
            self.assertEqual(self.book.find(text), [1], text)
            self.assertIn(text, self.book)
        self.assertEqual(self.book.find("顺丰"), [2])
        self.assertEqual(self.book.find("nobody"), [])
        self.assertEqual(self.book.find(""), [])

    def test_code_beats_name(self):
        self.assertEqual(self.book.find("Post"), [5])

    def test_same_name_twice_is_ambiguous(self):
        book = CarrierBook([(3, "post_a", "Mail", ""), (4, "post_b", "Mail", "")])
        self.assertEqual(book.find("mail"), [3, 4])

    def test_suggest(self):
        self.assertEqual(self.book.suggest("Yun Expres")[0], "YunExpress")
        self.assertIn("SF Express", self.book.suggest("SF"))
        self.assertEqual(self.book.suggest("qqqqqq"), [])

    def test_fold(self):
        self.assertEqual(fold(None), "")
        self.assertEqual(fold("J&T Express"), "jtexpress")
