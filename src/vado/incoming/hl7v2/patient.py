"""PID, PD1, NK1, MRG: who the message is about. HL7 v2-to-FHIR, segment maps PID[Patient], NK1[RelatedPerson]."""

from vado.incoming.hl7v2.book import Book
from vado.incoming.hl7v2.segment import Segment
from vado.incoming.hl7v2.values import TYPE_SYSTEM, addresses, concept, identifiers, names, professionals, telecoms
from vado.model.fact import FhirJson, patient_id
from vado.model.original import stable_id

GENDER = {"F": "female", "M": "male", "O": "other", "A": "other", "N": "other", "C": "other", "U": "unknown"}  # table 0001
_MARITAL = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
_MARITAL_CODES = {
    "A": "L",
    "D": "D",
    "I": "I",
    "M": "M",
    "S": "S",
    "W": "W",
    "C": "C",
    "P": "P",
    "T": "T",
    "E": "L",
    "U": "UNK",
    "G": "T",
}


def patient(pid: Segment, pd1: Segment | None, book: Book) -> str:
    """Keep the Patient; give its id. From now on the book's facts are about it."""
    found = [*identifiers(pid, 3, book, main=True), *identifiers(pid, 2, book), *identifiers(pid, 4, book)]
    if account := identifiers(pid, 18, book):  # PID-18 -> Patient.identifier (account number)
        found += [{**a, "type": {"coding": [{"system": TYPE_SYSTEM, "code": "AN"}]}} for a in account]
    if social := pid.text(19):  # PID-19 -> Patient.identifier (SSN)
        found.append({"system": "http://hl7.org/fhir/sid/us-ssn", "value": social})
    resource: FhirJson = {}
    unique = [
        i
        for n, i in enumerate(found)
        if i["value"] not in {x["value"] for x in found[:n] if x.get("system") in (None, i.get("system"))}
    ]
    if unique:
        resource["identifier"] = unique
    told = names(pid, 5) + [{**n, "use": "old"} for n in names(pid, 9)]
    for mother in names(pid, 6):  # PID-6 -> extension patient-mothersMaidenName
        if mother.get("family"):
            url = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
            resource["extension"] = [{"url": url, "valueString": mother["family"]}]
            break
    if told:
        resource["name"] = told
    _plain(pid, book, resource)
    _death_and_birth(pid, book, resource)
    if pd1:
        doctors = list(professionals(pd1, 4, book))  # PD1-4 -> Patient.generalPractitioner
        if doctors:
            resource["generalPractitioner"] = doctors
    id_ = patient_id(book.partner.id, unique, book.reading.original, pid.path)
    book.patient = id_
    book.add_patient(resource, id_, pid)
    return id_


def _plain(pid: Segment, book: Book, resource: FhirJson) -> None:
    born = book.time(pid.text(7))  # PID-7 -> Patient.birthDate
    if born:
        resource["birthDate"] = born[:10]
    elif pid.text(7):
        book.complain("IN-012", pid, form="YYYYMMDD")
    if gender := GENDER.get(pid.text(8).upper()[:1]):  # PID-8 -> Patient.gender; table 0001
        resource["gender"] = gender
    if found := addresses(pid, 11):  # PID-11 -> Patient.address
        resource["address"] = found
    points = telecoms(pid, 13, "home") + telecoms(pid, 14, "work") + telecoms(pid, 40)
    if points:  # PID-13, -14, -40 -> Patient.telecom
        resource["telecom"] = [p for n, p in enumerate(points) if p not in points[:n]]
    if language := concept(pid, 15, book, "urn:ietf:bcp:47"):  # PID-15 -> Patient.communication
        resource["communication"] = [{"language": language}]
    marital = pid.text(16).upper()
    if code := _MARITAL_CODES.get(marital):  # PID-16 -> Patient.maritalStatus; table 0002
        system = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor" if code == "UNK" else _MARITAL
        resource["maritalStatus"] = {"coding": [{"system": system, "code": code}]}
    elif told := concept(pid, 16, book):
        resource["maritalStatus"] = {"text": told.get("text") or marital}


def _death_and_birth(pid: Segment, book: Book, resource: FhirJson) -> None:
    died, dead = book.time(pid.text(29)), pid.text(30)
    if died:  # PID-29 -> Patient.deceasedDateTime
        resource["deceasedDateTime"] = died
    elif dead in {"Y", "N"}:  # PID-30 -> Patient.deceasedBoolean
        resource["deceasedBoolean"] = dead == "Y"
    order, multiple = pid.text(25), pid.text(24)
    if order.isdigit():  # PID-25 -> Patient.multipleBirthInteger
        resource["multipleBirthInteger"] = int(order)
    elif multiple in {"Y", "N"}:  # PID-24 -> Patient.multipleBirthBoolean
        resource["multipleBirthBoolean"] = multiple == "Y"


def merged(mrg: Segment, book: Book) -> None:
    """MRG: the patient with these numbers was merged into the one of PID. A40, A34, A18 ...; chapter 3.3.40."""
    old = identifiers(mrg, 1, book, main=True)
    stays = book.patient
    if not old or not stays:
        return
    id_ = patient_id(book.partner.id, old, book.reading.original, mrg.path)
    if id_ == stays:
        return
    resource: FhirJson = {"identifier": old, "active": False}
    if told := names(mrg, 7):
        resource["name"] = told
    resource["link"] = [{"other": {"reference": f"Patient/{stays}"}, "type": "replaced-by"}]
    book.add_patient(resource, id_, mrg)


def related(nk1: Segment, book: Book) -> None:
    """NK1 -> RelatedPerson. NK1[RelatedPerson]."""
    told = names(nk1, 2)
    if not told or not book.patient:
        return
    resource: FhirJson = {"resourceType": "RelatedPerson", "name": told}
    if relationship := concept(nk1, 3, book, "http://terminology.hl7.org/CodeSystem/v2-0063"):
        resource["relationship"] = [relationship]
    if found := addresses(nk1, 4):
        resource["address"] = found
    if points := telecoms(nk1, 5, "home") + telecoms(nk1, 6, "work"):
        resource["telecom"] = points
    if gender := GENDER.get(nk1.text(15)):
        resource["gender"] = gender
    if born := book.time(nk1.text(16)):
        resource["birthDate"] = born[:10]
    if role := concept(nk1, 7, book, "http://terminology.hl7.org/CodeSystem/v2-0131"):
        resource.setdefault("relationship", []).append(role)
    if number := identifiers(nk1, 33, book):
        resource["identifier"] = number
    name = stable_id(*(n.get("family", "") + " ".join(n.get("given", ())) for n in told))
    book.add(resource, (book.patient, name, nk1.text(3)), nk1, rule="NK1 -> RelatedPerson")
