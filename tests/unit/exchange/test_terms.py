"""Local codes: listed, suggested, accepted, withdrawn; said beside what was sent, never instead of it."""

from datetime import UTC, datetime

from plain import arrival, plain_exchange
from vado.exchange.meanings import accept, suggest, unmapped
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.exchange.replay import replay
from vado.exchange.rows import Which
from vado.exchange.terms import explain
from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.reading import Fidelity, Place
from vado.model.term import Accepted, Concept

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MSH = "MSH|^~\\&|A|B|C|D|2026010110{n}||ORU^R01|C{n}|P|2.5\rPID|1||77^^^H^MR||Gil^Ana||19700203|F\rOBR|1||F{n}|X^Panel^99L\r"
HOSPITAL = PartnerId("hospital")


def place() -> Exchange:
    x = plain_exchange()
    lines = "OBX|1|NM|GLU^Glucosa en suero^99L||{v}|mg/dl|||||F\rOBX|2|NM|K^Potasio^99L||4.1|mmol/L|||||F\r"
    list(receive(x, [arrival(MSH.format(n=n) + lines.format(v=90 + n)) for n in (10, 11)]))
    list(receive(x, [arrival(MSH.format(n=12) + "OBX|1|NM|2345-7^Glucosa en suero^LN||88|mg/dL|||||F\r", partner="council")]))
    return x


def observations(x: Exchange, code: str) -> list[dict]:
    with x.store.begin() as tx:
        facts = [f for r in tx.rows() for f in tx.facts_from(r.original.partner, r.original.id)]
    return [f.resource for f in facts if f.kind == "Observation" and any(c["code"] == code for c in f.resource["code"]["coding"])]


def test_units_without_doubt_get_their_code_and_keep_their_words() -> None:
    assert observations(place(), "GLU")[0]["valueQuantity"] == {
        "value": 100, "unit": "mg/dl", "system": "http://unitsofmeasure.org", "code": "mg/dL",
    }  # fmt: skip


def test_local_codes_are_listed_most_frequent_first() -> None:
    found = [(u.local, u.count, u.unit) for u in unmapped(place(), HOSPITAL) if u.kind == "Observation"]
    assert found == [("GLU", 2, "mg/dl"), ("K", 2, "mmol/L")]


def test_what_another_partner_codes_so_and_what_is_loaded_is_suggested() -> None:
    x = place()
    with x.store.begin() as tx:
        tx.learn(
            [
                Concept("http://loinc.org", "2823-3", "Potasio en suero", "es"),
                Concept("http://loinc.org", "1-1", "Otra cosa", "es"),
            ]
        )
    best = suggest(x, HOSPITAL, "GLU")[0]
    assert (best.concept.code, best.why) == ("2345-7", "another partner codes it so")
    assert best.score == 100
    assert suggest(x, HOSPITAL, "K")[0].concept.code == "2823-3"


def test_an_accepted_map_holds_for_new_and_reread_originals_and_can_be_withdrawn() -> None:
    x = place()
    row = Accepted(HOSPITAL, "GLU", Concept("http://loinc.org", "2345-7", "Glucose"), "equivalent", "ana", NOW)
    accept(x, row)
    list(replay(x, Which(HOSPITAL, format="hl7v2")))
    codings = observations(x, "GLU")[0]["code"]["coding"]
    assert codings[0] == {"code": "GLU", "display": "Glucosa en suero"}
    assert codings[1] == {"system": "http://loinc.org", "code": "2345-7", "userSelected": False, "display": "Glucose"}
    assert "GLU" not in [u.local for u in unmapped(x, HOSPITAL)]
    accept(x, Accepted(HOSPITAL, "GLU", row.target, "equivalent", "ana", NOW, withdrawn=True))
    list(replay(x, Which(HOSPITAL, format="hl7v2")))
    assert len(observations(x, "GLU")[0]["code"]["coding"]) == 1


def test_what_was_read_from_a_picture_gets_no_code() -> None:
    evidence = Evidence(HOSPITAL, OriginalId("0" * 64), (Place(OriginalId("0" * 64), "page 1"),), "scan/1", "r", Fidelity.IMAGE)
    fact = Fact({"resourceType": "Observation", "id": "a", "status": "final", "code": {"text": "GLU"}}, evidence, None)
    row = Accepted(HOSPITAL, "GLU", Concept("http://loinc.org", "2345-7", ""), "equivalent", "ana", NOW)
    assert explain([fact], {"GLU": row}) == (fact,)
