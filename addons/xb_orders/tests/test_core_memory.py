import doctest
import gc
import random
import tracemalloc
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..core import columns, spill, text
from ..core.layouts.base import by_document
from ..core.reader import read
from ..core.sheet import Record
from ..core.spill import BLOCK, Spill

HEADINGS = ("Order Number,Order Date,Status,SKU,Quantity,Unit Price,Currency,Customer,Recipient,"
            "Address 1,City,Zip,Country,Order Total")


@tagged("standard", "at_install", "xb_core")
class TestSpill(BaseCase):
    """What does not fit into the memory lies in a file, and behaves like a list."""

    def test_doctests(self):
        for module in (spill, text):
            result = doctest.testmod(module)
            self.assertTrue(result.attempted)
            self.assertFalse(result.failed)

    def test_like_a_list(self):
        for size in (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7):
            plain = [{"number": number} for number in range(size)]
            spilt = Spill(plain)
            self.assertEqual((list(spilt), len(spilt), bool(spilt)),
                             (plain, size, bool(plain)))
            # one reader in the middle of another
            self.assertEqual([one for one, _two in zip(spilt, spilt, strict=True)], plain)
            for piece in (slice(None, 20), slice(BLOCK - 2, BLOCK + 2), slice(-3, None),
                          slice(5, 2), slice(None, None, 2)):
                self.assertEqual(spilt[piece], plain[piece])
            for index in {0, -1, size // 2} if size else ():
                self.assertEqual(spilt[index], plain[index])
            with self.assertRaises(IndexError):
                self.assertFalse(spilt[size])

    def test_groups_of_rows_wherever_they_stand(self):
        """Neighbours or scattered: the groups are those of a plain dict, in its order."""
        pick = random.Random(7)
        for _turn in range(50):
            refs = [pick.choice(("", "A", "B", "C", "D")) for _row in range(pick.randrange(25))]
            records = [Record(row, {"ref": ref}, []) for row, ref in enumerate(refs)]
            expected, nameless = {}, None
            for row, ref in enumerate(refs):
                nameless = None if ref else nameless or ("", row)
                expected.setdefault(nameless or ref, []).append(row)
            self.assertEqual(
                [(ref, [record.row for record in group]) for ref, group in by_document(records)],
                [(key if isinstance(key, str) else "", rows) for key, rows in expected.items()])


@tagged("standard", "at_install", "xb_core")
class TestMemory(BaseCase):
    """Reading a longer file takes no more memory than the file itself is longer."""

    def file(self, orders):
        rows = [HEADINGS]
        for number in range(orders):
            price = f"{number % 90 + 1}.{number % 100:02}"
            rows.append(
                f"M-{number:06},2026-05-{number % 28 + 1:02} 10:{number % 60:02},paid,"
                f"SKU-{number % 50},1,{price},USD,Buyer {number},Recipient {number},"
                f"Street {number},Springfield,{10000 + number},US,{price}")
        return "\n".join(rows).encode()

    def peak(self, orders):
        """Bytes that reading takes at the highest, and what the file has."""
        data = self.file(orders)
        gc.collect()
        tracemalloc.start()
        try:
            reading = read(data, "orders.csv", {})
            count = sum(1 for document in reading.documents if not document.problems)
            reading.as_dict()
            highest = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertEqual((len(reading.documents), count), (orders, orders))
        return highest, len(data)

    def test_flat(self):
        # what is remembered at most is full with the shorter file already
        with patch.object(columns, "REMEMBERED", 200), patch.object(text, "TALLY", 200):
            self.peak(50)
            small, short = self.peak(1500)
            large, long = self.peak(3000)
        # As a list of documents each order takes six kilobytes; what may grow with the file is
        # the text itself, twice, and each order's number.
        self.assertLess(large - small, 4 * (long - short) + 1500 * 150)
