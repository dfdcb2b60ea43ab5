"""A record of two partners is sent to a third in each form; what the third's own Vado then holds says the same."""

from typing import Any

import pytest

from oracle.same import contradictions, family
from plain import arrival, plain_exchange
from vado.exchange.consult import find_persons, show_record
from vado.exchange.ports import Exchange, Writer
from vado.exchange.receive import receive
from vado.model.original import PartnerId
from vado.model.outgoing import Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record, Viewer
from vado.outgoing.cda import CdaWriter
from vado.outgoing.hl7v2 import Hl7v2Writer

ANA = Viewer("ana")
THIRD = PartnerProfile(
    PartnerId("third"), "Third", timezone="Europe/Madrid", identifier_systems={"NHS": "https://fhir.nhs.uk/Id/nhs-number"}
)
LAB = (
    "MSH|^~\\&|LIS|LAB|||20261120100000+0100||ORU^R01|77|P|2.5.1\r"
    "PID|1||L-5^^^LAB^MR~9434765919^^^NHS||Garcia^Ana||19700203|F\r"
    "OBR|1||F9^LIS|24323-8^Metabolic panel^LN|||20261120081500+0100|||||||||||||||20261120093000+0100|||F\r"
    "OBX|1|NM|2951-2^Sodium^LN||138.5|mmol/L^mmol/L^UCUM|135-145|N|||F|||20261120081500+0100\r"
    "OBX|2|SN|89579-7^Troponin I^LN||<^5|ng/L^ng/L^UCUM|||||F|||20261120081500+0100\rNTE|1||Repeat in 3 h\r"
)
CLINIC = (
    "MSH|^~\\&|HIS|CLIN|||20261121100000+0100||ADT^A31|78|P|2.5.1\rEVN|A31|20261121100000\r"
    "PID|1||C-8^^^CLIN^MR~9434765919^^^NHS||Garcia^Ana||19700203|F\rPV1|1|N\r"
    "AL1|1|DA|91936005^Penicillin allergy^SCT|SV|Rash|20010510\rDG1|1||44054006^Type 2 diabetes^SCT||20150302|F\r"
    "PR1|1||80146002^Appendectomy^SCT||19840701\r"
)


def joined() -> Record:
    x = plain_exchange()
    list(receive(x, [arrival(LAB, partner="laboratory"), arrival(CLINIC, partner="clinic")]))
    return only(x)


def only(x: Exchange) -> Record:
    (person,) = find_persons(x, "garcia", ANA)
    return show_record(x, person.id, ANA)


@pytest.mark.parametrize("writer", [Hl7v2Writer(), CdaWriter()], ids=lambda w: w.form)
def test_what_is_sent_arrives(writer: Writer) -> None:
    sent = joined()
    assert len(sent.person.patients) == 2, "the two partners' patients are one person"
    out = list(writer.write([sent], THIRD, Wish(THIRD.id, "w", writer.form, "x")))
    there = plain_exchange(profiles={PartnerId("vado"): PartnerProfile(PartnerId("vado"), "Vado", timezone="Europe/Madrid")})
    rows = list(receive(there, [arrival(o.content, partner="vado") for o in out]))
    assert all(r.state.value == "read" and not [i for i in r.issues if i.code != "IN-013"] for r in rows), [
        r.issues for r in rows
    ]
    got = [f.resource for line in only(there).lines for f in (line.shown, *line.same, *line.conflicts)]
    lost = {
        id_: {w for _, reason in losses_of(out, id_) for w in reason.replace("left out: ", "").split(", ")}
        for id_, _ in all_losses(out)
    }
    for line in sent.lines:
        if line.shown.kind in {"Observation", "AllergyIntolerance", "Condition", "Procedure"}:
            but = {w.split(" ")[0] for w in lost.get(line.shown.id, ())} | {"status", "clinicalStatus", "type"}
            same = [r for r in got if family(r["resourceType"]) == family(line.shown.kind)]
            assert any(not contradictions(line.shown.resource, r, but) for r in same), line.title
    assert [p.resource["birthDate"] for p in only(there).person.patients] == ["1970-02-03"]


def all_losses(out: Any) -> list[tuple[str, str]]:
    return [loss for o in out for loss in o.losses]


def losses_of(out: Any, fact: str) -> list[tuple[str, str]]:
    return [loss for loss in all_losses(out) if loss[0] == fact]
