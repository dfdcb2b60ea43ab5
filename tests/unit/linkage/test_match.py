"""Who is linked without asking, who is asked about, who is kept apart."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vado.linkage import compare
from vado.linkage.block import keys
from vado.linkage.compare import identifier
from vado.linkage.decide import match
from vado.linkage.normalise import normalise
from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.person import Demographics, Identifier
from vado.model.reading import Fidelity

NHS = "https://fhir.nhs.uk/Id/nhs-number"
ANN = Demographics(
    "1", PartnerId("a"), (Identifier(NHS, "9434765919"),), ("rosalind",), ("threlfall",), (), "1980-03-05", "female",
    ("771234567",), (), ("LS14AB",), ("12", "park", "row"),
)  # fmt: skip


def grade(a: Demographics, **other: object) -> str:
    b = replace(a, **{"patient": "2", **other})
    found, back = match(a, [b]), match(b, [a])
    assert [(m.grade, m.weight) for m in found] == [(m.grade, m.weight) for m in back], "symmetric"
    return found[0].grade.value if found else "nothing to say"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, "certain"),
        ({"from_image": True}, "probable"),
        ({"identifiers": ()}, "probable"),
        ({"identifiers": (), "birth_date": "1980-05-03"}, "probable"),  # day and month swapped
        ({"identifiers": (), "birth_date": "1950-03-05"}, "possible"),  # parent of the same name
        ({"identifiers": (), "given": ("maud",), "gender": "male"}, "certainly-not"),  # twins
        ({"identifiers": (), "given": ("maud",)}, "certainly-not"),  # twins told by one partner
        ({"identifiers": (), "given": ("maud",), "partner": PartnerId("b")}, "possible"),
        ({"given": ("zoe",), "family": ("quill",), "birth_date": "1999-09-09"}, "possible"),  # a bare number
        ({"identifiers": (Identifier(NHS, "9658218865"),), "given": ("maud",)}, "certainly-not"),
        ({"identifiers": (), "family": ("quill",), "former": ("threlfall",)}, "probable"),  # married
        ({"identifiers": (), "birth_date": "", "phones": (), "postal_codes": (), "address": ()}, "possible"),
        ({"identifiers": (), "birth_date": "1980-12-05"}, "probable"),  # one part of the date another, all else the same
        ({"identifiers": (), "birth_date": "1980-12-05", "address": (), "phones": ()}, "possible"),  # ... and little else said
        ({"identifiers": (), "birth_date": "1986-03-05"}, "probable"),
        ({"identifiers": (), "birth_date": "1987-04-05"}, "possible"),  # two parts
        ({"identifiers": (), "birth_date": "1998-03-05"}, "possible"),  # a generation may lie between
        ({"birth_date": "1980-12-05"}, "probable"),  # one number, whole name
        ({"identifiers": (), "family": ("quill",)}, "probable"),  # married; home, telephone, given name and birth date the same
        ({"identifiers": (), "family": ("quill",), "phones": ()}, "possible"),
        ({"identifiers": (), "family": ("quill",), "given": ("maud",)}, "possible"),  # somebody of one house born on one day
        ({"given": ("threlfall",), "family": ("rosalind",)}, "certain"),  # the number agrees, the names are exchanged
    ],
)
def test_grades(other: dict[str, object], expected: str) -> None:
    assert grade(ANN, **other) == expected


def test_blocking_finds_a_swapped_date_and_is_bounded() -> None:
    assert set(keys(replace(ANN, identifiers=()))) & set(keys(replace(ANN, identifiers=(), birth_date="1980-05-03")))
    assert len(keys(ANN)) <= 60


def test_no_key_tells_of_one_thing_alone_but_numbers_and_contacts() -> None:
    found = keys(replace(ANN, emails=("ann@example.org",)))
    assert all(k.count("|") > 1 or k.startswith(("tel|", "mail|", "mu|", "nn|")) for k in found)


FAMILY = Identifier("https://insurer.example/policy", "F1")
TWIN = replace(ANN, identifiers=(FAMILY,), given=("marina",))


def test_a_bare_number_does_not_join_namesakes_born_on_one_day() -> None:
    ann = replace(ANN, identifiers=(FAMILY,))
    assert grade(ann, family=("quill",)) == "probable"  # married; the home is the same
    assert grade(ann, family=("quill",), phones=(), postal_codes=(), address=()) == "possible"


@pytest.mark.parametrize("more", [{}, {"multiple_birth": True}, {"partner": PartnerId("b")}])
@pytest.mark.parametrize("name", ["mariana", "maria", "m", "zoe"])
def test_twins_who_share_a_family_number_are_never_linked(name: str, more: dict[str, object]) -> None:
    assert grade(TWIN, given=(name,), **more) not in {"certain", "probable"}
    assert grade(replace(TWIN, identifiers=()), given=(name,), **more) not in {"certain", "probable"}


@pytest.mark.parametrize(
    ("systems", "expected"),
    [
        ((NHS, "urn:x-vado:partner:a"), "certain"),
        (("urn:x-vado:partner:a", "urn:x-vado:partner:a:doc"), "probable"),  # one partner's own numbers
        (("https://insurer.example/policy", "urn:x-vado:partner:a:doc"), "probable"),
        (("https://insurer.example/policy", "https://insurer.example/card"), "probable"),  # one issuer
        (("https://insurer.example/policy", "https://other.example/card"), "certain"),
    ],
)
def test_ocr_is_certain_only_with_two_independent_numbers(systems: tuple[str, ...], expected: str) -> None:
    numbers = tuple(Identifier(s, "9434765919") for s in systems)
    assert grade(replace(ANN, identifiers=numbers), from_image=True) == expected


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("francisco", "paco", "nickname"),
        ("william", "bill", "nickname"),
        ("maria", "mario", "close"),
        ("jose", "luis", "different"),
    ],
)
def test_given_names(one: str, other: str, level: str) -> None:
    assert compare.given((one,), (other,)) == compare.given((other,), (one,)) == level


def test_name_and_surname_the_other_way_round() -> None:
    other = replace(ANN, patient="2", identifiers=(), given=ANN.family, family=ANN.given)
    assert dict(compare.compare(ANN, other))["family"] == "crossed"
    assert set(keys(ANN)) & set(keys(other))


def test_father_and_son_of_one_name_are_never_asked_about() -> None:
    son = replace(ANN, identifiers=(), birth_date="2009-11-28")
    assert grade(replace(ANN, identifiers=()), birth_date=son.birth_date) == "certainly-not"


def test_what_stands_where_nobody_knew_tells_nothing() -> None:
    evidence = Evidence(PartnerId("p"), OriginalId("0" * 64), (), "r", "", Fidelity.FIELDS, 1.0, datetime(2026, 1, 1, tzinfo=UTC))
    baby = {
        "resourceType": "Patient", "id": "b", "name": [{"given": ["Baby", "Girl"], "family": "Gil"}], "birthDate": "1900-01-01",
        "telecom": [{"system": "phone", "value": "999 999 999"}], "identifier": [{"system": "urn:x", "value": "00000000"}],
    }  # fmt: skip
    d = normalise(Fact(baby, evidence, "b"))
    assert (d.given, d.family, d.birth_date, d.phones, d.identifiers) == ((), ("gil",), "", (), ())
    doe = normalise(
        Fact(
            {
                "resourceType": "Patient",
                "id": "b",
                "name": [{"text": "John Doe"}],
                "identifier": [{"system": "urn:x", "value": "7"}],
            },
            evidence,
            "b",
        )
    )
    assert (doe.given, doe.family, len(doe.identifiers)) == ((), (), 1)


RECORD = "https://clinic.example/record"


@pytest.mark.parametrize(
    ("mine", "theirs", "read", "expected"),
    [
        ("H12O5S", "H12055", True, "misread"), ("H12O5S", "H12055", False, "unequal"), ("H12055", "H12056", True, "missing"),
        ("H12055", "H12055", True, "exact"), ("B8", "8B", True, "misread"),
    ],
)  # fmt: skip
def test_a_number_that_may_be_the_same_misread(mine: str, theirs: str, read: bool, expected: str) -> None:
    a = replace(ANN, identifiers=(Identifier(RECORD, mine),), from_image=read)
    b = replace(ANN, identifiers=(Identifier(RECORD, theirs),))
    assert identifier(a, b) == identifier(b, a) == expected


def test_read_by_ocr_only_two_independent_numbers_make_certain() -> None:
    dni = Identifier("urn:oid:1.3.6.1.4.1.19126.3", "12345678Z")
    two = replace(ANN, identifiers=(*ANN.identifiers, dni))
    assert grade(replace(two, from_image=True), identifiers=two.identifiers) == "certain"
    assert grade(two, from_image=True) == "certain"
    assert grade(ANN, from_image=True) == "probable"
    assert (
        grade(
            replace(ANN, identifiers=(Identifier(RECORD, "H12055"),)),
            identifiers=(Identifier(RECORD, "H12O55"),),
            from_image=True,
        )
        != "certain"
    )
