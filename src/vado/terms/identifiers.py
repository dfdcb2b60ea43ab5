"""Whether a person's or professional's number can be right: its check digit, by python-stdnum; and what a misread one was.

Shapes without a check digit (CIP-SNS, CIPA) only say what a number cannot be.
"""

import re
from collections.abc import Callable
from itertools import islice, product

from stdnum.es import dni, nie
from stdnum.gb import nhs
from stdnum.mx import curp
from stdnum.us import ssn

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
US_SSN = "http://hl7.org/fhir/sid/us-ssn"
US_NPI = "http://hl7.org/fhir/sid/us-npi"
ES_DNI = "urn:oid:1.3.6.1.4.1.19126.3"  # DNI and NIE share it
ES_CIP_SNS = "urn:oid:2.16.724.4.40"
MX_CURP = "urn:oid:2.16.840.1.113883.4.629"
ES_NASS = "NASS"  # social security number: the name of a rule only, no URI of it is known to us
ES_CIPA = "CIPA"  # Madrid's health card number: likewise

LOOK_ALIKES = ("0OQD", "1IL", "5S", "8B", "2Z", "6G")  # characters that OCR exchanges, upper case
_MATES = {c: group for group in LOOK_ALIKES for c in group}
_SHAPES = {  # what stands where: d digit, a letter, * either; only numbers with a check digit, so that a repair can be proved
    NHS_NUMBER: ("d" * 10,),
    ES_DNI: ("d" * 8 + "a", "a" + "d" * 7 + "a"),
    MX_CURP: ("aaaadddddd" + "a" * 6 + "*d",),
    ES_NASS: ("d" * 12,),
}
_MOST = 64  # ways to read one number that are tried


def valid(system: str, value: str) -> bool | None:
    """Say whether the number fits the rule of its system; None when no rule is known.

    A number that does not fit is kept as it is (it may be what the partner has): use it less, never correct it.
    """
    rule = _RULES.get(system)
    return rule(value) if rule else None


def repaired(system: str, value: str) -> str | None:
    """Give what a number read by OCR was, when exactly one exchange of look-alikes makes its check digit hold.

    Only characters that cannot stand where they stand are exchanged (a letter among the digits), besides those that may be either.
    None: it fits as it is, no exchange makes it fit, or several do.
    """
    if valid(system, value):
        return None
    shapes = (s for s in _SHAPES.get(system, ()) if len(s) == len(value))
    ways = (w for shape in shapes for w in islice(product(*map(_readings, value.upper(), shape)), _MOST))
    found = {number for way in ways if valid(system, number := "".join(way))}
    return found.pop() if len(found) == 1 else None


def same_misread(a: str, b: str) -> bool:
    """Say whether two different values could be one that OCR misread: alike but for look-alikes ('H12O5S', 'H12055')."""
    return a != b and len(a) == len(b) and all(x == y or y in _MATES.get(x, "") for x, y in zip(a, b, strict=True))


def _readings(written: str, kind: str) -> str:
    """The characters that this one may have been, in a place of this kind."""
    mates = _MATES.get(written, written)
    if kind == "*":
        return mates
    fits = str.isdigit if kind == "d" else str.isalpha
    return written if fits(written) else "".join(filter(fits, mates))


def _npi(value: str) -> bool:
    """Ten digits, Luhn with the prefix 80840. Source: CMS NPI check digit calculation, 2004."""
    if len(value) != 10 or not (value.isascii() and value.isdigit()):
        return False
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(value)]  # from the left: 1st, 3rd, ... are doubled
    return (24 + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def _nass(value: str) -> bool:
    """Two digits of the province, eight of the number, two to check: the rest of the first ten divided by 97.

    A number below ten million is put behind the province without its leading zeros. Source: the usual rule of Spanish payroll
    software; we know of no official text.
    """
    if not re.fullmatch(r"[0-9]{12}", value):
        return False
    province, number = int(value[:2]), int(value[2:10])
    whole = number + province * 10_000_000 if number < 10_000_000 else int(value[:10])
    return whole % 97 == int(value[10:])


def _shape(pattern: str) -> Callable[[str], bool]:
    return lambda value: bool(re.fullmatch(pattern, value))


_RULES: dict[str, Callable[[str], bool]] = {
    NHS_NUMBER: nhs.is_valid,
    US_SSN: ssn.is_valid,
    US_NPI: _npi,
    ES_DNI: lambda value: dni.is_valid(value) or nie.is_valid(value),
    ES_CIP_SNS: _shape(r"[B-DF-HJ-NP-TV-Z]{8}[A-Z]{2}[0-9]{6}"),  # sixteen characters, as printed on the card
    ES_CIPA: _shape(r"[0-9]{10}"),
    ES_NASS: _nass,
    MX_CURP: curp.is_valid,
}
