"""JSON Schema errors as problems: a path, and a sentence with the remedy."""

import functools
import json
import re
from collections.abc import Callable, Iterator

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from .problem import Problem, _lt, shown

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TYPE_NAMES = {
    "string": _lt("text"), "object": _lt("an object"), "array": _lt("a list"),
    "boolean": _lt("true or false"), "number": _lt("a number"), "integer": _lt("a whole number"),
}
# By keyword: code and sentence. %(name)s is the field, %(got)s what came, %(wanted)s the rule.
SENTENCES = {
    "required": ("missing", _lt("%(name)s is missing. Every order needs it; add it.")),
    "additionalProperties": ("unknown_field", _lt(
        'The order value has no field "%(name)s" here. Remove it, or put it under "raw".')),
    "type": ("wrong_type", _lt("%(name)s must be %(wanted)s, but is %(got)s.")),
    "enum": ("unknown_choice", _lt('%(name)s is "%(got)s", but must be one of %(wanted)s.')),
    "minItems": ("empty_list", _lt(
        "%(name)s is empty. An order has at least one of them; add what was ordered.")),
    "minLength": ("empty_text", _lt("%(name)s is empty. Fill it.")),
    "maxLength": ("text_too_long", _lt(
        '%(name)s "%(got)s" is longer than %(wanted)s characters. Shorten it.')),
    "format": ("time_malformed", _lt(
        '%(name)s "%(got)s" is not a time with a zone. Write it in ISO 8601 with an offset, such '
        "as 2026-05-04T06:15:22+00:00.")),
    "pattern": ("malformed", _lt('%(name)s "%(got)s" does not have the form %(wanted)s.')),
}
DECIMAL_TYPE = ("decimal_expected", _lt(
    '%(name)s must be a decimal number written as text, such as "12.50", but is %(got)s. Put it '
    "in quotes; a binary number would lose cents."))
PATTERNS = {
    "decimal": ("decimal_malformed", _lt(
        '%(name)s "%(got)s" is not a plain decimal number. Write it with a point and without '
        "thousands separator or currency, at most 14 digits before and 8 after the point, such "
        "as 1234.50.")),
    "^[A-Z]{3}$": ("currency_malformed", _lt(
        '%(name)s "%(got)s" is not a currency code. Write the three capital letters of ISO 4217, '
        "such as EUR.")),
    "^[A-Z]{2}$": ("country_malformed", _lt(
        '%(name)s "%(got)s" is not a country code. Write the two capital letters of ISO 3166-1, '
        "such as DE.")),
}


def json_path(parts) -> str:
    """Return ``$.lines[0].qty`` for ``("lines", 0, "qty")``."""
    path = "$"
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif isinstance(part, str) and IDENTIFIER.fullmatch(part):
            path += f".{part}"
        else:
            path += f"[{json.dumps(shown(part))}]"
    return path


def _pattern(validator, pattern, instance, rule):
    # Python's "$" also matches before a final newline; a JSON Schema's does not.
    if validator.is_type(instance, "string") and not _compiled(pattern).search(instance):
        yield ValidationError("pattern")


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _required(validator, names, instance, rule):
    if validator.is_type(instance, "object"):
        for name in names:
            if name not in instance:
                yield ValidationError("required", path=(name,))


def _additional(validator, allowed, instance, rule):
    if allowed is False and validator.is_type(instance, "object"):
        for name in instance:
            if name not in rule["properties"]:
                yield ValidationError("additional", path=(name,))


Validator = validators.extend(Draft202012Validator, {
    "pattern": _pattern, "required": _required, "additionalProperties": _additional,
})


def schema_problems(value, schema: dict, parse_time: Callable) -> list[Problem]:
    """Return every violation of the schema, in document order.

    :param schema: Draft 2020-12, without ``$ref``, the decimals marked by ``$defs.decimal``.
    :param parse_time: raises ValueError for what is no date-time.
    """
    checker = FormatChecker(formats=())
    checker.checks("date-time", raises=ValueError)(
        lambda text: not isinstance(text, str) or bool(parse_time(text)))
    errors = Validator(schema, format_checker=checker).iter_errors(value)
    decimal = schema["$defs"]["decimal"]["pattern"]
    return list(_problems(errors, decimal, value))


def _problems(errors, decimal: str, value) -> Iterator[Problem]:
    for error in errors:
        parts = list(error.absolute_path)
        path = json_path(parts)
        code, template = _sentence(error, decimal)
        yield Problem(code, template, path, {
            "name": path, "got": shown(error.instance), "wanted": _wanted(error),
        }, line=_line_ref(parts, value))


def _sentence(error: ValidationError, decimal: str) -> tuple[str, str]:
    if error.validator == "pattern":
        kind = "decimal" if error.validator_value == decimal else error.validator_value
        return PATTERNS.get(kind, SENTENCES["pattern"])
    if error.validator == "type" and error.schema.get("pattern") == decimal:
        return DECIMAL_TYPE
    return SENTENCES.get(error.validator, ("invalid", _lt("%(name)s is not valid: %(got)s.")))


def _wanted(error: ValidationError) -> str:
    if error.validator == "enum":
        return ", ".join(error.validator_value)
    return TYPE_NAMES.get(str(error.validator_value), str(error.validator_value))


def _line_ref(parts: list, value) -> str:
    if len(parts) < 2 or parts[0] != "lines" or not isinstance(parts[1], int):
        return ""
    line = value["lines"][parts[1]]
    ref = line.get("ref") if isinstance(line, dict) else ""
    return ref if isinstance(ref, str) else ""
