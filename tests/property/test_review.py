"""Laws of reviewing: nothing read from paper with doubt is a fact before a person said so, and undo restores."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from vado.model.fact import Evidence, Fact
from vado.model.original import OriginalId, PartnerId
from vado.model.reading import Fidelity, Place
from vado.model.review import Decision, Standing, Verdict, in_force, stands
from vado.record.weigh import weigh

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORIGINAL = OriginalId("0" * 64)
CHANCE = st.floats(0, 1)
FACT = st.builds(
    lambda n, rung, sure: Fact(
        {"resourceType": "Condition", "id": f"c{n}", "code": {"text": "x"}},
        Evidence(PartnerId("p"), ORIGINAL, (Place(ORIGINAL, "page 1"),), "scan/1", "r", rung, sure), "me",
    ),
    st.integers(0, 4), st.sampled_from(Fidelity), CHANCE,
)  # fmt: skip
SAID = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(Verdict), st.booleans()), max_size=8)
FACTS = st.lists(FACT, max_size=5, unique_by=lambda f: f.id)


def decisions(facts: list[Fact], said: list[tuple[int, Verdict, bool]]) -> list[Decision]:
    known = {f.id: f for f in facts}
    return [
        Decision(known[f"c{n}"], verdict, "me", NOW, {**known[f"c{n}"].resource, "code": {"text": "y"}} if verdict is Verdict.CORRECT else None, None, settles)
        for n, verdict, settles in said
        if f"c{n}" in known
    ]  # fmt: skip


@given(FACTS, SAID, CHANCE)
def test_nothing_doubtful_from_paper_is_a_fact_before_a_person_said_so(
    facts: list[Fact], said: list[tuple[int, Verdict, bool]], below: float
) -> None:
    words = decisions(facts, said)
    weighed = weigh(facts, words, lambda _: below)
    assert sorted(f.id for part in (weighed.facts, weighed.waiting, weighed.rejected) for f in part) == sorted(
        f.id for f in facts
    )
    for fact in weighed.facts:
        if fact.evidence.confidence < below:
            votes = in_force(d for d in words if d.fact == fact.id)
            assert votes and votes[-1].settles and votes[-1].verdict in {Verdict.ACCEPT, Verdict.CORRECT}
            assert fact.evidence.reviewed


@given(FACT, SAID, st.sampled_from([v for v in Verdict if v is not Verdict.UNDO]), CHANCE)
def test_undo_restores(fact: Fact, said: list[tuple[int, Verdict, bool]], verdict: Verdict, below: float) -> None:
    fact = replace(fact, resource={**fact.resource, "id": "c0"})
    words = decisions([fact], said)
    more = [*words, Decision(fact, verdict, "me", NOW), Decision(fact, Verdict.UNDO, "me", NOW, settles=False)]
    assert in_force(more) == in_force(words)
    assert stands(fact, more, below) is stands(fact, words, below)


@given(FACT, CHANCE, CHANCE)
def test_a_higher_threshold_never_shows_more(fact: Fact, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if stands(fact, (), low) is Standing.WAITING:
        assert stands(fact, (), high) is Standing.WAITING
