"""What a reading decided about a file, and how: nothing is guessed silently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .problem import Phrase, Problem, _lt, said, with_detail

# How a decision came about.
GIVEN = "given"  # a person said so
MEASURED = "measured"  # the file proves it
HINT = "hint"  # something else in the file suggests it
DEFAULT = "default"  # nothing in the file speaks for or against it

# What people call the options.
LABELS = {
    "format": _lt("Format"),
    "encoding": _lt("Characters"),
    "delimiter": _lt("Columns end with"),
    "quote": _lt("Quotation marks"),
    "sheet": _lt("Sheet"),
    "header_row": _lt("Row of headings"),
    "layout": _lt("Layout"),
    "mapping": _lt("Column"),
    "decimal": _lt("Decimal sign"),
    "date_order": _lt("Day and month"),
    "tz": _lt("Time zone"),
    "currency": _lt("Currency"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One decision about a file.

    :param key: the option that overrides it; ``option.field`` for one column.
    :param value: what was decided.
    :param how: ``given``, ``measured``, ``hint`` or ``default``.
    :param template: English sentence that says why.
    :param ambiguous: True when a person should confirm it before importing.
    :param choices: possible value -> what the first cells would mean then.
    :param words: value -> what people call it, for values that say nothing to them.
    :param subject: label of the field, for the option of one column.
    """

    key: str
    value: str
    how: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    ambiguous: bool = False
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    subject: str = ""

    @property
    def label(self) -> Phrase:
        """What people call the option, with its column."""
        name = LABELS[self.key.partition(".")[0]]
        return with_detail(name, Phrase(self.subject)) if self.subject else Phrase(name)

    @property
    def message(self) -> str:
        """The English sentence."""
        return said(self.template, self.values)

    def as_dict(self, translate: Callable[..., str] | None = None) -> dict:
        """Return a plain dict without None; see :meth:`Problem.as_dict`."""

        def text(value: str) -> str:
            return said(self.words[value], {}, translate) if value in self.words else value

        label = self.label
        return {
            "key": self.key,
            "label": said(label.template, label.values, translate),
            "value": self.value,
            "text": text(self.value),
            "how": self.how,
            "message": said(self.template, self.values, translate),
            "ambiguous": self.ambiguous,
            "choices": [{"value": value, "text": text(value), "meaning": meaning}
                        for value, meaning in self.choices.items()],
        }


class Decisions:
    """Collects a reading's settings and its remarks about the file as a whole."""

    def __init__(self):
        self.settings: list[Setting] = []
        self.problems: list[Problem] = []

    def decide(self, key: str, value: str, how: str, template: str, *, ambiguous: bool = False,
               choices: Mapping[str, str] | None = None, words: Mapping[str, str] | None = None,
               subject: str = "", **values) -> str:
        """Record a decision and return its value; see :class:`Setting`."""
        self.settings.append(Setting(
            key, value, how, template, values, ambiguous, choices or {}, words or {}, subject))
        return value

    def remark(self, code: str, template: str, *, row: int = 0, column: str = "", **values):
        """Record a remark about the file that stops nothing."""
        self.problems.append(
            Problem(code, template, row=row, column=column, blocking=False,
                    values={**values, "row": row, "column": column}))
