"""Segments of a sender's own (Z segments), by the partner's profile.

[[segment]]
name = "ZPI"
[segment.map]
"3" = "Observation 8480-6 http://loinc.org Systolic pressure"   # field -> an Observation of that code
"4" = "Patient.extension https://hospital.example/vip"         # field -> an extension of the Patient
"""

from typing import Any

from vado.incoming.hl7v2.message import Message, Segment
from vado.incoming.hl7v2.names import concept
from vado.incoming.hl7v2.values import number, part, whole
from vado.model.fact import FhirJson


def own_segment(s: Segment, m: Message) -> None:
    """Tell what the profile knows of this segment; the rest stays not understood."""
    for layout in m.partner.segments:
        if layout.get("name") == s.name:
            for field, target in layout.get("map", {}).items():
                if s.raw(int(field)):
                    _tell(s, int(field), str(target).split(" ", 3), m)


def _tell(s: Segment, field: int, words: list[str], m: Message) -> None:
    if words[0] == "ignored":
        s.left[field] = ()
    elif words[0] == "Patient.extension" and len(words) > 1 and m.patient:
        m.add_to(f"Patient/{m.patient}", "extension", {"url": words[1], "valueString": whole(s, field)})
    elif words[0] == "Observation" and len(words) > 1 and m.patient:
        code: FhirJson = {"coding": [{"code": words[1]}]}
        if len(words) > 2 and words[2] != "-":
            code["coding"][0]["system"] = words[2]
        if len(words) > 3:
            code["text"] = words[3]
        resource: FhirJson = {"resourceType": "Observation", "status": "final", "code": code, **_value(s, field, m)}
        if m.encounter:
            resource["encounter"] = {"reference": m.encounter}
        m.add(resource, ("z", m.control, s.path, str(field)), s, field, rule=f"{s.name} -> Observation ({m.partner.id}.toml)")


def _value(s: Segment, field: int, m: Message) -> dict[str, Any]:
    c = s.parts(field)
    if len(c) > 1 and (told := concept(c, m)):
        return {"valueCodeableConcept": told}
    value = number(part(c, 1))
    return {"valueQuantity": {"value": value}} if value is not None else {"valueString": whole(s, field)}
