"""A partner's own form, filled in: the record is read back from it, by our reader and by others'; nothing is cut off in silence."""

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from made_form import blank as card
from made_record import NOW, coded, fact, patients, person, record
from vado.errors import SettingsError
from vado.incoming.pdf_form import PdfFormReader
from vado.model.fact import Facts
from vado.model.original import Original, original_id
from vado.model.outgoing import Outgoing, Wish
from vado.model.partner import PartnerProfile
from vado.model.record import Record, Viewer
from vado.outgoing.pdf_form import PdfFormWriter
from vado.record.assemble import assemble
from vado.settings.profile import load_profile
from vado.tools import paper
from vado.tools.pdf_fill import NO_LETTERS, Blank, Unfillable

PROFILE = """
[partner]
name = "Community group"
languages = ["es"]
timezone = "Europe/Madrid"
[[form]]
title = "Health card"
recognise = ["Surname", "Date of birth"]
[form.map]
"Surname" = "Patient.name.family"
"First name" = "Patient.name.given"
"Date of birth" = "Patient.birthDate"
"NHS number" = "Patient.identifier:https://fhir.nhs.uk/Id/nhs-number"
"Address" = "Patient.address"
"Sex Female" = "Patient.gender"
"Sex Male" = "Patient.gender"
"Allergies" = "AllergyIntolerance.code.text"
"Weight (kg)" = "Observation#weight.value"
"Smoker" = "Observation#smoker.valueCodeableConcept"
[form.constant]
"Observation#weight.code.coding:http://loinc.org" = "29463-7"
"Observation#weight.code.text" = "Weight"
"Observation#weight.valueQuantity.unit" = "kg"
"Observation#smoker.code.coding:http://loinc.org" = "72166-2"
[form.code."Sex Female"]
Yes = "female"
[form.code."Sex Male"]
Yes = "male"
[form.code."Smoker"]
Yes = { system = "http://snomed.info/sct", code = "77176002", text = "Smoker" }
"""


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> PartnerProfile:
    folder = tmp_path_factory.mktemp("partners")
    (folder / "community.toml").write_text(PROFILE, "utf-8")
    (folder / "community").mkdir()
    (folder / "community" / "card.pdf").write_bytes(card(fields=True))
    return load_profile(folder / "community.toml")


def weight(value: float, unit: str = "kg", when: str = "2026-10-01") -> Any:
    return fact("Observation", f"w{value}{unit}{when}", code=coded("http://loinc.org", "29463-7", "Peso"), status="final",
                effectiveDateTime=when, valueQuantity={"value": value, "unit": unit})  # fmt: skip


def of(*facts: Any) -> Record:
    return assemble(person(*patients()[:2]), facts, Viewer("test"), NOW)


def allergy(words: str, status: str = "active") -> Any:
    standing = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": status}]}
    return fact("AllergyIntolerance", words, code={"text": words}, clinicalStatus=standing)


def filled(partner: PartnerProfile, of: Record, **options: Any) -> Outgoing:
    wish = Wish(partner.id, "card", "pdf_form", "mail", options={"blank": "card", **options})
    PdfFormWriter().check(wish)
    (out,) = PdfFormWriter().write([of], partner, wish)
    return out


def read(partner: PartnerProfile, content: bytes) -> Facts:
    original = Original(original_id(content), partner.id, "mail", "application/pdf", NOW, size=len(content))
    reader = PdfFormReader()
    assert reader.claims(original, content) == 0.9
    return reader.facts(reader.read(original, content, partner), partner)


def others_see(out: Outgoing) -> dict[str, str]:
    found = PdfReader(BytesIO(out.content)).get_fields() or {}
    return {name: str(f.get("/V", "")) for name, f in found.items() if f.get("/V") not in (None, "", "/Off")}


def pictures(out: Outgoing) -> dict[str, bytes]:
    """What each text field shows, as the file draws it."""
    notes = [a.get_object() for a in PdfReader(BytesIO(out.content)).pages[0]["/Annots"]]
    return {str(n["/T"]): n["/AP"]["/N"].get_object().get_data() for n in notes if n["/FT"] == "/Tx"}


def dark(content: bytes) -> float:
    return float((np.asarray(Image.open(BytesIO(paper.picture(content, 1) or b"")).convert("L")) < 128).mean())


def test_our_own_reader_gives_the_facts_back(partner: PartnerProfile) -> None:
    smoker = fact("Observation", "s", code=coded("http://loinc.org", "72166-2", "Tabaquismo"), status="final", effectiveDateTime="2026-01-02",
                  valueCodeableConcept=coded("http://snomed.info/sct", "77176002", "Fumadora"))  # fmt: skip
    out = filled(partner, of(weight(71.5), allergy("Penicilina"), smoker))
    told = read(partner, out.content)
    (who,) = told.patients
    assert who.resource["name"] == [{"family": "Núñez Agüero", "given": ["María José"]}] and who.resource["gender"] == "female"
    assert who.resource["birthDate"] == "1952-06-13" and who.resource["identifier"][0]["value"] == "9434765919"
    assert who.resource["address"] == [{"text": "C/ Mayor 12, 3.º B, 28013, Madrid"}]
    by_kind = {(f.kind, f.resource.get("code", {}).get("text", "")): f.resource for f in told.facts}
    assert by_kind["Observation", "Weight"]["valueQuantity"] == {"value": 71.5, "unit": "kg"}
    assert ("AllergyIntolerance", "Penicilina") in by_kind
    assert by_kind["Observation", ""]["valueCodeableConcept"]["coding"][0]["code"] == "77176002"


def test_others_see_the_same_values(partner: PartnerProfile) -> None:
    out = filled(partner, of(weight(71.5), allergy("Penicilina")))
    assert others_see(out) == {
        "Surname": "Núñez Agüero", "First name": "María José", "Date of birth": "13/06/1952", "NHS number": "9434765919",
        "Weight (kg)": "71.5", "Address": "C/ Mayor 12, 3.º B, 28013, Madrid", "Allergies": "Penicilina", "Sex Female": "/Yes",
    }  # fmt: skip
    for name, picture in pictures(out).items():
        assert (b"BT" in picture) == (name in others_see(out)), name
    assert dark(out.content) > dark(card(fields=True)) * 1.03, "a third program draws it too"
    with pikepdf.open(BytesIO(out.content)) as held:
        assert held.Root.AcroForm.NeedAppearances == False  # noqa: E712 - a pikepdf object
        assert "/XFA" not in held.Root.AcroForm


def test_the_blank_is_never_altered(partner: PartnerProfile) -> None:
    path = Path(partner.blanks[0])
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    first = filled(partner, of(weight(71.5))).content
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert first == filled(partner, of(weight(71.5))).content, "the same record gives the same bytes"


def test_what_does_not_fit_is_left_out_and_told(partner: PartnerProfile) -> None:
    long = of(allergy("Alergia muy larga " * 12))
    out = filled(partner, long)
    assert "Allergies" not in others_see(out)
    assert dict(out.losses)[long.lines[0].shown.id] == "is longer than its field takes"


def test_several_of_a_kind_share_a_field_of_words_and_a_list_never_looks_whole_when_it_is_not(partner: PartnerProfile) -> None:
    out = filled(partner, of(allergy("Penicilina"), allergy("Polen")))
    assert set(others_see(out)["Allergies"].split("; ")) == {"Penicilina", "Polen"}
    assert [reason for _, reason in out.losses].count("in words only: joined with others in one field") == 2
    many = filled(partner, of(*(allergy(f"Sustancia número {n}") for n in range(9))))
    seen = others_see(many)["Allergies"]
    assert seen.endswith(f"(+{9 - seen.count(';') - 1})") and len(seen) <= 100


def test_what_is_over_or_measured_otherwise_is_not_written_as_if_it_held(partner: PartnerProfile) -> None:
    told = of(allergy("Penicilina", "resolved"), weight(157, "[lb_av]"))
    out = filled(partner, told)
    assert not {"Allergies", "Weight (kg)"} & others_see(out).keys()
    assert {reason for _, reason in out.losses} == {
        "the form cannot say that it does not hold (any more)",
        "the form does not ask for it",
    }


def test_the_newest_is_written_and_the_others_are_told(partner: PartnerProfile) -> None:
    out = filled(partner, of(weight(70, when="2025-01-01"), weight(72, when="2026-05-01")))
    assert others_see(out)["Weight (kg)"] == "72" and [r for _, r in out.losses if "room" in r] == [
        "the form has no more room for it"
    ]


def test_what_was_read_from_paper_waits_or_contradicts_stays_out(partner: PartnerProfile) -> None:
    out = filled(partner, record())
    assert others_see(out)["Allergies"] == "Alergia a la penicilina"
    lost = {reason for _, reason in out.losses}
    assert {"read from paper and not reviewed", "waits for a person, so it is no fact yet"} <= lost
    assert "contradicts what the form shows, and the form has no place to say so" in lost
    told = {line.shown.id for line in (*record().lines, *record().waiting)} - {
        i for line in record().lines for i in [line.shown.id] if line.title == "Alergia a la penicilina"
    }
    assert told <= dict(out.losses).keys(), "every line that is not in the form is told"


def test_choices_lists_radio_buttons_and_dates_in_cells(tmp_path: Path) -> None:
    box = BytesIO()
    canvas = Canvas(box, pagesize=A4, invariant=1)
    form: Any = canvas.acroForm
    form.textfield(name="Name", tooltip="Name", x=60, y=700, width=200, height=20)
    form.textfield(name="Born", tooltip="Born", x=60, y=660, width=160, height=20, fieldFlags="comb", maxlen=8)
    form.choice(
        name="Town",
        tooltip="Town",
        x=60,
        y=620,
        width=160,
        height=20,
        options=[("Madrid", "MAD"), ("Bilbao", "BIO")],
        value="BIO",
    )
    for n, sex in enumerate(("mujer", "hombre")):
        form.radio(name="Sex", tooltip="Sex", value=sex, x=60 + 40 * n, y=580)
    canvas.showPage()
    canvas.save()
    (tmp_path / "gp").mkdir()
    (tmp_path / "gp" / "card.pdf").write_bytes(box.getvalue())
    (tmp_path / "gp.toml").write_text(
        '[partner]\nlanguages = ["es"]\n[[form]]\ntitle = "x"\nrecognise = ["Name"]\n[form.map]\nName = "Patient.name"\nBorn = "Patient.birthDate"\nTown = "Patient.address.city"\n'
        'Sex = "Patient.gender"\n[form.code.Sex]\nmujer = "female"\nhombre = "male"\n', "utf-8",
    )  # fmt: skip
    partner = load_profile(tmp_path / "gp.toml")
    out = filled(partner, of())
    seen = others_see(out)
    assert (seen["Name"], seen["Born"], seen["Town"], seen["Sex"]) == ("María José Núñez Agüero", "13061952", "MAD", "/mujer")
    (who,) = read(partner, out.content).patients
    assert (who.resource["birthDate"], who.resource["gender"], who.resource["address"][0]["city"]) == (
        "1952-06-13",
        "female",
        "Madrid",
    )


def test_two_surnames_go_to_their_two_fields(partner: PartnerProfile) -> None:
    form = {
        "title": "x",
        "recognise": ["Surname"],
        "map": {"Surname": "Patient.name.family", "First name": "Patient.name.family"},
    }
    out = filled(replace(partner, forms=(form,)), of())
    assert (others_see(out)["Surname"], others_see(out)["First name"]) == ("Núñez", "Agüero")


def test_one_date_for_two_values_is_never_the_date_of_another(partner: PartnerProfile) -> None:
    form = {
        "title": "x", "recognise": ["Surname"],
        "map": {"Surname": "Patient.name.family", "Weight (kg)": "Observation#w.value", "NHS number": "Observation#h.value",
                "Date of birth": ["Observation#w.effectiveDateTime", "Observation#h.effectiveDateTime"]},
        "constant": {"Observation#w.code.text": "Peso", "Observation#w.valueQuantity.unit": "kg",
                     "Observation#h.code.text": "Talla", "Observation#h.valueQuantity.unit": "cm"},
    }  # fmt: skip

    def size(when: dict[str, str]) -> Any:
        return fact(
            "Observation", "h", code={"text": "Talla"}, status="final", valueQuantity={"value": 158, "unit": "cm"}, **when
        )

    same = others_see(filled(replace(partner, forms=(form,)), of(weight(71.5), size({"effectiveDateTime": "2026-10-01"}))))
    assert (same["Weight (kg)"], same["NHS number"], same["Date of birth"]) == ("71.5", "158", "01/10/2026")
    for when in ({"effectiveDateTime": "2020-01-01"}, {}):
        out = filled(replace(partner, forms=(form,)), of(weight(71.5), size(when)))
        seen = others_see(out)
        assert ("Weight (kg)" in seen) != ("NHS number" in seen), "only one of them can have the date that is written"
        assert "Date of birth" in seen or "NHS number" in seen
        assert len([r for _, r in out.losses if "room" in r]) == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "CO-002"),
        ({"blank": "../x"}, "CO-002"),
        ({"blank": "card", "color": 1}, "CO-001"),
        ({"blank": "card", "layout": ""}, "CO-002"),
    ],
)
def test_options_are_checked(options: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingsError) as fault:
        PdfFormWriter().check(Wish(patients()[0].evidence.partner, "card", "pdf_form", "mail", options=options))
    assert fault.value.code == code


def test_a_blank_that_is_none_is_refused(partner: PartnerProfile) -> None:
    with pytest.raises(Unfillable):
        Blank(card(fields=False))
    for wrong in ({"blank": "other"}, {"layout": "Another"}):
        with pytest.raises(SettingsError):
            filled(partner, of(), **wrong)


@settings(max_examples=25, deadline=None)
@given(
    st.text(min_size=1, max_size=130), st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1, max_size=90)
)
@example("\x00", "0")
@example("a\ufffdb", "þÿ")
@example("\ufeffa", "ï»¿a")
def test_any_words_are_written_whole_or_told(wild: str, latin: str) -> None:
    blank = Blank(card(fields=True))
    texts = {label: text for label, text in (("Allergies", wild), ("Address", latin)) if not blank.refuses(label, text)}
    seen = PdfReader(BytesIO(blank.filled(texts, NOW))).get_fields() or {}
    for label in ("Allergies", "Address"):
        assert str(seen[label].get("/V") or "") == texts.get(label, "")


@pytest.mark.parametrize("unseen", ["\x00", "a\x00b", "\x1b", "\x9f", "\uffff", "\ud800"])
def test_what_no_paper_can_show_is_told_and_not_written(unseen: str) -> None:
    blank = Blank(card(fields=True))
    assert blank.refuses("Allergies", unseen) == NO_LETTERS
    assert not blank.refuses("Allergies", "nuts\n\tand eggs")


def test_real_forms_of_others_take_and_keep_words(corpus: Path) -> None:
    tried = 0
    for path in sorted((corpus / "pdf" / "pypdfform").glob("*.pdf"))[:15]:
        try:
            blank = Blank(path.read_bytes())
        except Unfillable:
            continue
        words = {label: "Núñez"[: p.longest or 5] for label, p in blank.places.items() if p.words and not p.choices}
        words = {label: text for label, text in words.items() if not blank.refuses(label, text)}
        told = PdfReader(BytesIO(blank.filled(words, NOW))).get_fields() or {}
        seen = {str(f.get("/T")): f.get("/V") for f in told.values()}  # its keys may be mapping names (/TM)
        for label, text in words.items():
            assert seen[blank.places[label].field.name.rpartition(".")[2]] == text, (path.name, label)
            tried += 1
    assert tried > 20
