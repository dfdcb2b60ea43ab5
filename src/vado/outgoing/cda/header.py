"""The header: what document this is, whom it is about, who made and keeps it. Source: C-CDA R2.1 US Realm Header; CDA R2 4.2."""

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from vado.model.fact import FhirJson
from vado.model.original import stable_id
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record
from vado.outgoing.cda.paper import LOINC, NS, SDTC, XSI, Element, Paper, add, ts, uuid_of
from vado.record import words
from vado.record.headings import word
from vado.record.outward import best_patient, known_patients, numbers

_GENDER = {"female": "F", "male": "M", "other": "UN"}  # v3 AdministrativeGender
_USE = {"home": "HP", "work": "WP", "mobile": "MC", "temp": "TMP", "old": "BAD"}
_SCHEME = {"phone": "tel:", "fax": "fax:", "email": "mailto:", "url": ""}
_NAME_USE = {"official": "L", "usual": "C", "nickname": "P", "anonymous": "A"}
_KIND = {
    "ccd": ("34133-9", "Summarization of Episode Note", "US"),
    "eu": ("60591-5", "Patient summary Document", "EU"),
}  # document code (LOINC), its name, realm
_MADE_BY = "Vado"


def document(paper: Paper, record: Record, partner: PartnerProfile, wish: Wish) -> Element:
    """Begin a document: everything before its body."""
    root = etree.Element(f"{{{NS}}}ClinicalDocument", nsmap={None: NS, "xsi": XSI, "sdtc": SDTC})
    code, name, realm = _KIND[paper.profile]
    now = ts(record.at.replace(microsecond=0).isoformat())
    add(root, "realmCode", code=realm)
    add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    paper.claim(root, "document")
    add(root, "id", root=uuid_of(stable_id("cda", wish.partner, wish.name, record.person.id, record.at.isoformat())))
    paper.own(root, "code", (code, LOINC, name))
    add(root, "title", word("title", paper.language))
    add(root, "effectiveTime", value=now)
    paper.own(root, "confidentialityCode", ("N", "2.16.840.1.113883.5.25"))
    add(root, "languageCode", code=paper.language)
    add(root, "setId", root=uuid_of(stable_id("cda-set", wish.partner, wish.name, record.person.id)))
    _person(paper, root, record, partner, wish)
    _made(root, now)
    _kept(root, wish)
    _covers(root, record, now)
    return root


def _person(paper: Paper, root: Element, record: Record, partner: PartnerProfile, wish: Wish) -> None:
    """Write the numbers, the partner's own first, and who it is, as the partner itself told it where it did."""
    own = known_patients(record, partner.id)
    told = own[0].resource if own and wish.options.get("demographics", "own") == "own" else best_patient(record).resource
    role = add(add(root, "recordTarget"), "patientRole")
    everything = wish.options.get("numbers", "known") == "all"
    for identifier in numbers(record, partner, everything=everything) or ({"system": "urn:x-vado", "value": record.person.id},):
        paper.number(role, identifier)
    for address in told.get("address", ()) or ({},):
        _address(role, address)
    for contact in told.get("telecom", ()) or ({},):
        _contact(role, contact)
    patient = add(role, "patient")
    for name in told.get("name", ()) or ({},):
        _name(patient, name)
    sex = _GENDER.get(told.get("gender", ""))
    add(
        patient,
        "administrativeGenderCode",
        **({"code": sex, "codeSystem": "2.16.840.1.113883.5.1"} if sex else {"nullFlavor": "UNK"}),
    )
    born = ts(told.get("birthDate"))
    add(patient, "birthTime", **({"value": born} if born else {"nullFlavor": "UNK"}))
    _death(patient, told)
    if paper.profile == "ccd":
        add(patient, "raceCode", nullFlavor="UNK")
        add(patient, "ethnicGroupCode", nullFlavor="UNK")


def _death(patient: Element, told: FhirJson) -> None:
    died = ts(told.get("deceasedDateTime"))
    if died or "deceasedBoolean" in told:
        add(patient, f"{{{SDTC}}}deceasedInd", value="true" if died or told["deceasedBoolean"] else "false")
    if died:
        add(patient, f"{{{SDTC}}}deceasedTime", value=died)


def _name(parent: Element, name: FhirJson) -> None:
    element = add(parent, "name", use=_NAME_USE.get(name.get("use", ""), ""))
    family = name.get("family") or ("" if name.get("given") else name.get("text", ""))
    for part in ("prefix", "given"):
        for told in name.get(part, ()):
            add(element, part, told)
    if family:
        add(element, "family", family, qualifier="BR" if name.get("use") == "maiden" else "")
    for told in name.get("suffix", ()):
        add(element, "suffix", told)
    if not len(element):
        element.set("nullFlavor", "UNK")


def _address(parent: Element, address: FhirJson) -> None:
    element = add(parent, "addr", use=_USE.get(address.get("use", ""), ""))
    for line in address.get("line") or ([address["text"]] if address.get("text") else ()):
        add(element, "streetAddressLine", line)
    for part, key in (
        ("city", "city"),
        ("county", "district"),
        ("state", "state"),
        ("postalCode", "postalCode"),
        ("country", "country"),
    ):
        if told := address.get(key):
            add(element, part, told)
    if not len(element):
        element.set("nullFlavor", "UNK")


def _contact(parent: Element, contact: FhirJson) -> None:
    scheme = _SCHEME.get(contact.get("system", "phone"))
    if not contact.get("value") or scheme is None:
        add(parent, "telecom", nullFlavor="UNK")
        return
    value = contact["value"].replace(" ", "") if scheme == "tel:" else contact["value"]
    add(parent, "telecom", value=scheme + value, use=_USE.get(contact.get("use", ""), ""))


def _made(root: Element, now: str) -> None:
    """Write the author: software, and nobody who would have looked at it."""
    author = add(root, "author")
    add(author, "time", value=now)
    assigned = add(author, "assignedAuthor")
    add(assigned, "id", root=uuid_of(stable_id("vado", "cda-author")))
    add(assigned, "addr", nullFlavor="NA")
    add(assigned, "telecom", nullFlavor="NA")
    device = add(assigned, "assignedAuthoringDevice")
    add(device, "manufacturerModelName", _MADE_BY)
    add(device, "softwareName", _MADE_BY)


def _kept(root: Element, wish: Wish) -> None:
    """Write the custodian: who runs this place, as the wish says."""
    organisation = add(add(add(root, "custodian"), "assignedCustodian"), "representedCustodianOrganization")
    oid = wish.options.get("custodian_id", "")
    add(organisation, "id", **({"root": oid} if oid else {"nullFlavor": "NI"}))
    add(organisation, "name", wish.options.get("custodian", _MADE_BY))
    add(organisation, "telecom", nullFlavor="NI")
    add(organisation, "addr", nullFlavor="NI")


def _covers(root: Element, record: Record, now: str) -> None:
    """Say which time of care is summarised: from the oldest thing told until now."""
    days = sorted(day for line in record.lines if (day := ts(words.when(line.shown.resource))[:8]))
    event = add(add(root, "documentationOf"), "serviceEvent", classCode="PCPR")
    time = add(event, "effectiveTime")
    add(time, "low", **({"value": days[0]} if days else {"nullFlavor": "UNK"}))
    add(time, "high", value=now)
