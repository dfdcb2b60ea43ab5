"""Every form that is installed goes out once for one record, however often it is looked at, and again when others say something new."""

from dataclasses import replace

import pytest

from sending import Receiver, bundle, exchange, profiles, sent, told
from vado.errors import SettingsError
from vado.exchange import deliveries
from vado.wiring.plugins import load_writers


@pytest.mark.parametrize("form", sorted(load_writers()))
def test_a_form_is_sent_when_it_says_something_new_and_not_otherwise(form: str) -> None:
    known = {
        p: replace(profile, wishes=tuple(replace(w, form=form) for w in profile.wishes))
        for p, profile in profiles("hospital", "council").items()
    }
    writers, to = load_writers(), {"hospital": Receiver(), "council": Receiver()}
    try:
        writers[form].check(known[next(iter(known))].wishes[0])
    except SettingsError:
        pytest.skip("this form needs options of its own")
    x = replace(exchange(known), writers=writers)
    told(x, "hospital", bundle("77", "Asthma"))
    told(x, "council", bundle("77", "Falls"))
    first = sent(x, to)
    with x.store.begin() as tx:
        assert not tx.outbox.deliveries(state=deliveries.DeliveryState.HELD)
    if not first:
        pytest.skip("this form makes nothing of it without options of its own")
    assert {d.partner for d in first} == {"hospital", "council"}
    deliveries.mark_changed(x)
    assert sent(x, to) == [], "the same was sent twice"
    told(x, "hospital", bundle("77", "Gout").replace(b'"c1"', b'"c2"').replace(b"Condition/c1", b"Condition/c2"))
    assert {d.partner for d in sent(x, to)} == {"council"}
