"""Whether a person's or professional's number can be right: its check digit, by python-stdnum."""

from collections.abc import Callable

from stdnum.es import dni, nie
from stdnum.gb import nhs
from stdnum.mx import curp
from stdnum.us import ssn

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
US_SSN = "http://hl7.org/fhir/sid/us-ssn"
US_NPI = "http://hl7.org/fhir/sid/us-npi"
ES_DNI = "urn:oid:1.3.6.1.4.1.19126.3"  # DNI and NIE share it
MX_CURP = "urn:oid:2.16.840.1.113883.4.629"


def valid(system: str, value: str) -> bool | None:
    """Say whether the number fits the rule of its system; None when no rule is known.

    A number that does not fit is kept as it is (it may be what the partner has): use it less, never correct it.
    """
    rule = _RULES.get(system)
    return rule(value) if rule else None


def _npi(value: str) -> bool:
    """Ten digits, Luhn with the prefix 80840. Source: CMS NPI check digit calculation, 2004."""
    if len(value) != 10 or not (value.isascii() and value.isdigit()):
        return False
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(value)]  # from the left: 1st, 3rd, ... are doubled
    return (24 + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


_RULES: dict[str, Callable[[str], bool]] = {
    NHS_NUMBER: nhs.is_valid,
    US_SSN: ssn.is_valid,
    US_NPI: _npi,
    ES_DNI: lambda value: dni.is_valid(value) or nie.is_valid(value),
    MX_CURP: curp.is_valid,
}
