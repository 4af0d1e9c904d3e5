"""Statement files, opened: text in the right characters, rows one by one, sheets of a workbook."""

import codecs
import contextlib
import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import BinaryIO, TextIO

from odoo.addons.xb_orders.core.grid import Row, cell_text
from odoo.addons.xb_orders.core.options import ReadOptions
from odoo.addons.xb_orders.core.problem import ReadError, _lt
from odoo.addons.xb_orders.core.settings import Decisions
from odoo.addons.xb_orders.core.sheet import open_file
from odoo.addons.xb_orders.core.spill import Spill
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
# What a ZIP archive begins with, and with it a workbook.
ARCHIVE = b"PK\x03\x04"
BLOCK = 1 << 16
OVERLAP = 8


def fold(text: str) -> str:
    """Return the key by which headings are compared.

    Composed, full-width signs made narrow, blanks collapsed, case folded: ``Order/adjustment
    ID  `` and ``order/adjustment id`` are the same heading; signs count, for 收入金额（+元） and
    支出金额（-元） differ by them.
    """
    text = unicodedata.normalize("NFKC", clean(text))
    return " ".join(text.split()).casefold()


class Source:
    """One file, or one entry of an archive. It is read as often as it is asked for, never kept.

    :param name: file name, for messages only.
    :param data: its bytes, or an open binary file.
    :param encoding: told by a person, or empty.
    """

    def __init__(self, name: str, data: bytes | BinaryIO, encoding: str = ""):
        self.name = name
        self.encoding = encoding
        self._file = io.BytesIO(data) if isinstance(data, bytes) else data

    def stream(self) -> BinaryIO:
        """Return the bytes from their beginning, for one reader at a time to move in."""
        return io.BufferedReader(_Window(self._file), BLOCK)

    @cached_property
    def is_workbook(self) -> bool:
        """Whether the file is a workbook rather than text."""
        return self.stream().read(len(ARCHIVE)) == ARCHIVE

    # === TEXT === #

    @cached_property
    def charset(self) -> str:
        """The encoding in which every byte of the file makes sense.

        :raise ReadError: when the bytes do not make a text in the encoding that was told.
        """
        encoding = self.encoding or self._recognised()
        try:
            b"".decode(encoding)
            for _text in self._decoded(encoding):
                pass
        except (ValueError, LookupError):
            raise ReadError("encoding_broken", _lt(
                "The file %(file)s is not written in %(encoding)s. Choose another encoding or "
                "get the original file again."), file=self.name, encoding=encoding) from None
        return encoding

    def _recognised(self) -> str:
        start = self.stream().read(4)
        for mark, encoding in BOMS:
            if start.startswith(mark):
                return encoding
        with contextlib.suppress(UnicodeDecodeError):
            for _text in self._decoded("utf-8"):
                pass
            return "utf-8"
        for encoding, word in PROVEN:
            if any(word in text for text in self._decoded(encoding, "ignore")):
                return encoding
        return FALLBACK

    def _decoded(self, encoding: str, errors: str = "strict") -> Iterator[str]:
        """Yield the text in pieces; each begins with the last signs of the one before."""
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        stream, last = self.stream(), ""
        while block := stream.read(BLOCK):
            text = decoder.decode(block)
            yield last + text
            last = text[-OVERLAP:]
        yield last + decoder.decode(b"", final=True)

    def text(self) -> TextIO:
        """Return the file's text from its beginning, ends of lines as they are; empty for a
        workbook.

        :raise ReadError: when the bytes do not make a text in the encoding that was told.
        """
        if self.is_workbook:
            return io.StringIO("")
        text = io.TextIOWrapper(self.stream(), encoding=self.charset, newline="")
        if text.read(1) != "\ufeff":
            text.seek(0)
        return text

    @cached_property
    def start(self) -> str:
        """The first characters of the text."""
        return self.text().read(20_000)

    def rows(self, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> Iterator[Row]:
        """Yield the rows of the text with the number of each one's first line.

        :raise ReadError: when a cell is longer than any statement's.
        """
        reader = csv.reader(self.text(), delimiter=delimiter, quoting=quoting)
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
        head = [line for line in self.start.splitlines()[:30] if line.strip()]
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
    def sheets(self) -> dict[str, Spill]:
        """Every row of every sheet of a workbook, as text, by the sheet's title.

        :raise ReadError: for a damaged or protected workbook.
        """
        if not self.is_workbook:
            return {}
        options = ReadOptions.of({"max_bytes": MAX_BYTES, "max_rows": 1_000_000})
        return {
            grid.name: Spill(Row(row.number, [clean(cell_text(cell)) for cell in row.cells])
                             for row in grid.load())
            for grid in open_file(self.stream().read(), options, Decisions())
        }


def open_source(name: str, data: bytes | BinaryIO, encoding: str = "") -> list[Source]:
    """Open a file: one source, or one for each table of an archive.

    :param data: its bytes, or a binary file that stays open while the sources are read.
    :raise ReadError: when it is empty, too large, or no table.
    """
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    size = file.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        raise ReadError("file_too_large", _lt(
            "%(file)s has %(size)s MB; at most %(limit)s MB are read. Download shorter periods."),
            file=name, size=size >> 20, limit=MAX_BYTES >> 20)
    source = Source(name, file, encoding)
    start = source.stream().read(4096)
    if not start.strip():
        raise ReadError("file_empty", _lt(
            "%(file)s is empty. Download it again."), file=name)
    if start.startswith(ARCHIVE):
        return [source] if _is_workbook(source) else _unpacked(source)
    _refuse_foreign(start)
    return [source]


class _Window(io.RawIOBase):
    """Reads a file that others read as well: everybody has a place of their own in it."""

    def __init__(self, file: BinaryIO):
        self._file, self._place = file, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place}.get(whence)
        self._place = offset + (self._file.seek(0, io.SEEK_END) if base is None else base)
        return self._place

    def tell(self):
        return self._place

    def readinto(self, buffer):
        self._file.seek(self._place)
        size = self._file.readinto(buffer)
        self._place += size
        return size


def _refuse_foreign(data: bytes) -> None:
    """Let the order files' reader refuse PDF, old workbooks, HTML and the like."""
    head = data[:64].removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"<", b"{", b"\x1f\x8b", b"Rar!", b"7z\xbc")):
        open_file(data[:4096], ReadOptions(), Decisions())


def _is_workbook(source: Source) -> bool:
    try:
        with zipfile.ZipFile(source.stream()) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        raise ReadError("archive_broken", _lt(
            "The archive is damaged: it was probably not downloaded to its end. Download it "
            "again.")) from None


def _unpacked(packed: Source) -> list[Source]:
    sources, name = [], packed.name
    with zipfile.ZipFile(packed.stream()) as archive:
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
            sources.append(Source(_entry_name(entry), content, packed.encoding))
    return sources


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; without the UTF-8 flag its bytes may be Chinese."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
