"""Matching is symmetric, deterministic, and more agreement never weighs less."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from vado.linkage.decide import match
from vado.linkage.weigh import weigh
from vado.model.original import PartnerId
from vado.model.person import Demographics, Identifier, MatchGrade

NHS = "https://fhir.nhs.uk/Id/nhs-number"
_names = st.lists(st.sampled_from(["ana", "a", "maria", "mariana", "garcia", "threlfall", "zoe"]), max_size=2).map(tuple)
_number = st.builds(
    Identifier,
    st.sampled_from([NHS, "https://insurer.example/p", "https://other.example/q", "urn:x-vado:partner:a"]),
    st.sampled_from(["9434765919", "9658218865", "F1"]),
)
_people = st.builds(
    Demographics,
    st.just("1"),
    st.sampled_from([PartnerId("a"), PartnerId("b")]),
    st.lists(_number, max_size=2, unique=True).map(tuple),
    _names,
    _names,
    _names,
    st.sampled_from(["", "1980", "1980-03-05", "1980-05-03", "1950-03-05"]),
    st.sampled_from(["", "male", "female"]),
    st.sampled_from([(), ("771234567",), ("912345678",)]),
    st.sampled_from([(), ("a@example.org",)]),
    st.sampled_from([(), ("LS14AB",)]),
    st.sampled_from([(), ("12", "park", "row")]),
    st.booleans(),
    st.booleans(),
)
_FIELDS = ("identifiers", "given", "family", "birth_date", "gender", "phones", "emails", "postal_codes", "address")


def _weight(a: Demographics, b: Demographics) -> float:
    return sum(c.bits for c in weigh(a, b))


@given(_people, _people)
def test_symmetric_and_deterministic(a: Demographics, b: Demographics) -> None:
    b = replace(b, patient="2")
    there, again, back = match(a, [b]), match(a, [b]), match(b, [a])
    assert there == again
    assert [(m.grade, m.weight, m.why) for m in there] == [(m.grade, m.weight, m.why) for m in back]


@given(_people, _people, st.sampled_from(_FIELDS))
def test_a_field_made_equal_never_weighs_less(a: Demographics, b: Demographics, field: str) -> None:
    if getattr(a, field):
        same = replace(b, **{field: getattr(a, field)})
        assert _weight(a, same) >= _weight(a, b) - 1e-9 or getattr(b, field) == getattr(a, field)


@given(_people, _people)
def test_an_image_with_one_number_is_never_certain(a: Demographics, b: Demographics) -> None:
    shared = set(a.identifiers) & set(b.identifiers)
    for m in match(replace(a, from_image=True), [replace(b, patient="2")]):
        assert m.grade is not MatchGrade.CERTAIN or len({i.system for i in shared}) > 1
