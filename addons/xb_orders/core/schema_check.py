"""JSON Schema errors as problems: a path, and a sentence with the remedy."""

import functools
import json
import re
from collections.abc import Callable, Iterator

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from .problem import Phrase, Problem, _lt, shown

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TYPE_NAMES = {
    "string": _lt("text"), "object": _lt("an object"), "array": _lt("a list"),
    "boolean": _lt("true or false"), "number": _lt("a number"), "integer": _lt("a whole number"),
}
# What a violated keyword of the schema is called.
CODES = {
    "required": "missing", "additionalProperties": "unknown_field", "type": "wrong_type",
    "enum": "unknown_choice", "minItems": "empty_list", "minLength": "empty_text",
    "maxLength": "text_too_long", "format": "time_malformed", "pattern": "malformed",
}
PATTERN_CODES = {"^[A-Z]{3}$": "currency_malformed", "^[A-Z]{2}$": "country_malformed"}
# By code. %(name)s is the field, %(got)s what came, %(wanted)s the rule.
# (Not in one dict of pairs: see tests/test_terms.py.)
SENTENCES = {
    "missing": _lt("%(name)s is missing. Every order needs it; add it."),
    "unknown_field": _lt(
        'The order value has no field "%(name)s" here. Remove it, or put it under "raw".'),
    "wrong_type": _lt("%(name)s must be %(wanted)s, but is %(got)s."),
    "unknown_choice": _lt('%(name)s is "%(got)s", but must be one of %(wanted)s.'),
    "empty_list": _lt(
        "%(name)s is empty. An order has at least one of them; add what was ordered."),
    "empty_text": _lt("%(name)s is empty. Fill it."),
    "text_too_long": _lt(
        '%(name)s "%(got)s" is longer than %(wanted)s characters. Shorten it.'),
    "time_malformed": _lt(
        '%(name)s "%(got)s" is not a time with a zone. Write it in ISO 8601 with an offset, such '
        "as 2026-05-04T06:15:22+00:00."),
    "malformed": _lt('%(name)s "%(got)s" does not have the form %(wanted)s.'),
    "decimal_expected": _lt(
        '%(name)s must be a decimal number written as text, such as "12.50", but is %(got)s. Put '
        "it in quotes; a binary number would lose cents."),
    "decimal_malformed": _lt(
        '%(name)s "%(got)s" is not a plain decimal number. Write it with a point and without '
        "thousands separator or currency, at most 14 digits before and 8 after the point, such "
        "as 1234.50."),
    "currency_malformed": _lt(
        '%(name)s "%(got)s" is not a currency code. Write the three capital letters of ISO 4217, '
        "such as EUR."),
    "country_malformed": _lt(
        '%(name)s "%(got)s" is not a country code. Write the two capital letters of ISO 3166-1, '
        "such as DE."),
    "invalid": _lt("%(name)s is not valid: %(got)s."),
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
        code = _code(error, decimal)
        yield Problem(code, SENTENCES[code], path, {
            "name": path, "got": shown(error.instance), "wanted": _wanted(error),
        }, line=_line_ref(parts, value))


def _code(error: ValidationError, decimal: str) -> str:
    if error.schema.get("pattern") == decimal and error.validator in ("pattern", "type"):
        return "decimal_malformed" if error.validator == "pattern" else "decimal_expected"
    code = CODES.get(error.validator, "invalid")
    return PATTERN_CODES.get(error.validator_value, code) if code == "malformed" else code


def _wanted(error: ValidationError) -> str | Phrase:
    if error.validator == "enum":
        return ", ".join(error.validator_value)
    if error.validator == "type" and error.validator_value in TYPE_NAMES:
        return Phrase(TYPE_NAMES[error.validator_value])
    return str(error.validator_value)


def _line_ref(parts: list, value) -> str:
    if len(parts) < 2 or parts[0] != "lines" or not isinstance(parts[1], int):
        return ""
    line = value["lines"][parts[1]]
    ref = line.get("ref") if isinstance(line, dict) else ""
    return ref if isinstance(ref, str) else ""
