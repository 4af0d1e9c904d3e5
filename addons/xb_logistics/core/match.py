"""Find a carrier by what a person wrote."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

_NOISE = re.compile(r"[\s\-_.,·&+()]+")


def fold(text: object) -> str:
    """Return a spelling for comparing: case, width, blanks and punctuation do not count.

    >>> fold("Yun Express") == fold("yun-express") == fold("YUNEXPRESS")
    True
    """
    if text is None or text is False:
        return ""
    return _NOISE.sub("", unicodedata.normalize("NFKC", str(text)).casefold())


class CarrierBook:
    """Carriers indexed by code, name and other names.

    :param entries: (id, code, name, other names separated by commas) of each carrier.
    """

    def __init__(self, entries: Iterable[tuple[int, str, str, str]]):
        self._names: dict[int, str] = {}
        self._index: dict[str, set[int]] = {}
        self._spoken: dict[str, str] = {}
        codes: dict[str, int] = {}
        for carrier_id, code, name, aliases in entries:
            self._names[carrier_id] = name
            codes[fold(code)] = carrier_id
            for spelling in (code, name, *re.split(r"[,;，；、\n]", aliases or "")):
                if key := fold(spelling):
                    self._index.setdefault(key, set()).add(carrier_id)
                    self._spoken.setdefault(key, name)
        # A code is unique and says exactly one carrier, whatever else is called the same.
        for key, carrier_id in codes.items():
            self._index[key] = {carrier_id}

    def __contains__(self, text: str) -> bool:
        return fold(text) in self._index

    def find(self, text: str) -> list[int]:
        """Return the ids of the carriers called `text`: one when clear, none when unknown."""
        return sorted(self._index.get(fold(text), ()))

    def name(self, carrier_id: int) -> str:
        """Return the name of a carrier of the book, empty when it is not in it."""
        return self._names.get(carrier_id, "")

    def suggest(self, text: str, limit: int = 3) -> list[str]:
        """Return up to `limit` carrier names that resemble `text`, nearest first."""
        key = fold(text)
        near = difflib.get_close_matches(key, self._index, n=limit * 2, cutoff=0.6)
        if len(key) >= 2:
            near += [
                k for k in self._index if k.startswith(key) or (len(k) > 2 and key.startswith(k))
            ]
        return list(dict.fromkeys(self._spoken[k] for k in near if k in self._spoken))[:limit]
