"""Laws of who may: nothing is permitted by itself, and whoever may less never sees more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from vado.model.account import Consent, ConsentKind, Relation, RelationKind, Role
from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.reading import Fidelity, Place
from vado.model.record import Viewer
from vado.record.permit import MAY, Subject, may, permit, scoped

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PARTNERS = [PartnerId(p) for p in ("hospital", "insurer", "clinic")]
PATIENTS = ["p1", "p2", "p3"]


def given(*strategies: Any) -> Any:
    """Try much: a decision costs little."""
    return lambda law: settings(max_examples=400, deadline=None)(given_(*strategies)(law))


ACTIONS = sorted({a for some in MAY.values() for a in some} | {"accounts.read", "nonsense"})


def fact(partner: str, original: str, id_: str) -> Fact:
    place = Place(OriginalId(original), "x")
    return Fact(
        {"resourceType": "Observation", "id": id_},
        Evidence(PartnerId(partner), OriginalId(original), (place,), "r", "r", Fidelity.CODED),
        "p1",
    )


FACTS = tuple(fact(p, f"o-{p}-{o}", f"f-{p}-{o}-{n}") for p in PARTNERS for o in range(2) for n in range(2))
subjects = st.builds(
    Subject,
    st.just(frozenset(PATIENTS)) | st.frozensets(st.sampled_from(PATIENTS), min_size=1),
    st.frozensets(st.sampled_from(PARTNERS), min_size=1),
)
times = st.none() | st.integers(-5, 5).map(lambda n: NOW + timedelta(days=n))
ROLES = st.sampled_from([Role.PRACTITIONER, Role.CITIZEN, Role.CARER, Role.CLIENT]) | st.sampled_from(
    [r for r in Role if r is not Role.MACHINE]
)
viewers = st.builds(
    Viewer, st.just("v"), role=ROLES, account=st.just("a"),
    partner=st.sampled_from(PARTNERS) | st.just(PartnerId("")), patient=st.sampled_from(["", *PATIENTS]),
    scopes=st.just(()) | st.sampled_from([("system/*.rs",), ("patient/Patient.r",), ("user/*.cruds",), ("junk",)]), about=st.just("") | st.sampled_from(PATIENTS),
)  # fmt: skip
relations = st.builds(
    Relation,
    st.just("r"),
    st.just("a"),
    st.sampled_from(PATIENTS),
    st.sampled_from(RelationKind),
    st.just(NOW - timedelta(days=9)),
    times,
    st.just("by"),
)
consents = st.builds(
    Consent, st.just("c"), st.lists(st.sampled_from(PATIENTS), min_size=1).map(tuple), st.sampled_from(ConsentKind), st.just(NOW), st.just("by"),
    st.sampled_from([PartnerId(""), *PARTNERS]), st.sampled_from(["", "o-hospital-1"]), st.sampled_from(["", "f-insurer-0-1"]), times, times,
)  # fmt: skip
some_relations, some_consents = st.lists(relations, max_size=3), st.lists(consents, max_size=4)
asked = (viewers, st.just("records.read") | st.sampled_from(ACTIONS), subjects, some_consents, some_relations)


def seen(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation], at: datetime = NOW
) -> frozenset[str]:
    return frozenset(f.id for f in permit(viewer, action, subject, said, ties, at).shown(FACTS))


@given(*asked)
def test_nothing_is_permitted_that_the_role_does_not_name(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation]
) -> None:
    decision = permit(viewer, action, subject, said, ties, NOW)
    if decision.allowed:
        assert action in MAY[viewer.role]
        assert decision.why in {"own", "proxy", "glass", "observed", "declared", "shared"}
    else:
        assert decision.shown(FACTS) == ()


@given(*asked)
def test_only_those_who_treat_are_or_care_see_a_record(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation]
) -> None:
    if viewer.role in {Role.MANAGER, Role.ADMINISTRATOR, Role.OPERATOR, Role.NOBODY}:
        assert seen(viewer, action, subject, said, ties) == frozenset()


@given(*asked, relations)
def test_a_tie_less_never_shows_more(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation], more: Relation
) -> None:
    assert seen(viewer, action, subject, said, ties) <= seen(viewer, action, subject, said, [*ties, more])


@given(*asked, consents)
def test_a_word_more_of_hiding_never_shows_more(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation], more: Consent
) -> None:
    before = seen(viewer, action, subject, said, ties)
    for kind, more_or_less in (
        (ConsentKind.HIDE, frozenset.issuperset),
        (ConsentKind.OPT_OUT, frozenset.issuperset),
        (ConsentKind.SHARE, frozenset.issubset),
    ):
        assert more_or_less(before, seen(viewer, action, subject, [*said, replace(more, kind=kind)], ties))


@given(*asked)
def test_time_takes_ties_and_consents_away(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation]
) -> None:
    later = NOW + timedelta(days=30)
    lasting = [r for r in ties if r.until is None]
    assert seen(viewer, action, subject, said, ties, later) == seen(viewer, action, subject, said, lasting, later)


@given(*asked, st.sampled_from([("patient/Patient.r",), ("system/Observation.rs",), ("junk",)]))
def test_a_token_with_scopes_never_shows_more(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation], scopes: tuple[str, ...]
) -> None:
    whole = replace(viewer, scopes=("system/*.cruds",) if viewer.role is Role.CLIENT else ())
    assert seen(replace(viewer, scopes=scopes), action, subject, said, ties) <= seen(whole, action, subject, said, ties)


@given(*asked, st.sampled_from(PATIENTS))
def test_a_token_about_one_patient_never_shows_more(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation], about: str
) -> None:
    assert seen(replace(viewer, about=about), action, subject, said, ties) <= seen(
        replace(viewer, about=""), action, subject, said, ties
    )
    if about not in subject.patients:
        assert seen(replace(viewer, about=about), action, subject, said, ties) == frozenset()


@given(*asked)
def test_other_peoples_consents_and_ties_change_nothing(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation]
) -> None:
    ours = [c for c in said if subject.patients & set(c.patients)]
    mine = [r for r in ties if r.subject in subject.patients]
    assert seen(viewer, action, subject, said, ties) == seen(viewer, action, subject, ours, mine)


@given(*asked)
def test_what_is_hidden_is_never_of_the_viewers_own_organisation(
    viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation]
) -> None:
    if viewer.role is Role.PRACTITIONER and viewer.partner and permit(viewer, action, subject, said, ties, NOW).allowed:
        assert {f.id for f in FACTS if f.evidence.partner == viewer.partner} <= seen(viewer, action, subject, said, ties)


@given(st.sampled_from([r for r in Role if r is not Role.MACHINE]), st.text(max_size=30), st.text(max_size=20))
def test_a_scope_or_action_that_nobody_knows_permits_nothing(role: Role, scope: str, action: str) -> None:
    if action not in MAY[role] and action != "mine":
        assert not may(Viewer("v", role=role), action)
    if "/" not in scope:
        assert not scoped((scope,), "Patient", "r")
    assert not scoped((f"system/Patient.rs?{scope}",), "Patient", "r")


def test_the_laws_are_tried_on_people_who_see_something() -> None:
    """The strategies must not give empty records alone, or the laws say nothing."""
    saw = []

    @settings(max_examples=800, deadline=None, derandomize=True, database=None)
    @given_(*asked)
    def count(viewer: Viewer, action: str, subject: Subject, said: list[Consent], ties: list[Relation]) -> None:
        saw.append(len(seen(viewer, action, subject, said, ties)))

    count()
    assert sum(n > 0 for n in saw) > len(saw) / 12
    assert any(0 < n < len(FACTS) for n in saw)
