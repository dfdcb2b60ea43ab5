"""Whatever the order in which people are invited, come, stop, go on and send: the store links no code with an answer."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from plain import plain_exchange
from vado.exchange.collaboration import answering, opening
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Who

PAT = Viewer("pat", role=Role.MANAGER)
REGISTER = "hosp; Hospital\ngp; Practice"
people = st.lists(st.sampled_from(["hosp", "gp"]), min_size=2, max_size=6)


def kept(voices: list[str], said: list[int], order: list[int], stops: list[bool]) -> tuple[object, ...]:
    """Let everybody answer; give all that the store holds, without what is drawn by chance."""
    x = plain_exchange()
    opening.make(x, "Spring", x.clock().date(), None, PAT, register=REGISTER)
    codes = [opening.invite(x, "spring", v, Who.PRACTITIONER, 1, PAT)[0] for v in voices]
    for n in order:
        answering.save(x, codes[n], scores={"pur1": said[n]}, missing=f"said {said[n]}")
        if stops[n]:
            answering.save(x, codes[n], importance={"PUR": 2})
        else:
            answering.save(x, codes[n], importance={"PUR": 2}, blocks=())
        answering.send(x, codes[n], f"street of {said[n]}" if said[n] else "")
    with x.store.begin() as tx:
        answers = sorted(repr(replace(a, id="")) for a in tx.collaboration.answers("spring"))
        invitations = sorted(repr(replace(i, hash="")) for i in tx.collaboration.invitations("spring"))
        trail = [(a.who, a.action, a.subject) for a in tx.audits()]
    assert not any(c in repr((answers, invitations, trail)) for c in codes)
    assert "street" not in repr((answers, invitations, trail))
    return answers, invitations, trail


@settings(deadline=None, max_examples=40)
@given(people, st.data())
def test_two_of_a_voice_who_say_each_others_answers_leave_the_same_store(voices: list[str], data: st.DataObject) -> None:
    size = len(voices)
    said = data.draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))
    order = data.draw(st.permutations(range(size)))
    stops = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    one, other = data.draw(st.sampled_from([(a, b) for a in range(size) for b in range(size) if voices[a] == voices[b]]))
    swapped = list(said)
    swapped[one], swapped[other] = said[other], said[one]
    assert kept(voices, said, order, stops) == kept(voices, swapped, data.draw(st.permutations(range(size))), stops)
