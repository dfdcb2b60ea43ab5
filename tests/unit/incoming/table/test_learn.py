"""What a table seems to mean: proposed with a reason, never what the values contradict, and always a layout that can be used."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from vado.extract.layout import compile_layout
from vado.extract.proposal import toml_of
from vado.incoming.table import TableReader
from vado.incoming.table.learn import Proposal, propose
from vado.model.fact import Fact
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import check

READER = TableReader()
PARTNER = PartnerProfile(PartnerId("lab"), "Lab")
WIDE = (
    "NHC;Fecha;Glucosa (mg/dL);HbA1c (%);Diag1;Diag2;Alergias;Sexo;Equipo\n"
    "1001;23/04/2025;98;5,6;E11.9;I10;Ninguna;H;A\n"
    "1002;24/04/2025;110;6,1;I10;;Penicilina;M;B\n"
)
HEADERS = (
    "NHC", "MRN", "Surname", "Given name", "DOB", "Sexo", "Fecha", "Test", "Code", "Value", "Unit", "Diag1", "Diag2", "Dx",
    "Drug", "Dose", "Onset", "Alergias", "Na (mmol/L)", "Na (mg/dL)", "What", "DNI", "Full name", "Address 1", "Phone",
)  # fmt: skip
VALUES = ("1001", "23/04/2025", "04/23/2025", "5,6", "1.234", "E11.9", "2345-7", "M", "F", "", "Ana", "no", "12345678Z", "<0,3")


def proposed(text: str, partner: PartnerProfile = PARTNER) -> tuple[Proposal, tuple[Fact, ...]]:
    content = text.encode()
    original = Original(original_id(content), partner.id, "test", "", datetime(2026, 1, 1, tzinfo=UTC))
    reading = READER.read(original, content, PARTNER)
    (proposal,) = propose(reading, partner)
    if proposal.table:
        assert tomllib.loads(toml_of(proposal.table))["table"] == [proposal.table]
        compile_layout(proposal.table)
        partner = replace(partner, tables=(proposal.table,))
    facts = READER.facts(reading, partner).facts
    assert not [f for f in check([f for f in facts if f.patient]) if f]  # a row with an empty number is about nobody: IN-011
    return proposal, facts


def test_a_wide_sheet_becomes_one_observation_a_test_with_its_unit() -> None:
    proposal, facts = proposed(WIDE)
    assert proposal.table["dates"] == "dmy" and proposal.table["decimal"] == ","
    found = [f.resource for f in facts if f.kind == "Observation"]
    assert {(o["code"]["text"], o["valueQuantity"]["value"], o["valueQuantity"]["unit"]) for o in found} == {
        ("Glucosa", 98, "mg/dL"), ("Glucosa", 110, "mg/dL"), ("HbA1c", 5.6, "%"), ("HbA1c", 6.1, "%"),
    }  # fmt: skip
    assert {o["effectiveDateTime"] for o in found} == {"2025-04-23", "2025-04-24"}
    assert [c.label for c in proposal.columns if not c.path] == ["Equipo"]


def test_repeated_columns_are_statements_of_their_own_and_none_is_no_allergy() -> None:
    _, facts = proposed(WIDE)
    codes = [f.resource["code"]["coding"][0] for f in facts if f.kind == "Condition"]
    assert sorted(c["code"] for c in codes) == ["E11.9", "I10", "I10"]
    assert {c["system"] for c in codes} == {"http://hl7.org/fhir/sid/icd-10"}
    assert [f.resource["code"]["text"] for f in facts if f.kind == "AllergyIntolerance"] == ["Penicilina"]


def test_a_header_that_its_values_contradict_is_shown_but_not_proposed() -> None:
    proposal, _ = proposed("NHC,Fecha,Prueba,Resultado\n1,soon,Na,140\n2,later,K,4\n3,never,Na,139\n")
    (date,) = [c for c in proposal.columns if c.label == "Fecha"]
    assert date.path == "" and date.confidence < 0.65 and "Fecha" not in proposal.table["map"]


def test_more_values_that_fit_mean_more_confidence() -> None:
    def sure(dates: list[str]) -> float:
        rows = "".join(f"{n},{d},Na,140\n" for n, d in enumerate(dates, 1000))
        return next(c.confidence for c in proposed(f"NHC,Fecha,Prueba,Resultado\n{rows}")[0].columns if c.label == "Fecha")

    assert sure(["23/04/2025", "x", "y"]) < sure(["23/04/2025", "24/04/2025", "y"]) < sure(["23/04/2025"] * 3)


def test_a_number_with_a_check_digit_is_known_without_its_header() -> None:
    proposal, _ = proposed("Ref,Prueba,Resultado\n12345678Z,Na,140\n87654321X,K,4\n")
    assert proposal.columns[0].path.startswith("Patient.identifier:") and proposal.columns[0].confidence == 0.7


def test_a_table_of_nothing_known_proposes_nothing() -> None:
    proposal, facts = proposed("Kilos,Lorry\n12,AB\n13,CD\n")
    assert proposal.table == {} and not facts


def test_a_table_that_names_nobody_is_not_proposed() -> None:
    proposal, _ = proposed("Prueba,Resultado\nNa,140\nK,4\n")
    assert proposal.table == {}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_proposal_can_be_used(data: st.DataObject) -> None:
    headers = data.draw(st.lists(st.sampled_from(HEADERS), min_size=3, max_size=9, unique=True))
    rows = data.draw(
        st.lists(st.lists(st.sampled_from(VALUES), min_size=len(headers), max_size=len(headers)), min_size=3, max_size=6)
    )
    lines = [headers, *([r[0] or "1", *r[1:]] for r in rows)]
    proposed("".join(";".join(line) + "\n" for line in lines))


def test_a_heading_of_two_rows_gives_one_test_per_band() -> None:
    proposal, facts = proposed(
        "NHC;Apellido 1;Nombre;Glucosa;;Sodio;\n;;;Valor;Unidad;Valor;Unidad\n100;Ruiz;Ana;99;mg/dL;140;mmol/L\n101;Gil;Eva;120;mg/dL;139;mmol/L\n"
    )
    assert proposal.table["map"]["Sodio / Valor"] == "Observation#sodio.value"
    told = {
        (f.resource["code"]["text"], f.resource["valueQuantity"]["value"], f.resource["valueQuantity"]["unit"])
        for f in facts
        if f.kind == "Observation"
    }
    assert told == {("Glucosa", 99, "mg/dL"), ("Sodio", 140, "mmol/L"), ("Glucosa", 120, "mg/dL"), ("Sodio", 139, "mmol/L")}
    assert all(f.resource["name"][0]["given"] for f in facts if f.kind == "Patient")


def test_a_row_of_units_is_no_row_of_data() -> None:
    _, facts = proposed("NHC;Apellido 1;Glucosa;Sodio\n;;mg/dL;mmol/L\n100;Ruiz;99;140\n101;Gil;120;139\n")
    told = [f.resource["valueQuantity"] for f in facts if f.kind == "Observation"]
    assert sorted((q["value"], q["unit"]) for q in told) == [(99, "mg/dL"), (120, "mg/dL"), (139, "mmol/L"), (140, "mmol/L")]
