"""Laws of the record: the order of facts does not matter, nothing is dropped, what was entered in error is not shown as true."""

from datetime import UTC, datetime
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.person import LinkEvent, LinkKind, MatchGrade, Person
from vado.model.reading import Fidelity, Place
from vado.model.record import Viewer
from vado.record.assemble import assemble

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CODES = st.sampled_from(
    [("http://snomed.info/sct", "195967001", "Asthma"), ("http://snomed.info/sct", "38341003", "Hypertension"), ("", "", "Cough")]
)
KINDS = st.sampled_from(["Condition", "Observation", "AllergyIntolerance", "MedicationStatement", "Procedure", "Practitioner"])


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    found = []
    for n in range(draw(st.integers(0, 8))):
        kind, (system, code, text) = draw(KINDS), draw(CODES)
        concept = {"text": text} | ({"coding": [{"system": system, "code": code}]} if code else {})
        resource: dict = {"resourceType": kind, "id": f"f{n}"}
        if kind == "MedicationStatement":
            resource |= {
                "medicationCodeableConcept": concept,
                "status": draw(st.sampled_from(["active", "stopped", "entered-in-error"])),
            }
        elif kind != "Practitioner":
            resource["code"] = concept
        if kind == "Observation":
            resource |= {
                "status": draw(st.sampled_from(["final", "entered-in-error", "cancelled"])),
                "effectiveDateTime": draw(st.sampled_from(["2026-01-01", "2025"])),
            }
            resource["valueQuantity"] = {"value": draw(st.integers(1, 3)), "unit": "mmol/L"}
        asserted = draw(st.none() | st.sampled_from([NOW, datetime(2025, 1, 1, tzinfo=UTC)]))
        original = OriginalId(draw(st.sampled_from("ab")) * 64)
        evidence = Evidence(
            PartnerId(draw(st.sampled_from(["gp", "lab"]))), original, (Place(original, "x"),), "r/1", "rule",
            draw(st.sampled_from(Fidelity)), draw(st.sampled_from([1.0, 0.8])), asserted,
        )  # fmt: skip
        found.append(Fact(resource, evidence, None if kind == "Practitioner" else "p"))
    return found


def person() -> Person:
    evidence = Evidence(PartnerId("gp"), OriginalId("c" * 64), (Place(OriginalId("c" * 64), "x"),), "r/1", "rule", Fidelity.CODED)
    patient = Fact({"resourceType": "Patient", "id": "p"}, evidence, "p")
    return Person("x", (patient,), (LinkEvent("p", "x", LinkKind.LINK, MatchGrade.CERTAIN, 0.0, (), "rule", NOW),))


@given(facts(), st.randoms())
def test_the_order_of_facts_does_not_change_the_record(told: list[Fact], chance: object) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assemble(person(), told, Viewer("me"), NOW) == assemble(person(), shuffled, Viewer("me"), NOW)


@given(facts())
def test_every_fact_has_one_place_and_errors_are_not_shown(told: list[Fact]) -> None:
    record = assemble(person(), told, Viewer("me"), NOW)
    placed = [f.id for f in chain(record.others, *((line.shown, *line.same, *line.conflicts) for line in record.lines))]
    assert len(placed) == len(set(placed)), "a fact stands in two places"
    wrong = {f.id for f in told if f.resource.get("status") == "entered-in-error"}
    assert set(placed) | wrong == {f.id for f in told} | (set(placed) & {"p"})
    assert not wrong & {line.shown.id for line in record.lines}
