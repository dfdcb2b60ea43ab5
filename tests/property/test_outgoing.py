"""Laws of the writers: what is written says, to our own reader and to a counter that knows nothing of Vado, what was told, minus the losses;
no value ends a field, begins a segment, opens an element or becomes a formula; the same record always gives the same bytes."""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from datetime import date as day
from typing import Any

import hl7 as other_hl7
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

import oracle.cda
import oracle.hl7
from oracle.found import found
from oracle.same import concept, contradictions, family
from outward import LOINC, SCT, UCUM, everyone, fact, patient, plain_code, record
from vado.incoming.cda import CdaReader
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.incoming.table import TableReader
from vado.model.fact import Fact
from vado.model.original import Original, PartnerId, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.outgoing.cda import CdaWriter
from vado.outgoing.hl7v2 import Hl7v2Writer
from vado.outgoing.table import TableWriter
from vado.outgoing.table.cells import neutral
from vado.record.outward import PAPER

NHC = "https://hospital.example/nhc"
HOSPITAL = PartnerProfile(PartnerId("hospital"), "Hospital", timezone="Europe/Madrid", identifier_systems={"NHC": NHC})
NASTY = ["\r", "\n", "\r\n", "|", "^", "~", "&", "\\", '""', "\x0b", "\x1c\r", "MSH|^~\\&|", "\rPID|1||X", "<b>", "]]>", "&amp;", "=1+1", "-2", "@x", "\t=x", ";", ",", '"', "'", "\x00", "\u2028", "\x85", "\\X0D\\", "\\.br\\", "ñ", "漢", "\U0001f489", "+", "＝"]  # fmt: skip
SAME = settings(
    max_examples=int(os.environ.get("VADO_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

word = st.text("abcdefgh ÁñZ09", min_size=1, max_size=12).filter(lambda t: t.strip() and not t.strip().isdigit())
nasty = st.lists(st.one_of(word, st.sampled_from(NASTY)), min_size=1, max_size=6).map("".join).map(lambda t: f"x{t}y")
date = st.dates(day(1930, 1, 1), day(2026, 1, 1)).map(str)
when = st.one_of(date, date.map(lambda d: f"{d}T10:20:30+02:00"), date.map(lambda d: d[:7]))
unit = st.sampled_from(["mmol/L", "mg/dL", "kg", "%", "10*9/L", "mm[Hg]"])
number = st.one_of(st.integers(-1000, 100_000), st.decimals(-1000, 1000, places=3, allow_nan=False).map(float))


def code(system: str, codes: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    coded = st.builds(
        lambda c, t: {"coding": [{"system": system, "code": c, "display": t}], "text": t}, st.sampled_from(codes), nasty
    )
    return st.one_of(coded, nasty.map(lambda t: {"text": t}))


def maybe(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


quantity = st.builds(lambda v, u: {"value": v, "unit": u, "system": UCUM, "code": u}, number, unit)
values = st.one_of(
    quantity.map(lambda q: {"valueQuantity": q}),
    st.builds(lambda q, c: {"valueQuantity": {**q, "comparator": c}}, quantity, st.sampled_from(["<", "<=", ">", ">="])),
    code(SCT, ["260385009", "10828004"]).map(lambda c: {"valueCodeableConcept": c}),
    nasty.map(lambda t: {"valueString": t}),
    st.just({"dataAbsentReason": plain_code("data-absent-reason", "unknown")}),
)
ends = st.tuples(st.integers(-50, 50), st.integers(51, 400)).map(
    lambda e: [{"low": {"value": e[0], "unit": "g"}, "high": {"value": e[1], "unit": "g"}}]
)
local = st.builds(
    lambda c, d: [c, {"system": "https://clinic.example/codes", "code": "X1", "display": d}],
    st.just({"system": LOINC, "code": "2160-0"}),
    nasty,
)
two_codes = st.builds(lambda cs, t: {"coding": cs, "text": t}, local, nasty)
lab = st.just({"category": [plain_code("observation-category", "laboratory")]})


def resource(kind: str, *parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda ps: {"resourceType": kind} | {k: v for p in ps for k, v in p.items()})


observation = resource(
    "Observation", st.one_of(code(LOINC, ["2951-2", "718-7", "2160-0"]), two_codes).map(lambda c: {"code": c}), lab, values, when.map(lambda w: {"effectiveDateTime": w}),
    st.sampled_from(["final", "corrected", "preliminary", "unknown", "cancelled"]).map(lambda s: {"status": s}),
    maybe(interpretation=st.just([plain_code("v3-ObservationInterpretation", "H")]), note=nasty.map(lambda t: [{"text": t}]), referenceRange=ends),
)  # fmt: skip
allergy = resource(
    "AllergyIntolerance", code(SCT, ["91936005", "294505008"]).map(lambda c: {"code": c}),
    st.sampled_from(["active", "inactive", "resolved"]).map(lambda s: {"clinicalStatus": plain_code("allergyintolerance-clinical", s)}),
    maybe(
        onsetDateTime=date, category=st.sampled_from([["medication"], ["food"]]), type=st.sampled_from(["allergy", "intolerance"]),
        criticality=st.sampled_from(["high", "low"]), reaction=code(SCT, ["271807003"]).map(lambda m: [{"manifestation": [m], "severity": "mild"}]),
        verificationStatus=st.sampled_from(["confirmed", "unconfirmed", "refuted"]).map(lambda s: plain_code("allergyintolerance-verification", s)),
    ),
)  # fmt: skip
condition = resource(
    "Condition", code(SCT, ["44054006", "195967001"]).map(lambda c: {"code": c}),
    st.sampled_from(["active", "inactive", "resolved"]).map(lambda s: {"clinicalStatus": plain_code("condition-clinical", s)}),
    maybe(
        onsetDateTime=date, recordedDate=date,
        verificationStatus=st.sampled_from(["confirmed", "provisional", "refuted"]).map(lambda s: plain_code("condition-ver-status", s)),
    ),
)  # fmt: skip
procedure = resource(
    "Procedure", code(SCT, ["80146002", "73761001"]).map(lambda c: {"code": c}),
    st.sampled_from(["completed", "not-done", "in-progress", "unknown"]).map(lambda s: {"status": s}), maybe(performedDateTime=when),
)  # fmt: skip
statement = resource(
    "MedicationStatement", code("http://www.whocc.no/atc", ["A10BA02", "C09AA05"]).map(lambda c: {"medicationCodeableConcept": c}),
    st.sampled_from(["active", "completed", "stopped", "not-taken", "on-hold", "unknown"]).map(lambda s: {"status": s}),
    maybe(effectiveDateTime=date, dosage=quantity.map(lambda q: [{"doseAndRate": [{"doseQuantity": q}]}])),
)  # fmt: skip
vaccine = resource(
    "Immunization", code("http://hl7.org/fhir/sid/cvx", ["141", "08"]).map(lambda c: {"vaccineCode": c}), when.map(lambda w: {"occurrenceDateTime": w}),
    st.sampled_from(["completed", "not-done"]).map(lambda s: {"status": s}), maybe(lotNumber=nasty),
)  # fmt: skip
facts = st.lists(st.one_of(observation, allergy, condition, procedure, statement, vaccine), max_size=7, unique_by=str).map(
    lambda rs: [fact(r) for r in rs]
)
person = st.builds(
    lambda f, g: patient("hospital", "H1", NHC, name=[{"family": f, "given": [g]}]), nasty, nasty
)  # fmt: skip


def write(writer: Any, told: Iterable[Fact], **options: Any) -> list[Outgoing]:
    wish = Wish(HOSPITAL.id, "out", writer.form, "x", options=options)
    writer.check(wish)
    made = record(told)
    out = list(writer.write([made], HOSPITAL, wish))
    assert out == list(writer.write([made], HOSPITAL, wish)), "the same record gives the same bytes"
    return out


def read(reader: Any, content: bytes, profile: PartnerProfile = HOSPITAL) -> list[dict[str, Any]]:
    original = Original(original_id(content), profile.id, "t", "", datetime(2026, 1, 1, tzinfo=UTC), name="x.csv")
    assert reader.claims(original, content) > 0.4
    return [f.resource for f in reader.facts(reader.read(original, content, profile), profile).facts]


def lost(out: Iterable[Outgoing]) -> dict[str, set[str]]:
    """Fact -> the elements that it lost; '' where all of it stayed behind."""
    found: dict[str, set[str]] = {}
    for id_, reason in (loss for o in out for loss in o.losses):
        names = reason.removeprefix("left out: ").split(", ") if reason.startswith("left out: ") else [""]
        found.setdefault(id_, set()).update(re.split(r"[ .(]", n)[0] for n in names)
    return found


def compare(
    sent: Iterable[Fact], back: list[dict[str, Any]], losses: Mapping[str, set[str]], silent: Mapping[str, set[str]]
) -> None:
    """Each fact is found again but for what was said to be lost, and nothing comes back that was not sent."""
    left = [r for r in back if family(r["resourceType"]) in {family(f.kind) for f in sent}]
    for f in sent:
        gone = losses.get(f.id, set())
        if f.kind == "Patient" or "" in gone:
            continue
        but = gone | silent.get(f.kind, set())
        apart = [(r, contradictions(f.resource, r, but)) for r in left if family(r["resourceType"]) == family(f.kind)]
        match = next((r for r, c in apart if not c), None)
        assert match is not None, (f.resource, [c for _, c in apart])
        left.remove(match)
    assert not [r for r in left if r["resourceType"] != "Patient"], left


# HL7 v2

V2_SAYS_OTHERWISE = {  # what segments of these messages have no word for is told once in the README, not with each fact
    "AllergyIntolerance": {"type", "clinicalStatus"}, "Condition": {"clinicalStatus"},
    "Procedure": {"status"}, "Observation": {"dataAbsentReason"},
}  # fmt: skip


@SAME
@given(person, facts)
def test_hl7_is_read_back(who: Fact, told: list[Fact]) -> None:
    out = write(Hl7v2Writer(), [who, *told])
    assert all(o.content.startswith(b"MSH|^~\\&|VADO|") for o in out)
    losses, back = lost(out), [r for o in out for r in read(Hl7v2Reader(), o.content)]
    apart = [
        r for r in back if r["resourceType"] not in {"DiagnosticReport", "ServiceRequest"}
    ]  # made by OBR, for what stands alone
    shown = [f for f in told if not (f.kind == "AllergyIntolerance" and "" in losses.get(f.id, ()))]
    lines = [line.shown for line in record([who, *told]).lines]
    compare(
        [f for f in shown if f in lines or not any(f.id == x.id for x in lines)],
        _once(apart),
        _same_lines(told, losses, who),
        V2_SAYS_OTHERWISE,
    )
    for r in back:
        if r["resourceType"] == "Patient":
            assert r["identifier"][0]["value"] == "H1" and r["identifier"][0]["system"] == NHC


def test_an_independent_counter_finds_nothing_else_in_what_is_written() -> None:
    told = everyone()
    for o in write(Hl7v2Writer(), told):
        assert all(found(oracle.hl7.facts(o.content.decode()), read(Hl7v2Reader(), o.content))), o.name
    for profile in ("ccd", "eu"):
        (o,) = write(CdaWriter(), told, profile=profile)
        facts = oracle.cda.facts(o.content)
        missed = {f.tokens[0] for f, there in zip(facts, found(facts, read(CdaReader(), o.content)), strict=True) if not there}
        assert missed <= {"418471000", "critl"}, "but for what FHIR says in words of its own: category food, criticality low"


def _once(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({r["id"]: r for r in resources}.values())


def _same_lines(told: list[Fact], losses: dict[str, set[str]], who: Fact) -> dict[str, set[str]]:
    """What only repeats the line that went out is not told twice."""
    repeated = {f.id: {""} for line in record([who, *told]).lines for f in line.same}
    return {**losses, **repeated}


@SAME
@given(person, facts)
def test_no_value_begins_a_segment(who: Fact, told: list[Fact]) -> None:
    for o in write(Hl7v2Writer(), [who, *told], messages=["ADT^A31", "ORU^R01", "MDM^T02"]):
        text = o.content.decode()
        assert not re.search("[\x00-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe]", text), (
            "only carriage returns, one behind each segment"
        )
        names = [s[:4] for s in text.split("\r")[:-1]]
        assert set(names) <= {f"{n}|" for n in ("MSH", "EVN", "PID", "PV1", "AL1", "DG1", "PR1", "OBR", "OBX", "NTE", "TXA")}
        assert names.count("MSH|") == names.count("PID|") == 1
        assert '|""|' not in text and '^""^' not in text, "no null that would delete what the receiver has"
        assert [str(s[0]) for s in other_hl7.parse(text)] == [n[:3] for n in names]


@example('""').via("a null")
@SAME
@given(nasty)
def test_every_text_comes_back_through_other_peoples_parser(text: str) -> None:
    (out,) = write(
        Hl7v2Writer(),
        [patient("hospital", "H1", NHC), fact({"resourceType": "Condition", "code": {"text": text}})],
        messages=["ADT^A31"],
    )
    (back,) = [r for r in read(Hl7v2Reader(), out.content) if r["resourceType"] == "Condition"]
    assert concept(back["code"]) == concept({"text": text})
    message = other_hl7.parse(out.content.decode())
    assert len(message) == 5 and len(message.segment("DG1")) <= 7


# CDA

CDA_SAYS_OTHERWISE = {
    "Condition": set[str](),
    "AllergyIntolerance": set[str](),
    "Observation": set[str](),
    "MedicationStatement": set[str](),
}


@SAME
@given(person, facts, st.sampled_from(["ccd", "eu"]))
def test_cda_is_read_back(who: Fact, told: list[Fact], profile: str) -> None:
    (out,) = write(CdaWriter(), [who, *told], profile=profile)
    back = [r for r in read(CdaReader(), out.content) if not r.get("hasMember")]
    compare(told, back, _same_lines(told, lost([out]), who), CDA_SAYS_OTHERWISE)
    root = etree.fromstring(out.content)
    ids = [e.get("ID") for e in root.iter("{*}tr") if e.get("ID")]
    pointed = {e.get("value", "")[1:] for e in root.iter("{*}reference")}
    assert len(ids) == len(set(ids)) and pointed <= set(ids), "every entry points to words that are there"


# Tables

COLUMNS = {
    "NHC": f"Patient.identifier:{NHC}", "Apellidos": "Patient.name.family", "LOINC": "Observation.code.coding:LN", "Prueba": "Observation.code.text",
    "Valor": "Observation.value", "Unidad": "Observation.valueQuantity.unit", "Fecha": "Observation.effectiveDateTime", "Estado": "Observation.status",
    "Dx": "Condition.code.text", "SCT": "Condition.code.coding:SCT", "Inicio": "Condition.onsetDateTime", "Activo": "Condition.clinicalStatus",
    "Seguro": "Condition.verificationStatus",
}  # fmt: skip
TABLE = PartnerProfile(
    HOSPITAL.id,
    "Hospital",
    timezone="Europe/Madrid",
    identifier_systems={"NHC": NHC},
    tables=({"title": "t", "map": COLUMNS, "decimal": "."},),
)


@SAME
@given(
    st.lists(st.one_of(observation, condition), min_size=2, max_size=6, unique_by=str),
    st.sampled_from(["csv", "xlsx"]),
    st.sampled_from(["dmy", "mdy", "ymd"]),
)
def test_a_table_is_read_back(resources: list[dict[str, Any]], form: str, dates: str) -> None:
    who, told = patient("hospital", "H1", NHC), [fact(r) for r in resources]
    (out,) = write(TableWriter(), [who, *told], columns=COLUMNS, format=form, dates=dates)
    profile = PartnerProfile(
        TABLE.id,
        TABLE.name,
        timezone=TABLE.timezone,
        identifier_systems=TABLE.identifier_systems,
        tables=TABLE.tables,
        dates=dates,
    )
    sent = {f.id for f in told} - _same_lines(told, {}, who).keys()
    back = read(TableReader(), out.content, profile)
    days = {r.get("effectiveDateTime", r.get("onsetDateTime", ""))[:10] for r in back}
    for f in told:
        if f.id in sent and (at := f.resource.get("effectiveDateTime", f.resource.get("onsetDateTime"))):
            assert at[:10] in days, "no date is turned round"
    rows = [r for r in back if r["resourceType"] == "Observation"]
    assert len(rows) >= len({f.id for f in told if f.kind == "Observation" and f.id in sent}) - _alike(told)


def _alike(told: list[Fact]) -> int:
    """Facts that differ only in what the columns do not show give one row twice, and that is one fact."""
    shown = [
        str({k: v for k, v in f.resource.items() if k not in {"id", "note", "interpretation", "dataAbsentReason"}}) for f in told
    ]
    return len(shown) - len(set(shown))


@SAME
@given(nasty, st.sampled_from(["comma", "semicolon", "tab", "pipe"]))
def test_no_cell_becomes_a_formula(text: str, delimiter: str) -> None:
    who = patient("hospital", "H1", NHC, name=[{"family": text[1:-1] or "x", "given": [text]}])
    (out,) = write(
        TableWriter(), [who, fact({"resourceType": "Condition", "code": {"text": text[1:-1] or "x"}})], delimiter=delimiter
    )
    body = out.content.decode("utf-8-sig")
    for mark in ",;\t|\n\r":  # whatever a spreadsheet takes for the end of a cell
        for cell in re.split(re.escape(mark), body):
            bare = cell.lstrip(' \u00a0"')
            assert not bare.startswith(("=", "+", "@", "＝", "＋", "＠", "\t=")), (mark, cell)
            assert not bare.startswith("-") or re.fullmatch(r"-?[\d.]+\"?", bare), (mark, cell)


@given(st.text(max_size=30))
def test_neutral_text_says_the_same_without_its_apostrophes(text: str) -> None:
    assert neutral(text).replace("'", "") == text.replace("'", "")
    assert neutral(neutral(text)) == neutral(neutral(neutral(text)))


def test_what_was_read_from_paper_and_not_reviewed_goes_nowhere_as_a_value() -> None:
    told = everyone()
    unseen = [f for f in told if f.resource.get("code", {}).get("text") in {"Migraine", "Epilepsy"}]
    for writer in (Hl7v2Writer(), CdaWriter(), TableWriter()):
        out = write(writer, told, **({"messages": ["ADT^A31", "ORU^R01", "MDM^T02"]} if writer.form == "hl7v2" else {}))
        content = b"".join(o.content for o in out)
        assert b"Migraine" not in content and b"Epilepsy" not in content, writer.form
        assert {(f.id, PAPER) for f in unseen} <= {loss for o in out for loss in o.losses} and len(unseen) == 2
        assert b"Asthma" not in content, "the partner's own facts are not echoed"
