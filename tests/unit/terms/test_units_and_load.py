"""Units in UCUM where there is no doubt; code systems in their publishers' layouts (invented contents)."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from vado.errors import SettingsError
from vado.model.term import Concept
from vado.terms.load import concepts
from vado.terms.maps import map_names, rows, translate
from vado.terms.units import _USUAL, ucum
from vado.tools.units import canonical


@pytest.mark.parametrize(
    ("written", "code"),
    [("mg/dl", "mg/dL"), ("mcg/dL", "ug/dL"), ("K/uL", "10*3/uL"), ("x10^3/µL", "10*3/uL"), ("UI/L", "[IU]/L"), ("mmHg", "mm[Hg]"), ("°C", "Cel"),
     ("lpm", "/min"), ("ug/(24.h)", None), ("mmol/mol", "mmol/mol"), ("ng/mL", "ng/mL"), ("C", None), ("K", None), ("M", None), ("tablets", None),
     ("", None), ("drops", None), ("mg/dL fasting", None), ("10*9/L", "10*9/L"), ("{copies}/mL", "{copies}/mL")],
)  # fmt: skip
def test_a_unit_gets_a_code_only_without_doubt(written: str, code: str | None) -> None:
    assert ucum(written) == code


def test_every_code_in_the_list_is_ucum() -> None:
    """Asked of the library that knows UCUM whole."""
    wrong = [code for code in set(_USUAL.values()) if canonical(1.0, code) is None]
    assert wrong == []


def test_quantities_that_are_the_same_come_to_the_same() -> None:
    for (a, one), (b, other) in [
        ((1, "g"), (1000, "mg")),
        ((37, "Cel"), (98.6, "[degF]")),
        ((1, "mg/dL"), (10, "mg/L")),
        ((5, "10*3/uL"), (5, "10*9/L")),
    ]:
        first, second = canonical(a, one), canonical(b, other)
        assert first and second
        assert first[1] == second[1]
        assert first[0] == pytest.approx(second[0], rel=1e-6)
    assert canonical(1, "furlong per fortnight") is None


def test_snomed_rf2(tmp_path: Path) -> None:
    head = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
    body = (
        "1\t20260101\t1\tm\t111\tes\t900000000000013009\tvado profundo\tc\n"
        "2\t20260101\t1\tm\t111\tes\t900000000000003001\tvado profundo (hallazgo)\tc\n"
        "3\t20260101\t0\tm\t112\tes\t900000000000013009\tviejo\tc\n"
    )
    with ZipFile(tmp_path / "rf2.zip", "w") as archive:
        archive.writestr("Snapshot/Terminology/sct2_Description_Snapshot-es_INT_20260101.txt", head + body)
        archive.writestr("Full/Terminology/sct2_Description_Full-es_INT_20260101.txt", head + body)
    assert list(concepts("snomed", tmp_path / "rf2.zip")) == [Concept("http://snomed.info/sct", "111", "vado profundo", "es")]


def test_loinc_icd10_rxnorm_and_csv(tmp_path: Path) -> None:
    (tmp_path / "LoincTableCore.csv").write_text(
        '"LOINC_NUM","COMPONENT","LONG_COMMON_NAME","STATUS"\n"9-1","Ford","Depth of ford","ACTIVE"\n"9-2","X","Old","DEPRECATED"\n'
    )
    assert [c.code for c in concepts("loinc", tmp_path)] == ["9-1"]
    order = tmp_path / "order.txt"
    order.write_text(f"{'00001'} {'A000':<7} 1 {'Cold feet':<60} Cold feet from fording\n")
    assert list(concepts("icd10", order)) == [
        Concept("http://hl7.org/fhir/sid/icd-10-cm", "A00.0", "Cold feet from fording", "en")
    ]
    claml = tmp_path / "icd.xml"
    claml.write_text(
        '<ClaML><Class code="A00" kind="category"><Rubric kind="preferred"><Label>Wet boots</Label></Rubric></Class></ClaML>'
    )
    assert [c.display for c in concepts("icd10", claml)] == ["Wet boots"]
    spanish = tmp_path / "cie10es.csv"
    spanish.write_text("A00.0;Pies fríos\n")
    assert list(concepts("icd10", spanish)) == [Concept("http://hl7.org/fhir/sid/icd-10", "A00.0", "Pies fríos", "es")]
    rrf = tmp_path / "RXNCONSO.RRF"
    rrf.write_text("77|ENG|P|L|PF|S|Y|A||||RXNORM|IN|77|fordamine||N||\n78|ENG|P|L|PF|S|Y|A||||RXNORM|IN|78|old||O||\n")
    assert [(c.code, c.display) for c in concepts("rxnorm", rrf)] == [("77", "fordamine")]
    with pytest.raises(SettingsError, match="TE-002"):
        list(concepts("loinc", spanish))


def test_the_standard_maps_agree_with_those_published(corpus: Path) -> None:
    """Every row of ours stands in HL7's own table."""
    import csv
    import re

    folder = corpus / "hl7v2" / "v2-to-fhir-maps" / "codesystems"
    published: dict[str, set[tuple[str, str, str]]] = {}
    for path in folder.glob("*.csv"):
        name = re.sub(r"_(.*)_$", r"[\1]", path.name.removeprefix("HL7 Concept Map_ ").removesuffix(" - Sheet1.csv"))
        table = list(csv.reader(path.open(encoding="utf-8-sig", errors="replace")))
        code, system = table[1].index("Code", 1), max(n for n, x in enumerate(table[1]) if x.strip() == "Code System")
        published[name] = {(r[0].strip(), r[system].strip(), r[code].strip()) for r in table[2:] if len(r) > system}
    for name in map_names():
        ours = {(local, c["system"], c["code"]) for local, c in rows(name).items()}
        assert ours <= published[name], name
    assert translate("MaritalStatus", "M") == {"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}
    assert translate("MaritalStatus", "?") is None
