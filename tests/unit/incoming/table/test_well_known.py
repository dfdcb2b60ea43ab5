"""Well-known extracts (OMOP, Synthea) are read without a profile; other tables are not taken for one."""

from datetime import UTC, datetime

import pytest

from vado.incoming.table import TableReader
from vado.incoming.table.shipped import shipped
from vado.model.fact import Facts
from vado.model.original import Original, PartnerId, original_id
from vado.model.partner import PartnerProfile
from vado.tools.fhir_gate import check

READER = TableReader()
PARTNER = PartnerProfile(PartnerId("p"), "P", timezone="Europe/Madrid")
PATIENTS = "Id,BIRTHDATE,DEATHDATE,SSN,FIRST,LAST,GENDER\naa-1,1950-02-03,,999-11-2222,Ana,Inventada,F\n"
CONDITIONS = "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n2020-01-02,,aa-1,e1,59621000,Hypertension\n"


def told(text: str, partner: PartnerProfile = PARTNER) -> Facts:
    content = text.encode()
    original = Original(original_id(content), partner.id, "test", "", datetime(2026, 1, 1, tzinfo=UTC), name="x.csv")
    facts = READER.facts(READER.read(original, content, PARTNER), partner)
    assert not [f for f in check(facts.facts) if f]
    return facts


def test_every_shipped_layout_can_be_used() -> None:
    assert {s.layout.title.split()[0] for s in shipped()} == {"OMOP", "Synthea"}
    assert len({s.layout.title for s in shipped()}) == len(shipped())


def test_the_person_of_another_file_is_the_same_patient() -> None:
    (patient,) = told(PATIENTS).patients
    facts = told(CONDITIONS)
    (condition,) = [f for f in facts.facts if f.kind == "Condition"]
    assert condition.patient == patient.id == facts.patients[0].id
    assert condition.resource["code"]["coding"] == [{"system": "http://snomed.info/sct", "code": "59621000"}]


def test_columns_that_synthea_has_not_are_another_table() -> None:
    other = CONDITIONS.replace("DESCRIPTION\n", "DESCRIPTION,TEAM\n").replace("Hypertension\n", "Hypertension,3\n")
    assert not told(other).facts


def test_the_partners_own_layout_comes_first() -> None:
    own = {
        "title": "own",
        "recognise": ["PATIENT", "CODE"],
        "map": {"PATIENT": "Patient.identifier", "CODE": "Procedure.code.text"},
    }
    facts = told(CONDITIONS, PartnerProfile(PartnerId("p"), "P", tables=(own,)))
    assert {f.kind for f in facts.facts} == {"Patient", "Procedure"}


@pytest.mark.parametrize(("code", "system"), [("8302-2", True), ("QALY", False), ("8302", False)])
def test_a_code_that_has_not_the_shape_of_its_system_gets_none(code: str, system: bool) -> None:
    head = "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE\n"
    facts = told(f"{head}2020-01-02T10:00:00Z,aa-1,e1,,{code},Something,1.5,cm,numeric\n")
    (observation,) = [f.resource for f in facts.facts if f.kind == "Observation"]
    assert ("system" in observation["code"]["coding"][0]) is system
    assert observation["valueQuantity"] == {"value": 1.5, "unit": "cm"}


def test_omop_concept_zero_is_no_code_and_no_midnight_is_invented() -> None:
    head = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_start_datetime,condition_source_value\n"
    facts = told(f"{head}1,7,0,2020-01-02,2020-01-02 00:00:00,I10\n")
    (condition,) = [f.resource for f in facts.facts if f.kind == "Condition"]
    assert condition["code"] == {"text": "I10"} and condition["onsetDateTime"] == "2020-01-02"


def test_an_omop_person_without_birth_datetime_has_a_year_of_birth() -> None:
    head = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,birth_datetime\n"
    (patient,) = told(f"{head}7,8532,1950,2,3,\n").patients
    assert (patient.resource["gender"], patient.resource["birthDate"]) == ("female", "1950")
