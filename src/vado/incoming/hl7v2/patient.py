"""PID, PD1, NK1, GT1, PRT, ROL, MRG: who the message is about, and who belongs to them."""

from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import identifier, own_system
from vado.incoming.hl7v2.values import address, first, name, part
from vado.model.fact import FhirJson, patient_id
from vado.model.original import stable_id

_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
_CDC = "urn:oid:2.16.840.1.113883.6.238"
_OMB = {"1002-5", "2028-9", "2054-5", "2076-8", "2106-3", "2131-1", "2135-2", "2186-5"}
_ETHNIC = {"H": "2135-2", "N": "2186-5"}  # table 0189
_CARER = {"PP", "PCP"}  # tables 0443, 0912: primary care provider


def patient(pid: Segment, group: Group, m: Message) -> str:
    """Keep the Patient; give its id. From now on the message's facts are about it. PID[Patient], PD1[Patient]."""
    removes: list[str] = []
    resource = segment_map("PID[Patient]").apply(pid, m, removes)
    if found := resource.pop("identifier", []):
        resource["identifier"] = _own(_unique(found), m)
    if "birthDate" not in resource and (born := first(pid, 7)) and "birthDate" not in removes:
        m.complain("IN-012", pid, form="YYYYMMDD" if born else "")
    _county(pid, resource)
    for field, url, table in ((10, _RACE, {}), (22, _ETHNICITY, _ETHNIC)):
        if told := _us_core(pid, field, url, table, m):
            resource.setdefault("extension", []).append(told)
    if pd1 := group.first("PD1"):
        more = segment_map("PD1[Patient]").apply(pd1, m, removes)
        if extensions := [*resource.get("extension", ()), *more.pop("extension", ())]:
            resource["extension"] = extensions
        resource |= more
    id_ = patient_id(m.partner.id, resource.get("identifier", ()), m.reading.original, pid.path)
    m.patient = id_
    if m.event == "A29":  # delete person: what was told of it stays, marked
        resource["active"] = False
    elif m.event == "A37":  # unlink: this number is again one of its own
        resource["active"] = True
        removes.append("link")
    m.add_patient(resource, id_, pid, tuple(dict.fromkeys(r for r in removes if not r.startswith("@") and r not in resource)))
    if mother := [x for r in pid.raw(21).split("~") if r and (x := identifier(r.split("^"), m))]:
        _mother(pid, mother, m)
    if pd1 and pd1.raw(7):
        _living_will(pd1, m)
    return id_


def _unique(found: list[FhirJson]) -> list[FhirJson]:
    """The same number told twice counts once: the telling with a system stays."""
    return [
        i
        for n, i in enumerate(found)
        if not any(
            x["value"] == i["value"]
            and (x.get("system") in (None, i.get("system")) if k < n else "system" in x and "system" not in i)
            for k, x in enumerate(found)
            if k != n
        )
    ]


def _own(found: list[FhirJson], m: Message) -> list[FhirJson]:
    """The partner's own number is scoped to the partner when nobody says which system."""
    if found and "system" not in found[0]:
        named = found[0].get("assigner", {}).get("display", "")
        found[0] = {**found[0], "system": own_system(m, named)}
    return found


def _county(pid: Segment, resource: FhirJson) -> None:
    """PID-12 -> district of the one address, or an address of its own. PID[Patient]."""
    county = first(pid, 12)
    if not county:
        return
    known = resource.setdefault("address", [])
    if len(known) == 1:
        resource["address"] = [{"district": county, **known[0]}]
    else:
        known.append({"district": county})
    pid.left[12] = ()


def _us_core(pid: Segment, field: int, url: str, table: dict[str, str], m: Message) -> FhirJson | None:
    """PID-10, PID-22: race and ethnicity, with the code of the American lists where it is one of theirs."""
    inner: list[FhirJson] = []
    texts: list[str] = []
    for repetition in pid.take(field).split("~"):
        c = repetition.split("^")
        code, text = part(c, 1), part(c, 2) or part(c, 5)
        code = table.get(code, code)
        if code and code[0].isdigit() and "-" in code:
            kind = "ombCategory" if code in _OMB else "detailed"
            inner.append({"url": kind, "valueCoding": {"system": _CDC, "code": code, **({"display": text} if text else {})}})
        if text or code:
            texts.append(text or code)
    return {"url": url, "extension": [*inner, {"url": "text", "valueString": ", ".join(texts)}]} if texts else None


def _mother(pid: Segment, numbers: list[FhirJson], m: Message) -> None:
    """PID-21, PID-6 -> RelatedPerson, the mother. PID[Patient], CX[RelatedPerson-Mother]."""
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}
    resource: FhirJson = {"resourceType": "RelatedPerson", "identifier": numbers, "relationship": [{"coding": [role]}]}
    if pid.raw(6) and (told := name(pid.raw(6).partition("~")[0].split("^"), m)):
        resource["name"] = [told]
    pid.left[21] = ()
    m.add(resource, (m.patient or "", "mother"), pid, 21, rule="PID -> RelatedPerson")


def _living_will(pd1: Segment, m: Message) -> None:
    """PD1-7 -> Observation. PD1[Observation-LivingWill]."""
    code = {"coding": [{"system": "http://loinc.org", "code": "75320-2", "display": "Advance directive"}]}
    resource: FhirJson = {"resourceType": "Observation", "status": "final", "code": code}
    resource |= segment_map("PD1[Observation-LivingWill]").apply(pd1, m)
    if "valueCodeableConcept" in resource:
        m.add(resource, ("living will", m.patient or ""), pd1, 7, rule="PD1 -> Observation")


_ONE_PERSON = frozenset(("A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47", "A48"))


def merged(mrg: Segment, m: Message) -> None:
    """MRG: the patient with these numbers is the one of PID. A18, A30, A34, A36, A39, A40 (merges), A46, A47, A48 (new numbers).

    Other events move or merge visits and accounts (A35, A41 to A45, A49 to A51): the two patients stay two, and
    what MRG says is not understood. HL7 v2 chapter 3.3.30 to 3.3.51.
    """
    if m.event not in _ONE_PERSON:
        return
    old = [x for r in (mrg.raw(1), mrg.raw(4)) for c in r.split("~") if c and (x := identifier(c.split("^"), m))]
    stays = m.patient
    if not old or not stays:
        return
    mrg.left |= {n: () for n in (1, 4, 7) if mrg.raw(n)}
    old = _own(_unique(old), m)
    id_ = patient_id(m.partner.id, old, m.reading.original, mrg.path)
    if id_ == stays:
        return
    resource: FhirJson = {"identifier": old, "active": False}
    if told := [x for c in mrg.raw(7).split("~") if c and (x := name(c.split("^"), m))]:
        resource["name"] = told
    resource["link"] = [{"other": {"reference": f"Patient/{stays}"}, "type": "replaced-by"}]
    m.add_patient(resource, id_, mrg)


def related(nk1: Segment, m: Message) -> None:
    """NK1 -> RelatedPerson. NK1[RelatedPerson]."""
    _relative(nk1, "NK1[RelatedPerson]", m)


def guarantor(gt1: Segment, m: Message) -> None:
    """GT1 -> RelatedPerson who answers for the bill."""
    _relative(gt1, "GT1[RelatedPerson]", m, "guarantor")


def _relative(s: Segment, how: str, m: Message, role: str = "") -> None:
    resource: FhirJson = {"resourceType": "RelatedPerson", **segment_map(how).apply(s, m)}
    if not m.patient or not (resource.keys() & {"name", "identifier", "telecom", "address"}):
        s.left.clear()
        return
    if role:
        resource.setdefault("relationship", []).append({"text": role})
    names = [n.get("family", "") + " ".join(n.get("given", ())) for n in resource.get("name", ())]
    numbers = [i["value"] for i in (*resource.get("identifier", ()), *resource.get("telecom", ()))]
    key = stable_id(*(names or numbers or [s.path]))
    m.add(resource, (m.patient, key, first(s, 3) if s.name == "NK1" else role), s, rule=f"{s.name} -> RelatedPerson")


def participant(s: Segment, m: Message) -> FhirJson | None:
    """PRT, ROL -> the Practitioner, and the PractitionerRole where more than the name is said; a Reference to the person. PRT[PractitionerRole]."""
    n = {"PRT": 5, "ROL": 4}[s.name]
    resource = segment_map(f"{s.name}[PractitionerRole]").apply(s, m)
    if not resource.get("practitioner") and not resource.get("organization") and not resource.get("location"):
        return None
    who = resource.get("practitioner") or resource.get("organization") or resource["location"][0]
    s.left.setdefault(3 if s.name == "PRT" else 2, ())
    field = 14 if s.name == "PRT" else 11
    for r in s.raw(field).split("~"):
        if r and who["reference"].startswith("Practitioner/") and (home := address(r.split("^"), m)):
            m.add_to(who["reference"], "address", home)
            s.left[field] = ()
    if resource.keys() - {"practitioner", "code"}:
        key = ("role", s.name, who["reference"], first(s, 4 if s.name == "PRT" else 3), first(s, 8))
        resource = {"resourceType": "PractitionerRole", **resource}
        m.add(resource, key, s, n, rule=f"{s.name} -> PractitionerRole", own=False)
    return who


_PEOPLE = ("Practitioner/", "PractitionerRole/")


def participants(group: Group, m: Message, *, houses: bool = False) -> list[tuple[str, FhirJson]]:
    """Give the people who take part in what the group tells, with `houses` organisations too: (code of the part they take, Reference)."""
    wanted = (*_PEOPLE, "Organization/") if houses else _PEOPLE
    found = [(first(s, 4 if s.name == "PRT" else 3), participant(s, m)) for s in group.all("PRT", "ROL")]
    return [(code, who) for code, who in found if who and who["reference"].startswith(wanted)]


def carers(group: Group, m: Message, patient_: str) -> None:
    """PRT, ROL beside PID: the general practitioner, else a member of the care team. ROL[Patient-GeneralPractitioner], ROL[CareTeam]."""
    others: list[FhirJson] = []
    for code, who in participants(group, m):
        if code in _CARER:
            m.add_to(f"Patient/{patient_}", "generalPractitioner", who)
        else:
            others.append({**({"role": [{"text": code}]} if code else {}), "member": who})
    segments = group.all("PRT", "ROL")
    if others:
        resource: FhirJson = {"resourceType": "CareTeam", "participant": others}
        m.add(resource, ("care team", patient_), segments[0], rule="ROL -> CareTeam")
