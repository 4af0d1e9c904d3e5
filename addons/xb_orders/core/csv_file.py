"""CSV files: which characters, which delimiter, which rows."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from .grid import SAMPLE_ROWS, Grid, Row
from .options import DELIMITERS, ReadOptions
from .problem import ReadError, _lt, shown
from .settings import DEFAULT, GIVEN, HINT, MEASURED, Decisions
from .spill import Spill

BOMS = (  # UTF-32 first: its mark begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = frozenset((
    "ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk",
    "gb2312", "big5", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "cp437", "cp850",
    "cp874", "tis-620", "koi8-r", "mac-roman", "iso8859-1",
    *(f"cp125{number}" for number in range(9)), *(f"iso8859-{number}" for number in range(2, 17)
                                                  if number != 12),
))
# A common Chinese character or sign in GB 18030 (level 1 of GB 2312 and its signs).
_CHINESE = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1-\xa3][\xa1-\xfe]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1f]")
_SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n')
_WORDS = re.compile(r"[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*")
CONTROL_SHARE = 0.01
CHINESE_SHARE = 0.7
SAMPLE_CHARS = 64 * 1024
DELIMITER_WORDS = {"\t": _lt("tabulator")}
# A quoted cell that spans more lines than this is a quote that nobody closed.
MAX_SPAN = 200
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def open_csv(data: bytes, options: ReadOptions, decisions: Decisions) -> list[Grid]:
    """Return the one table of a CSV file.

    :raise ReadError: when the file is no text, or has more rows than are allowed.
    """
    text = _cleaned(_decoded(data, options, decisions), decisions)
    text, delimiter, how = _delimiter(text, options)
    _tell_delimiter(delimiter, how, decisions)
    rows, cut_row = _rows(text, delimiter, options, decisions)
    width = max((len(row.cells) for row in rows[:SAMPLE_ROWS]), default=0)
    if width > options.max_columns:
        raise ReadError("too_many_columns", _lt(
            "The file has %(width)s columns; at most %(limit)s are read. Remove the columns that "
            "are not needed, or choose another delimiter."),
            width=width, limit=options.max_columns)
    hint = {";": ",", ",": "."}.get(delimiter, "")
    return [Grid("", rows[:SAMPLE_ROWS], lambda: rows, decimal_hint=hint, cut_row=cut_row)]


# === CHARACTERS === #


def _decoded(data: bytes, options: ReadOptions, decisions: Decisions) -> str:
    if options.encoding:
        return _decoded_as_told(data, options.encoding, decisions)
    for mark, encoding in BOMS:
        if data.startswith(mark):
            decisions.decide("encoding", encoding, MEASURED, _lt("The file begins with its mark."))
            return _strict(data, encoding)
    encoding = _wide_encoding(data)
    if encoding:
        decisions.decide("encoding", encoding, MEASURED, _lt(
            "Every other byte is zero, as in this encoding."))
        return _strict(data, encoding)
    text = _utf8(data, decisions)
    if text is None:
        return _decoded_by_statistics(data, decisions)
    decisions.decide("encoding", "utf-8", MEASURED, _lt("Every character of the file is valid."))
    return text


def _utf8(data: bytes, decisions: Decisions) -> str | None:
    """Return the text when the file is UTF-8, also one that ends within a character."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            text = data[:error.start].decode("utf-8")
            if not text.isascii():
                decisions.remark("cut_off", _lt(
                    "The file ends in the middle of a character: it is cut off. Get it again."))
                return text
    text = data.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(not char.isascii() for char in text) > broken * 10:
        return _strict(data, "utf-8")  # names the place
    return None


def _decoded_as_told(data: bytes, encoding: str, decisions: Decisions) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    if name not in ENCODINGS:
        raise ReadError("option_invalid", _lt(
            'There is no text encoding "%(value)s". Choose one such as utf-8, gb18030 or '
            "cp1252."), value=shown(encoding))
    decisions.decide("encoding", name, GIVEN, _lt("Chosen by you."))
    return _strict(data, name)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError("encoding_broken", _lt(
            "The file is not written in %(encoding)s: byte %(position)s does not belong there. "
            "Choose another encoding, or export the file again as UTF-8."),
            encoding=encoding, position=error.start + 1) from None


def _wide_encoding(data: bytes) -> str:
    """Return UTF-16 without a mark, recognised by the zero bytes of its ASCII characters."""
    head = data[:4096]
    if len(head) < 4 or len(data) % 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and odd < half * 0.05 else ""


def _decoded_by_statistics(data: bytes, decisions: Decisions) -> str:
    """Choose between Chinese and Western European, the two that are met without a mark."""
    high = sum(map(len, _HIGH.findall(data)))
    chinese = sum(map(len, _CHINESE.findall(data)))
    candidates = ["cp1252", "iso8859-1"]
    if chinese >= high * CHINESE_SHARE:
        candidates.insert(0, "gb18030")
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        words = list(dict.fromkeys(_WORDS.findall(text[:SAMPLE_CHARS * 4])))[:5]
        decisions.decide("encoding", encoding, HINT, _lt(
            "The file is not UTF-8 and does not say what it is. Read this way it contains words "
            'such as "%(words)s"; choose another encoding if they look wrong.'),
            ambiguous=True, words=shown(", ".join(words)))
        return text
    raise AssertionError("iso8859-1 decodes everything")


def _cleaned(text: str, decisions: Decisions) -> str:
    """Return text without what no cell may contain, or refuse what is no text."""
    if len(_CONTROL.findall(text)) > len(text) * CONTROL_SHARE:
        raise ReadError("not_a_table", _lt(
            "This is not a text file: it is full of control characters. Upload a CSV or XLSX "
            "file."))
    zeros = text.count("\x00")
    if zeros > max(10, len(text) * CONTROL_SHARE):
        raise ReadError("not_a_table", _lt(
            "This is not a text file: it is full of zero bytes. Upload a CSV or XLSX file."))
    if zeros:
        decisions.remark("zero_bytes", _lt(
            "%(count)s zero bytes were left out of the file; compare the rows around line "
            "%(line)s with the source."),
            count=zeros, line=text.count("\n", 0, text.index("\x00")) + 1)
        text = text.replace("\x00", "")
    if "\ufeff" in text:
        inner = text.find("\ufeff", 1)
        if inner > 0:
            decisions.remark("mark_inside", _lt(
                "The file seems to be put together from several files: line %(line)s begins a "
                "new one. Check that nothing is in it twice."),
                line=text.count("\n", 0, inner) + 1)
        text = text.replace("\ufeff", "")
    return text


# === DELIMITER === #


def _delimiter(text: str, options: ReadOptions) -> tuple[str, str, str]:
    """Return the text without a ``sep=`` line, the delimiter, and how it was found."""
    told = _SEP_LINE.match(text)
    if told:
        # an empty line keeps the line numbers right
        text = "\n" + text[told.end():]
    if options.delimiter:
        return text, options.delimiter, GIVEN
    if told and told[1] in DELIMITERS:
        return text, told[1], MEASURED
    sample = text[:SAMPLE_CHARS]
    if len(text) > SAMPLE_CHARS:
        sample = sample[:sample.rfind("\n") + 1] or sample
    best = max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))
    return text, best, MEASURED if _evenness(sample, best) else DEFAULT


def _evenness(sample: str, delimiter: str) -> float:
    """Return a measure of how evenly a delimiter cuts the rows, and into how many cells."""
    try:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths = [len(cells) for cells in rows if any(cells)]
    except csv.Error:
        return 0
    counts = Counter(widths)
    usual = max(counts, key=lambda width: (counts[width], width), default=1)
    return (counts[usual] / max(len(widths), 1)) ** 2 * (usual - 1)


def _tell_delimiter(delimiter: str, how: str, decisions: Decisions) -> None:
    sentence = {
        GIVEN: _lt("Chosen by you."),
        MEASURED: _lt("It cuts the rows into the same number of cells."),
        DEFAULT: _lt("No delimiter cuts the file into columns."),
    }
    decisions.decide("delimiter", delimiter, how, sentence[how], ambiguous=how == DEFAULT,
                     words=DELIMITER_WORDS)


# === ROWS === #


class _Lines:
    """Hands lines to the CSV reader and remembers those of the row being read.

    :param number: number of the row's first line.
    """

    def __init__(self, text: str):
        # not by StringIO, which takes four bytes for every character of the file
        self._lines = (line.group() for line in _LINE.finditer(text))
        self.number = 1
        self.taken: list[str] = []

    def __iter__(self):
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        if len(self.taken) > MAX_SPAN:
            raise ReadError("quote_unclosed", _lt(
                "The quotation mark opened in line %(line)s is not closed within %(span)s lines. "
                "Close or remove it."), line=self.number, span=MAX_SPAN)
        return line

    def end_row(self) -> str:
        """Return the row's text as it stands in the file, and begin another."""
        text = "".join(self.taken)
        self.number += len(self.taken)
        self.taken.clear()
        return text


def _rows(text: str, delimiter: str, options: ReadOptions, decisions: Decisions):
    """Return the rows, and the number of the last one when it is cut off inside a quotation."""
    quoting = csv.QUOTE_MINIMAL
    if delimiter == "\t" and _quotes_are_text(text):
        quoting = csv.QUOTE_NONE
        decisions.decide("quote", "", MEASURED, _lt(
            "Quotation marks in the cells are text, they enclose nothing."))
    rows, last, number = Spill(), "", 0
    lines = _Lines(text)
    for cells in _parsed(lines, delimiter, quoting):
        if len(rows) >= options.max_rows:
            raise ReadError("too_many_rows", _lt(
                "The file has more than %(limit)s rows. Split it into several files."),
                limit=options.max_rows)
        number = lines.number
        rows.append(Row(number, cells))
        last = lines.end_row()
    opened = last.startswith('"') or f'{delimiter}"' in last
    cut = quoting != csv.QUOTE_NONE and opened and last.count('"') % 2
    return rows, number if cut else 0


def _parsed(lines: _Lines, delimiter: str, quoting: int) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting)
    try:
        yield from reader
    except csv.Error as error:
        raise ReadError("row_unreadable", _lt(
            "Line %(line)s cannot be read: %(reason)s. Usually a quotation mark was opened and "
            "not closed."), line=reader.line_num, reason=str(error)) from None


def _quotes_are_text(text: str) -> bool:
    """Tell whether a tab-separated file has quotation marks that open nothing (Amazon's)."""
    if '"' not in text:
        return False
    for line in io.StringIO(text[:SAMPLE_CHARS * 16], newline=""):
        if '"' not in line:
            continue
        for cell in line.rstrip("\r\n").split("\t"):
            if cell.startswith('"') != (cell.endswith('"') and len(cell) > 1):
                return True
    return False
