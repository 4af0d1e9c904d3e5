"""What a reading decided about a file, and how: nothing is guessed silently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .problem import Problem

# How a decision came about.
GIVEN = "given"  # a person said so
MEASURED = "measured"  # the file proves it
HINT = "hint"  # something else in the file suggests it
DEFAULT = "default"  # nothing in the file speaks for or against it


@dataclass(frozen=True, slots=True)
class Setting:
    """One decision about a file.

    :param key: the option that overrides it; ``option.field`` for one column.
    :param value: what was decided.
    :param how: ``given``, ``measured``, ``hint`` or ``default``.
    :param template: English sentence that says why.
    :param ambiguous: True when a person should confirm it before importing.
    :param choices: other value -> what the first cells would mean then.
    """

    key: str
    value: str
    how: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    ambiguous: bool = False
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> str:
        """The English sentence."""
        return self.template % self.values if self.values else self.template

    def as_dict(self, translate: Callable[..., str] | None = None) -> dict:
        """Return a plain dict without None; see :meth:`Problem.as_dict`."""
        message = self.message
        if translate is not None:
            message = translate(self.template, **self.values)
        return {
            "key": self.key,
            "value": self.value,
            "how": self.how,
            "message": message,
            "ambiguous": self.ambiguous,
            "choices": dict(self.choices),
        }


class Decisions:
    """Collects a reading's settings and its remarks about the file as a whole."""

    def __init__(self):
        self.settings: list[Setting] = []
        self.problems: list[Problem] = []

    def decide(self, key: str, value: str, how: str, template: str, *, ambiguous: bool = False,
               choices: Mapping[str, str] | None = None, **values) -> str:
        """Record a decision and return its value."""
        self.settings.append(
            Setting(key, value, how, template, values, ambiguous, choices or {}))
        return value

    def remark(self, code: str, template: str, *, row: int = 0, column: str = "", **values):
        """Record a remark about the file that stops nothing."""
        self.problems.append(
            Problem(code, template, row=row, column=column, blocking=False,
                    values={**values, "row": row, "column": column}))
