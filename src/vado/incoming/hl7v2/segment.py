"""A segment, split only where it is looked at; every look is noted, for the ledger."""

import re
from binascii import unhexlify

NULL = '""'  # HL7 v2 chapter 2.5.3: delete what was there
_ESCAPE = re.compile(r"\\([^\\\r\n]{1,200})\\")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


class Segment:
    """One segment. Fields and components count from 1 as in the standard; MSH-1 is the field separator itself."""

    __slots__ = ("fields", "name", "path", "raw", "separators", "touched")

    def __init__(self, raw: str, path: str, separators: str) -> None:
        self.raw, self.path, self.separators = raw, path, separators  # separators: field, component, repetition, escape, sub
        self.name = raw[:3]
        self.fields = raw.split(separators[0])
        if self.name in {"MSH", "FHS", "BHS"}:
            self.fields.insert(1, separators[0])
        self.touched: set[int] = set()

    def repetitions(self, field: int) -> list[list[str]]:
        """Give the repetitions of a field, each as its components (still escaped); [] when empty or null."""
        if field >= len(self.fields):
            return []
        self.touched.add(field)
        whole = self.fields[field]
        if not whole or whole == NULL:
            return []
        component, repetition = self.separators[1], self.separators[2]
        return [r.split(component) for r in whole.split(repetition) if r.strip(component + self.separators[4] + " ")]

    def components(self, field: int) -> list[str]:
        """Give the components of the first repetition; [] when empty."""
        found = self.repetitions(field)
        return found[0] if found else []

    def text(self, field: int, component: int = 1) -> str:
        """Give one component of the first repetition, unescaped; '' when it says nothing."""
        return self.part(self.components(field), component)

    def part(self, components: list[str], n: int) -> str:
        """Give the n-th of these components, its first subcomponent, unescaped; '' when it says nothing."""
        return self.sub(components, n, 1)

    def sub(self, components: list[str], n: int, m: int) -> str:
        """Give the m-th subcomponent of the n-th component, unescaped."""
        if n > len(components):
            return ""
        parts = components[n - 1].split(self.separators[4])
        found = parts[m - 1].strip() if m <= len(parts) else ""
        return "" if found == NULL else self.plain(found)

    def whole(self, field: int) -> str:
        """Give the field as text, unescaped, repetitions on lines of their own."""
        return "\n".join(self.plain(self.separators[1].join(r)) for r in self.repetitions(field)).strip()

    def populated(self) -> list[int]:
        """List the fields that say something."""
        blank = self.separators[1:3] + self.separators[4] + " "
        return [n for n, f in enumerate(self.fields) if n and f.strip(blank)]

    def plain(self, text: str) -> str:
        """Take escape sequences away. HL7 v2 chapter 2.7."""
        if self.separators[3] not in text:
            return text
        return _ESCAPE.sub(self._unescaped, text.replace(self.separators[3], "\\") if self.separators[3] != "\\" else text)

    def _unescaped(self, match: re.Match[str]) -> str:
        code = match[1]
        field, component, repetition, escape, sub = self.separators
        known = {"F": field, "S": component, "T": sub, "R": repetition, "E": escape, ".br": "\n", ".sp": "\n", "H": "", "N": ""}
        if code in known:
            return known[code]
        if code[0] == "X" and len(code) % 2:
            try:
                return unhexlify(code[1:]).decode("utf-8", "replace")
            except ValueError:
                return match[0]
        return "\n" if code.startswith((".br", ".sp")) else match[0]


def is_segment(line: str, separator: str) -> bool:
    """Say whether a line begins a segment: three letters or digits, then the separator or the end."""
    return bool(_NAME.match(line)) and (len(line) == 3 or line[3] == separator)


def separators_of(header: str) -> str:
    """Give the five separators that an MSH, FHS or BHS names in its first nine characters; the usual ones where it does not."""
    field = header[3:4] or "|"
    named = header[4:].partition(field)[0][:4]
    component, repetition, escape, sub = (named + "^~\\&"[len(named) :])[:4]
    return field + component + repetition + escape + sub
