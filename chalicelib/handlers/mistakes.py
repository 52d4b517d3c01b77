"""Mistakes: what msgspec has against a value, in the words of whoever sent it.

It names the field in a JSON path at the end, or in backticks.
"""

import re

import msgspec

from chalicelib.domain.errors import InvalidValue

# In one way only: senders name fields at will, and of a long name each split would be tried.
_PATH = re.compile(r" - at `\$\.?([^`[]*)(?:\[[^`]*)?`$")
_NAMED = re.compile(r"(?:unknown|required) field `([^`]*)`")
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SENTENCES = (
    (r"Object contains unknown field .*", "{name} is not known here"),
    (r"Object missing required field .*", "{name} is required"),
    (r"Expected `str` of length >= 1", "{name} must not be empty"),
    (r"Expected `str` of length <= (\d+)", "{name} must have at most {0} characters"),
    (r"Expected `array` of length <= (\d+)", "{name} must have at most {0} entries"),
    (r"Expected `(?:int|float)` >= (\S+)", "{name} must be at least {0}"),
    (r"Expected `(?:int|float)` <= (\S+)", "{name} must be at most {0}"),
    (r"Integer value out of range", "{name} is too large, or too small"),
    (r"Expected `([^`]*)`, got `(\w+)`", "{name} must be {0}, not {1}"),
    (r"Invalid enum value (.*)", "{name} may not be {0}"),
)


def invalid(error: msgspec.ValidationError) -> InvalidValue:
    """The mistake with the field's name; in msgspec's words where it is none of the usual ones."""
    text = str(error)
    at, named = _PATH.search(text), _NAMED.search(text)
    name = named[1] if named else at[1] if at else ""
    sentence = _sentence(text[: at.start()] if at else text, name or "the body")
    return InvalidValue(sentence, name or None)


def _sentence(text: str, name: str) -> str:
    for pattern, sentence in _SENTENCES:
        if found := re.fullmatch(pattern, text):
            return sentence.format(*map(_plain, found.groups()), name=name)
    return f"{name}: {text}"


def _plain(text: str) -> str:
    """Names of types as people say them; anything else as it is."""
    return " or ".join(_KINDS.get(part, part) for part in text.split(" | "))
