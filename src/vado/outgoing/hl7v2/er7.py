r"""Segments as text. Every value is escaped here and nowhere else, so that none can end a field or begin a segment.

A field is text, a tuple of components, or a list of repetitions; a tuple inside a tuple holds subcomponents.
Source: HL7 v2.5.1 chapter 2, 2.5.3 (null) and 2.7 (escape sequences).
"""

import re
from collections.abc import Mapping

Text = str
Component = Text | tuple[Text, ...]
Repetition = Text | tuple[Component, ...]
Field = Repetition | list[Repetition]

SEPARATORS = "^~\\&"
_ESCAPED = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # MLLP's own frame bytes are among them
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def segment(name: str, fields: Mapping[int, Field]) -> str:
    """Write one segment, without its end; MSH-1 and -2 are there already when the name is MSH."""
    last = max((n for n, field in fields.items() if field), default=0)
    if name == "MSH":
        return "|".join(["MSH", SEPARATORS, *(_field(fields.get(n, "")) for n in range(3, last + 1))])
    return "|".join([name, *(_field(fields.get(n, "")) for n in range(1, last + 1))])


def message(segments: list[str]) -> bytes:
    """Put segments together, each with its end; UTF-8, as MSH-18 says."""
    return "".join(f"{s}\r" for s in segments).encode()


def lines_of(text: str) -> list[str]:
    """Cut text where its lines end."""
    return _LINE_ENDS.split(text)


def _field(field: Field) -> str:
    return "~".join(map(_repetition, field)) if isinstance(field, list) else _repetition(field)


def _repetition(value: Repetition) -> str:
    if isinstance(value, str):
        return _leaf(value)
    return "^".join(_leaf(c) if isinstance(c, str) else _trimmed("&".join(map(_leaf, c)), "&") for c in _shortened(value))


def _shortened(parts: tuple[Component, ...]) -> tuple[Component, ...]:
    while parts and not parts[-1]:
        parts = parts[:-1]
    return parts


def _trimmed(text: str, mark: str) -> str:
    return text.rstrip(mark)


def _leaf(text: str) -> str:
    r"""Escape one value. A line end becomes \.br\; other control characters become a blank; text that is "" is no null."""
    pieces = (_CONTROL.sub(" ", piece).translate(_ESCAPED) for piece in lines_of(text))
    escaped = "\\.br\\".join(pieces)
    return '\\X22\\"' if escaped.strip() == '""' else escaped
