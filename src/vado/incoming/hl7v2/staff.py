"""MFN messages: the sender's lists of staff and places. HL7 v2 chapters 8 and 15."""

from vado.incoming.hl7v2.grammar import Group
from vado.incoming.hl7v2.mapping import segment_map
from vado.incoming.hl7v2.message import Message
from vado.incoming.hl7v2.names import own_system
from vado.incoming.hl7v2.values import first, part
from vado.model.fact import FhirJson


def entry(group: Group, m: Message) -> None:
    """MFE with STF and PRA -> Practitioner and PractitionerRole; with LOC -> Location."""
    mfe = group.first("MFE")
    gone = mfe is not None and first(mfe, 1).upper() in {"MDL", "MDC"}
    if mfe:
        mfe.left |= {n: () for n in (1, 2, 3, 4, 5) if mfe.raw(n)}
    for stf in group.all("STF"):
        made = segment_map("STF[Practitioner]").apply(stf, m)
        number_ = made["identifier"][0] if "identifier" in made else None
        if not number_ and "name" not in made:
            stf.left.clear()
            continue
        resource: FhirJson = {"resourceType": "Practitioner", **made, **({"active": False} if gone else {})}
        key = (
            (number_.get("system") or own_system(m, "professional"), number_["value"]) if number_ else ("name", str(made["name"]))
        )
        who = m.add(resource, key, stf, rule="STF -> Practitioner", own=False)
        if pra := group.first("PRA"):
            role = segment_map("PRA[PractitionerRole]").apply(pra, m)
            if role:
                resource = {"resourceType": "PractitionerRole", "practitioner": {"reference": who}, **role}
                m.add(resource, ("pra", who), pra, rule="PRA -> PractitionerRole", own=False)
    for loc in group.all("LOC"):
        named = [x for n in (1, 2, 3) if (x := part(loc.raw(1).split("^"), n))]
        said = first(loc, 2)
        if named or said:
            loc.left |= {n: () for n in (1, 2) if loc.raw(n)}
            status = "inactive" if gone else "active"
            resource = {"resourceType": "Location", "status": status, "name": said or " ".join(named)}
            m.add(resource, ("loc", *named), loc, rule="LOC -> Location", own=False)
