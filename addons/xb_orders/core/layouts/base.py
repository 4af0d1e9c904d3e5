"""What a file layout is: the columns it knows, and the documents it makes of their rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..document import Document
from ..options import ReadOptions
from ..problem import ReadError, _lt, shown
from ..sheet import Record, Sheet
from ..text import heading


@dataclass(frozen=True, slots=True)
class Field:
    """A column that a layout understands; the headings go by keyword, see ``tests/test_terms.py``.

    :param kind: ``id``, ``text``, ``decimal`` or ``time``.
    :param label: what a person calls it.
    :param headings: the headings it is known by, the surest first.
    """

    kind: str
    label: str
    headings: tuple[str, ...] = field(kw_only=True)
    required: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """How well a header row fits a layout.

    :param columns: field -> position.
    :param missing: required fields without a column.
    :param repeated: fields whose heading stands over several columns.
    :param given: fields whose column a person chose.
    """

    score: float
    columns: Mapping[str, int]
    missing: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    given: frozenset[str] = field(default_factory=frozenset)


class Layout(ABC):
    """Base of all layouts; a plug-in adds its own to the ``layouts`` of :func:`~.reader.read`.

    Class attributes: ``code`` (stable), ``name`` (for people), ``fields``, ``default_currency``
    (used when neither file nor options name one).
    """

    code: str
    name: str
    fields: Mapping[str, Field]
    default_currency = ""

    def recognise(self, header: Sequence[str]) -> float:
        """Return 0 (not mine) to 1 (certainly mine) for a row of headings."""
        return self.match(header).score

    def match(self, header: Sequence[str], mapping: Mapping[str, str] | None = None) -> Match:
        """Find the layout's columns in a row of headings.

        :param mapping: field -> heading, chosen by a person.
        :raise ReadError: when a chosen heading is not there.
        """
        places: dict[str, list[int]] = {}
        for index, text in enumerate(header):
            places.setdefault(self._key(text), []).append(index)
        places.pop("", None)
        columns = self._chosen(header, mapping or {})
        given = frozenset(columns)
        taken, repeated = set(columns.values()), []
        for name, item in self.fields.items():
            if name in columns:
                continue
            found = next((places[key] for key in map(self._key, item.headings)
                          if key in places and places[key][0] not in taken), None)
            if found:
                columns[name] = found[0]
                taken.add(found[0])
                if len(found) > 1:
                    repeated.append(name)
        missing = tuple(name for name, item in self.fields.items()
                        if item.required and name not in columns)
        return Match(self._score(len(header), columns, missing), columns, missing,
                     tuple(repeated), given)

    def decimal_sign(self, header: Sequence[str]) -> str:
        """Return the decimal sign of the country whose layout these headings are, or empty.

        It counts only for numbers that can be read in two ways.
        """
        return ""

    def own_currency(self, header: Sequence[str]) -> str:
        """Return the currency of the country whose layout these headings are, or empty."""
        return ""

    @staticmethod
    def _key(text: str) -> str:
        """Return what headings are compared by."""
        return heading(text)

    def _chosen(self, header: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
        chosen = {}
        texts = [text.strip() for text in header]
        for name, title in mapping.items():
            if name not in self.fields:
                continue  # of another layout
            if title.strip() not in texts:
                raise ReadError("option_invalid", _lt(
                    'There is no column "%(value)s" in this row of headings. Choose one that is '
                    "there."), value=shown(title))
            chosen[name] = texts.index(title.strip())
        return chosen

    def _score(self, width: int, columns: Mapping[str, int], missing: Iterable[str]) -> float:
        """Rate a match: mostly by the required columns, then by how much is understood."""
        required = sum(item.required for item in self.fields.values())
        found = (required - len(tuple(missing))) / max(required, 1)
        return round(0.7 * found + 0.2 * len(columns) / max(width, 1), 4)

    @abstractmethod
    def documents(self, sheet: Sheet, options: ReadOptions) -> Sequence[Document]:
        """Make one document of each document number, in the order of the file."""


def by_document(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """Group records by their field ``ref``, in the order of first appearance.

    Neighbouring rows without a number are one group under an empty number. A group is handed over
    as soon as its last row is read: in a file whose orders stand row by row, only one of them is
    in the memory.
    """
    last: dict[Any, int] = {}
    for index, key in _keys(records):
        last[key] = index
    waiting: dict[Any, list[Record]] = {}
    done: set[Any] = set()
    for (index, key), record in zip(_keys(records), records, strict=True):
        waiting.setdefault(key, []).append(record)
        if last[key] == index:
            done.add(key)
        while waiting and (first := next(iter(waiting))) in done:
            done.remove(first)
            yield first if isinstance(first, str) else "", waiting.pop(first)


def _keys(records: Iterable[Record]) -> Iterator[tuple[int, Any]]:
    """Number the records and name their groups: by ``ref``, or by the first row without one."""
    nameless = 0
    for index, record in enumerate(records):
        ref = record.get("ref") or ""
        nameless = 0 if ref else nameless or index + 1
        yield index, ref or nameless
