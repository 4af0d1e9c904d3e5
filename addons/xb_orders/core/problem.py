"""Problems: what is wrong with a value, a row or a file, said so that a clerk can act on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _lt(source: str) -> str:
    """Mark a sentence for translation and return it unchanged.

    The pure rooms know no language. The addon's term export collects what is marked here, and
    the models translate at the time of showing: ``problem.as_dict(env._)``.
    """
    return source


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of ours within a sentence, such as a field's label: translated like the sentence.

    What comes from a file or a sender is put in as plain text and stays as it is.

    :param template: English words, ``%(name)s`` placeholders filled from ``values``.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


def with_detail(label: str, detail: object) -> Phrase:
    """Return the phrase of a label with something in brackets.

    :param label: marked English words.
    :param detail: plain text or a :class:`Phrase`.
    """
    return Phrase(_lt("%(label)s (%(detail)s)"), {"label": Phrase(label), "detail": detail})


def said(template: str, values: Mapping[str, object],
         translate: Callable[..., str] | None = None) -> str:
    """Return a sentence with its values, in English or in the language of ``translate``.

    :param values: plain values, phrases, or tuples of phrases.
    :param translate: ``env._`` or anything called as ``translate(source, **values)``.
    """
    plain = {name: _said_value(value, translate) for name, value in values.items()}
    if translate is not None:
        return translate(template, **plain)
    return template % plain if plain else template


def _said_value(value: object, translate: Callable[..., str] | None) -> object:
    if isinstance(value, tuple):
        return "; ".join(_said_value(item, translate) for item in value)
    if isinstance(value, Phrase):
        return said(value.template, value.values, translate)
    return value


def packed(value: object) -> object:
    """Return a value of a sentence as JSON keeps it; :func:`unpacked` gives it back."""
    if isinstance(value, tuple):
        return [packed(item) for item in value]
    if isinstance(value, Phrase):
        return {"phrase": value.template, "values": _packed_values(value.values)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def unpacked(value: object) -> object:
    """Return the value that :func:`packed` made storable."""
    if isinstance(value, list):
        return tuple(unpacked(item) for item in value)
    if isinstance(value, dict):
        values = {name: unpacked(item) for name, item in (value.get("values") or {}).items()}
        return Phrase(value.get("phrase", ""), values)
    return value


def _packed_values(values: Mapping[str, object]) -> dict:
    return {name: packed(value) for name, value in values.items()}


def stored(code: str, template: str, values: Mapping[str, object], line: object = False) -> dict:
    """Return a problem as the database keeps it: the sentence and its values, not the text, so
    that everybody reads it in his own language.

    >>> stored("unknown_sku", "No product has SKU %(sku)s.", {"sku": "A"}, "L1")["values"]
    {'sku': 'A'}
    """
    return {"code": code, "template": template, "values": _packed_values(values),
            "line": line or False}


def retold(problem: Mapping, translate: Callable[..., str] | None = None) -> str:
    """Return the sentence of a :func:`stored` problem, in the language of ``translate``."""
    template = problem.get("template")
    if not template:
        return problem.get("message") or problem.get("code") or ""
    values = {name: unpacked(value) for name, value in (problem.get("values") or {}).items()}
    return said(template, values, translate)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with the remedy in its sentence.

    :param code: stable snake_case word for programs.
    :param template: English sentence, ``%(name)s`` placeholders filled from ``values``.
    :param values: plain values; words of ours as :class:`Phrase`.
    :param path: JSON path in the order value (``$.lines[0].qty``), or empty.
    :param row: 1-based line (CSV) or row (XLSX) number in the file, 0 when there is none.
    :param column: heading of the file's column, or empty.
    :param line: the ``ref`` of the order line concerned, or empty.
    :param blocking: False for a remark that need not stop the order.
    """

    code: str
    template: str
    path: str = ""
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    row: int = 0
    column: str = ""
    line: str = ""
    blocking: bool = True

    @property
    def message(self) -> str:
        """The English sentence."""
        return said(self.template, self.values)

    @property
    def pathed(self) -> tuple[str, dict]:
        """Sentence and values, with the path in front where the sentence does not name it."""
        if not self.path or self.path in self.message:
            return self.template, dict(self.values)
        return _lt("%(path)s: %(problem)s"), {
            "path": self.path, "problem": Phrase(self.template, self.values)}

    def as_dict(self, translate: Callable[..., str] | None = None) -> dict:
        """Return a plain dict without None, ready for JSON and XML-RPC.

        :param translate: ``env._`` or anything called as ``translate(source, **values)``.
        """
        return {
            "code": self.code,
            "message": said(self.template, self.values, translate),
            "template": self.template,
            "values": _packed_values(self.values),
            "path": self.path or False,
            "row": self.row or False,
            "column": self.column or False,
            "line": self.line or False,
            "blocking": self.blocking,
        }


class ReadError(ValueError):
    """A file or an option that cannot be read at all; carries the :class:`Problem`."""

    def __init__(self, code: str, template: str, **values):
        self.problem = Problem(code, template, values=values)
        super().__init__(self.problem.message)


def shown(value: object, limit: int = 60) -> str:
    """Return a value as it may be quoted in a sentence: one line, not endless."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in
                   text[:limit + 1])
    return text if len(text) <= limit else text[:limit - 1] + "…"
