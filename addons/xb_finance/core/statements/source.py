"""Statement files, opened: text in the right characters, rows one by one, sheets of a workbook."""

import codecs
import contextlib
import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from odoo.addons.xb_orders.core.grid import Row, cell_text
from odoo.addons.xb_orders.core.options import ReadOptions
from odoo.addons.xb_orders.core.problem import ReadError, _lt
from odoo.addons.xb_orders.core.settings import Decisions
from odoo.addons.xb_orders.core.sheet import open_file
from odoo.addons.xb_orders.core.text import clean

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is tried on bytes that are no UTF-8, with a word that proves it right.
PROVEN = (("gb18030", "支付宝"), ("cp932", "注文"))
FALLBACK = "cp1252"
HEAD_ROWS = 60
MAX_BYTES = 300 * 1024 * 1024
MAX_ENTRIES = 50
MAX_ROWS = 2_000_000


def fold(text: str) -> str:
    """Return the key by which headings are compared.

    Composed, full-width signs made narrow, blanks collapsed, case folded: ``Order/adjustment
    ID  `` and ``order/adjustment id`` are the same heading; signs count, for 收入金额（+元） and
    支出金额（-元） differ by them.
    """
    text = unicodedata.normalize("NFKC", clean(text))
    return " ".join(text.split()).casefold()


@dataclass
class Source:
    """One file, or one entry of an archive.

    :param name: file name, for messages only.
    :param data: its bytes.
    :param encoding: told by a person, or empty.
    """

    name: str
    data: bytes
    encoding: str = ""

    @cached_property
    def is_workbook(self) -> bool:
        """Whether the file is a workbook rather than text."""
        return self.data.startswith(b"PK\x03\x04")

    # === TEXT === #

    @cached_property
    def text(self) -> str:
        """The file's text; empty for a workbook.

        :raise ReadError: when the bytes do not make a text in the encoding that was told.
        """
        if self.is_workbook:
            return ""
        encoding = self.encoding or self._encoding()
        try:
            text = self.data.decode(encoding)
        except (UnicodeError, LookupError):
            raise ReadError("encoding_broken", _lt(
                "The file %(file)s is not written in %(encoding)s. Choose another encoding or "
                "get the original file again."), file=self.name, encoding=encoding) from None
        self.encoding = encoding
        return text.removeprefix("\ufeff")

    def _encoding(self) -> str:
        for mark, encoding in BOMS:
            if self.data.startswith(mark):
                return encoding
        with contextlib.suppress(UnicodeDecodeError):
            self.data.decode("utf-8")
            return "utf-8"
        for encoding, word in PROVEN:
            if word in self.data.decode(encoding, "ignore"):
                return encoding
        return FALLBACK

    def rows(self, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> Iterator[Row]:
        """Yield the rows of the text with the number of each one's first line.

        :raise ReadError: when a cell is longer than any statement's.
        """
        stream = io.StringIO(self.text, newline="")
        reader = csv.reader(stream, delimiter=delimiter, quoting=quoting)
        number = 1
        try:
            for cells in reader:
                yield Row(number, cells)
                number = reader.line_num + 1
        except csv.Error:
            raise ReadError("row_broken", _lt(
                "Row %(row)s of %(file)s cannot be read: a quotation mark is not closed or a "
                "cell is endless. Download the file again."),
                row=number, file=self.name) from None

    @cached_property
    def delimiter(self) -> str:
        """The sign that cuts the first filled lines into most cells."""
        head = [line for line in self.text[:20_000].splitlines()[:30] if line.strip()]
        return max(",\t;|", key=lambda sign: max((line.count(sign) for line in head), default=0))

    @cached_property
    def head(self) -> list[list[str]]:
        """The first rows of a text, folded, for recognition.

        :raise ReadError: when the bytes do not make a text.
        """
        delimiter = self.delimiter
        try:
            rows = list(islice(self.rows(delimiter), HEAD_ROWS))
        except ReadError:
            return []
        return [[fold(cell) for cell in row.cells] for row in rows]

    # === WORKBOOK === #

    @cached_property
    def sheets(self) -> dict[str, list[Row]]:
        """Every row of every sheet of a workbook, as text, by the sheet's title.

        :raise ReadError: for a damaged or protected workbook.
        """
        if not self.is_workbook:
            return {}
        options = ReadOptions.of({"max_bytes": MAX_BYTES, "max_rows": 1_000_000})
        return {
            grid.name: [Row(row.number, [clean(cell_text(cell)) for cell in row.cells])
                        for row in grid.load()]
            for grid in open_file(self.data, options, Decisions())
        }


def open_source(name: str, data: bytes, encoding: str = "") -> list[Source]:
    """Open a file: one source, or one for each table of an archive.

    :raise ReadError: when it is empty, too large, or no table.
    """
    if len(data) > MAX_BYTES:
        raise ReadError("file_too_large", _lt(
            "%(file)s has %(size)s MB; at most %(limit)s MB are read. Download shorter periods."),
            file=name, size=len(data) >> 20, limit=MAX_BYTES >> 20)
    if not data.strip():
        raise ReadError("file_empty", _lt(
            "%(file)s is empty. Download it again."), file=name)
    if data.startswith(b"PK\x03\x04") and not _is_workbook(data):
        return _unpacked(name, data, encoding)
    if not data.startswith(b"PK\x03\x04"):
        _refuse_foreign(data)
    return [Source(name, data, encoding)]


def _refuse_foreign(data: bytes) -> None:
    """Let the order files' reader refuse PDF, old workbooks, HTML and the like."""
    head = data[:64].removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"<", b"{", b"\x1f\x8b", b"Rar!", b"7z\xbc")):
        open_file(data[:4096], ReadOptions(), Decisions())


def _is_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        raise ReadError("archive_broken", _lt(
            "The archive is damaged: it was probably not downloaded to its end. Download it "
            "again.")) from None


def _unpacked(name: str, data: bytes, encoding: str) -> list[Source]:
    sources = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise ReadError("file_too_large", _lt(
                "The archive %(file)s unpacks to more than is read. Unpack it and upload its "
                "files one by one."), file=name)
        for entry in entries:
            if entry.flag_bits & 1:
                raise ReadError("wrong_type", _lt(
                    "The archive %(file)s has a password. Unpack it and upload its files."),
                    file=name)
            try:
                content = archive.read(entry)
            except (zipfile.BadZipFile, OSError, ValueError):
                raise ReadError("archive_broken", _lt(
                    "The archive is damaged: it was probably not downloaded to its end. Download "
                    "it again.")) from None
            sources.append(Source(_entry_name(entry), content, encoding))
    return sources


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; without the UTF-8 flag its bytes may be Chinese."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
