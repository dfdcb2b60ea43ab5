"""Laws of 'did they get the same facts': nobody is forgotten, both sides see the same, and a loss never makes two sendings more alike."""

from hypothesis import given
from hypothesis import strategies as st

from made_record import PROFILE, record
from vado.model.outgoing import Wish
from vado.outgoing.fhir import FhirWriter
from vado.outgoing.ips import IpsWriter
from vado.outgoing.pdf import PdfWriter
from vado.record.parity import Compared, Parity, Sending, alike, compare, is_part, sending

IDS = st.sampled_from("abcdef")
REASONS = st.sampled_from(["no place for it", "left out: performer", "not printed: note"])
SENDINGS = st.builds(
    lambda facts, losses: Sending(facts, {i: r for i, r in losses.items() if i in facts}),
    st.dictionaries(IDS, st.sampled_from(["1", "2"])), st.dictionaries(IDS, REASONS),
)  # fmt: skip
MIRROR = {Parity.FIRST: Parity.SECOND, Parity.SECOND: Parity.FIRST}


@given(SENDINGS, SENDINGS)
def test_every_fact_that_either_knew_is_told_once(one: Sending, other: Sending) -> None:
    assert [c.fact for c in compare(one, other)] == sorted(one.facts.keys() | other.facts.keys())


@given(SENDINGS, SENDINGS)
def test_both_sides_see_the_same(one: Sending, other: Sending) -> None:
    mirrored = tuple(Compared(c.fact, MIRROR.get(c.parity, c.parity), c.second, c.first) for c in compare(one, other))
    assert compare(other, one) == mirrored and alike(mirrored) == alike(compare(one, other))


@given(SENDINGS)
def test_a_sending_differs_from_itself_only_where_it_is_not_whole(one: Sending) -> None:
    for c in compare(one, one):
        lost = one.losses.get(c.fact, "")
        assert c.parity is (Parity.SAME if not lost else Parity.IN_PART if is_part(lost) else Parity.NEITHER)


@given(SENDINGS, SENDINGS, IDS, REASONS)
def test_one_loss_more_never_makes_them_more_alike(one: Sending, other: Sending, id_: str, reason: str) -> None:
    lost = Sending(one.facts, {id_: reason, **one.losses} if id_ in one.facts else one.losses)
    same = lambda s: {c.fact for c in compare(s, other) if c.parity is Parity.SAME}  # noqa: E731
    assert same(lost) <= same(one)


@given(SENDINGS, SENDINGS)
def test_what_is_missing_says_why_or_was_never_known(one: Sending, other: Sending) -> None:
    for c in compare(one, other):
        if c.parity in (Parity.SECOND, Parity.NEITHER):
            assert c.first or c.fact not in one.facts
        if c.parity in (Parity.FIRST, Parity.NEITHER):
            assert c.second or c.fact not in other.facts


def test_a_sending_beside_the_record_shows_exactly_its_losses() -> None:
    for writer in (PdfWriter(), FhirWriter(), IpsWriter()):
        (out,) = writer.write([record()], PROFILE, Wish(PROFILE.id, "x", writer.form, "mail"))
        sent, whole = sending(record(), out.losses), sending(record())
        assert alike(compare(whole, whole)) and not alike(compare(sent, whole))
        told = {c.fact: c.first for c in compare(sent, whole) if c.parity is not Parity.SAME}
        assert told.keys() == {id_ for id_, _ in out.losses} & whole.facts.keys() and all(told.values())


def test_the_order_and_number_of_losses_do_not_matter() -> None:
    (line, *_) = record().lines
    some = [(line.shown.id, "left out: a"), (line.shown.id, "no place for it"), ("unknown", "x")]
    assert sending(record(), some) == sending(record(), [*reversed(some), *some])
    assert sending(record(), some).losses == {line.shown.id: "no place for it"}
