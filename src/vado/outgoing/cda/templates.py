"""Which template each part of a document claims, guide by guide.

Sources: ccd: HL7 C-CDA R2.1 (2015) with the errata of June 2019; eu: MyHealth@EU (eHDSI) Patient Summary CDA pivot, on IHE PCC templates.
Templates with an extension are claimed without it too, as C-CDA R2.1 asks for older receivers.
"""

from vado.model.record import Kind

Root = tuple[str, str]  # root, extension or ""

_T = "2.16.840.1.113883.10.20.22."
_OLD = "2.16.840.1.113883.10.20.1."
_PCC = "1.3.6.1.4.1.19376.1.5.3.1."
_EU = "1.3.6.1.4.1.12559.11.10.1.3.1."
PROFILES = frozenset(("ccd", "eu"))

_CCD: dict[str, tuple[Root, ...]] = {
    "document": ((_T + "1.1", "2015-08-01"), (_T + "1.2", "2015-08-01")),
    Kind.ALLERGY: ((_T + "2.6.1", "2015-08-01"),),
    Kind.MEDICATION: ((_T + "2.1.1", "2014-06-09"),),
    Kind.PROBLEM: ((_T + "2.5.1", "2015-08-01"),),
    Kind.RESULT: ((_T + "2.3.1", "2015-08-01"),),
    Kind.VITAL: ((_T + "2.4.1", "2015-08-01"),),
    Kind.IMMUNIZATION: ((_T + "2.2.1", "2015-08-01"),),
    Kind.PROCEDURE: ((_T + "2.7.1", "2014-06-09"),),
    Kind.SOCIAL: ((_T + "2.17", "2015-08-01"),),
    "allergy concern": ((_T + "4.30", "2015-08-01"),),
    "allergy": ((_T + "4.7", "2014-06-09"),),
    "allergy status": ((_T + "4.28", ""),),
    "criticality": ((_T + "4.145", ""),),
    "reaction": ((_T + "4.9", "2014-06-09"),),
    "severity": ((_T + "4.8", "2014-06-09"),),
    "problem concern": ((_T + "4.3", "2015-08-01"),),
    "problem": ((_T + "4.4", "2015-08-01"),),
    "problem status": ((_T + "4.6", ""),),
    "medication": ((_T + "4.16", "2014-06-09"),),
    "product": ((_T + "4.23", "2014-06-09"),),
    "immunization": ((_T + "4.52", "2015-08-01"),),
    "vaccine": ((_T + "4.54", "2014-06-09"),),
    "result organizer": ((_T + "4.1", "2015-08-01"),),
    "result": ((_T + "4.2", "2015-08-01"),),
    "vital organizer": ((_T + "4.26", "2015-08-01"),),
    "vital": ((_T + "4.27", "2014-06-09"),),
    "social": ((_T + "4.38", "2015-08-01"),),
    "procedure": ((_T + "4.14", "2014-06-09"),),
    "author": ((_T + "4.119", ""),),
    "comment": ((_T + "4.64", ""),),
}
_PSR: dict[str, tuple[Root, ...]] = {
    "document": ((_EU + "1.3", ""),),
    Kind.ALLERGY: ((_OLD + "2", ""), (_PCC + "3.13", "")),
    Kind.MEDICATION: ((_EU + "2.3", ""), (_OLD + "8", "")),
    Kind.PROBLEM: ((_PCC + "3.6", ""), (_OLD + "11", "")),
    Kind.RESULT: ((_PCC + "3.28", ""),),
    Kind.VITAL: ((_PCC + "1.5.3.2", ""), (_PCC + "3.25", "")),
    Kind.IMMUNIZATION: ((_PCC + "3.23", ""), (_OLD + "6", "")),
    Kind.PROCEDURE: ((_PCC + "3.12", ""), (_PCC + "3.11", "")),
    Kind.SOCIAL: ((_PCC + "3.16.1", ""), (_PCC + "3.16", ""), (_OLD + "15", "")),
    "allergy concern": ((_OLD + "27", ""), (_PCC + "4.5.1", ""), (_PCC + "4.5.3", "")),
    "allergy": ((_PCC + "4.5", ""), (_OLD + "18", ""), (_OLD + "28", ""), (_PCC + "4.6", "")),
    "allergy status": ((_OLD + "39", ""),),
    "criticality": ((_T + "4.145", ""),),
    "reaction": ((_EU + "3.7", ""), (_OLD + "54", "")),
    "severity": ((_PCC + "4.1", ""), (_OLD + "55", "")),
    "problem concern": ((_OLD + "27", ""), (_PCC + "4.5.1", ""), (_PCC + "4.5.2", "")),
    "problem": ((_EU + "3.7", ""), (_PCC + "4.5", ""), (_OLD + "28", "")),
    "problem status": ((_OLD + "50", ""),),
    "medication": ((_EU + "3.4", ""), (_PCC + "4.7.1", "")),
    "product": ((_EU + "3.1", ""),),
    "immunization": ((_PCC + "4.12", ""), (_OLD + "24", "")),
    "vaccine": ((_PCC + "4.7.2", ""), (_OLD + "53", "")),
    "result organizer": ((_OLD + "32", ""),),
    "result": ((_PCC + "4.13", ""), (_OLD + "31", "")),
    "vital organizer": ((_PCC + "4.13.1", ""), (_OLD + "32", ""), (_OLD + "35", "")),
    "vital": ((_PCC + "4.13", ""), (_OLD + "31", ""), (_PCC + "4.13.2", "")),
    "social": ((_PCC + "4.13", ""), (_OLD + "33", ""), (_PCC + "4.13.4", "")),
    "procedure": ((_PCC + "4.19", ""),),
    "author": (),
    "comment": ((_OLD + "40", ""), (_PCC + "4.2", "")),
}
SECTIONS = {  # LOINC code and its name; in the order of the document
    Kind.ALLERGY: ("48765-2", "Allergies and adverse reactions Document"),
    Kind.MEDICATION: ("10160-0", "History of Medication use Narrative"),
    Kind.PROBLEM: ("11450-4", "Problem list - Reported"),
    Kind.PROCEDURE: ("47519-4", "History of Procedures Document"),
    Kind.RESULT: ("30954-2", "Relevant diagnostic tests/laboratory data Narrative"),
    Kind.SOCIAL: ("29762-2", "Social history Narrative"),
    Kind.VITAL: ("8716-3", "Vital signs"),
    Kind.IMMUNIZATION: ("11369-6", "History of Immunization Narrative"),
}
_MUST = {  # sections that a document has even when nothing is known
    "ccd": {Kind.ALLERGY, Kind.MEDICATION, Kind.PROBLEM, Kind.RESULT, Kind.SOCIAL, Kind.VITAL},
    "eu": {Kind.ALLERGY, Kind.MEDICATION, Kind.PROBLEM, Kind.PROCEDURE},
}


def templates_of(profile: str, part: str) -> tuple[Root, ...]:
    """Give the templates that a part of a document claims."""
    named = (_CCD if profile == "ccd" else _PSR)[part]
    return tuple(r for root, extension in named for r in (((root, ""), (root, extension)) if extension else ((root, ""),)))


def must_have(profile: str, kind: Kind) -> bool:
    """Say whether the guide asks for this section even when it is empty."""
    return kind in _MUST[profile]
