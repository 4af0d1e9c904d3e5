"""A list that may be longer than the memory is large."""

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

# Items that are written and read together: one block is in the memory at a time.
BLOCK = 500


class Spill:
    """A sequence that only grows; what is beyond its first block lies in a temporary file.

    Items come back as copies. The file has no name: it is gone with the object, and nobody else
    can put anything into it, so that reading it back is safe.

    >>> numbers = Spill(range(1200))
    >>> len(numbers), numbers[0], numbers[-1], numbers[1000:1002], sum(numbers)
    (1200, 0, 1199, [1000, 1001], 719400)
    """

    def __init__(self, items: Iterable = ()):
        self._tail: list = []
        self._places: list[int] = []
        self._file: Any = None
        for item in items:
            self.append(item)

    def append(self, item: Any) -> None:
        """Add an item at the end."""
        if len(self._tail) == BLOCK:
            self._write()
        self._tail.append(item)

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # pylint: disable=consider-using-with
        self._file.seek(0, 2)
        self._places.append(self._file.tell())
        pickle.dump(self._tail, self._file, pickle.HIGHEST_PROTOCOL)
        self._tail = []

    def _block(self, number: int) -> list:
        if number == len(self._places):
            return self._tail
        self._file.seek(self._places[number])
        return pickle.load(self._file)  # noqa: S301  # our own, see above

    def __len__(self) -> int:
        return len(self._places) * BLOCK + len(self._tail)

    def __iter__(self) -> Iterator:
        for number in range(len(self._places) + 1):
            yield from self._block(number)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self._slice(*index.indices(len(self)))
        index = range(len(self))[index]
        return self._block(index // BLOCK)[index % BLOCK]

    def _slice(self, start: int, stop: int, step: int) -> list:
        if step != 1:
            return list(self)[start:stop:step]
        return list(islice(self._from(start // BLOCK), start % BLOCK,
                           start % BLOCK + max(0, stop - start)))

    def _from(self, number: int) -> Iterator:
        for block in range(number, len(self._places) + 1):
            yield from self._block(block)
