"""The whole story of one original, in the order in which it happened."""

from dataclasses import replace

import pytest

from plain import arrival, plain_exchange
from vado.errors import NotFound, VadoError
from vado.exchange import consult, history, review
from vado.exchange import hold as holding
from vado.exchange.receive import keep, receive
from vado.exchange.replay import replay
from vado.exchange.rows import Which
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer

HOSPITAL, ME = PartnerId("hospital"), Viewer("me")
PID = "MSH|^~\\&|A|B|||20260102||ADT^A08|1|P|2.5\rPID|1||{}||Prado{}^Ines||1951070{}|F|||{}\rZVI|1|120\r"
LAYOUT = {"name": "ZVI", "map": {"2": "Observation 8480-6 http://loinc.org Systolic"}}


def test_from_its_arrival_till_now() -> None:
    x = plain_exchange()
    list(receive(x, [arrival(PID.format("1^^^H^MR", " Vega", 4, "Calle Mayor 5^^Madrid^^28013"), partner="gp")]))
    (row,) = receive(x, [arrival(PID.format("7^^^C^MR", "", 3, ""))])
    o = row.original
    (doubt,) = [d for d, _, _ in consult.doubts(x, ME)]
    better = replace(x, profiles={HOSPITAL: PartnerProfile(HOSPITAL, "H", segments=(LAYOUT,))})
    list(replay(better, Which(partner=HOSPITAL), by="me"))
    review.settle_doubt(x, doubt.id, "same", ME)
    consult.show_original(x, HOSPITAL, o.id, ME)
    told = history.tell(x, HOSPITAL, o.id, ME)
    expected = [
        "received", "patient: link", "asked whose record it is", "reading settled", "former reading kept", "reading settled anew",
        "looked at",
    ]  # fmt: skip
    what = [e.what for e in told.events]
    assert list(dict.fromkeys(what)) == expected
    assert [e.at for e in told.events] == sorted(e.at for e in told.events)
    assert {e.by for e in told.events if e.what == "reading settled anew"} == {"me"}
    assert (told.read_by, told.facts, told.doubts, told.held) == ("hl7v2/2", {"Observation": 1, "Patient": 1}, 0, False)


def test_one_that_waits_for_a_release_says_so() -> None:
    x = plain_exchange()
    holding.hold(x, HOSPITAL, "why not", ME)
    ((o, _),) = keep(x, [arrival(b"later")])
    told = history.tell(x, HOSPITAL, o.id, ME)
    assert (told.held, told.read_by, [e.what for e in told.events]) == (True, "", ["received"])


def test_it_is_found_by_the_beginning_of_its_id() -> None:
    x = plain_exchange()
    kept = keep(x, [arrival(b"one"), arrival(b"one", partner="gp"), arrival(b"two")])
    id_ = kept[0][0].id
    assert {r.original.partner for r in history.find(x, id_[:8])} == {"hospital", "gp"}
    assert [r.original.id for r in history.find(x, kept[2][0].id)] == [kept[2][0].id]
    for wrong in ("", "abc", "nothing", "0" * 64):
        with pytest.raises(NotFound, match="RE-003"):
            history.find(x, wrong)
    with pytest.raises(NotFound, match="RE-003"):
        history.tell(x, PartnerId("nobody"), id_, ME)


def test_a_beginning_that_several_share_is_refused() -> None:
    x = plain_exchange()
    from itertools import count

    seen: dict[str, bytes] = {}
    from vado.model.original import original_id

    for n in count():
        content = str(n).encode()
        start = original_id(content)[:6]
        if start in seen:
            break
        seen[start] = content
    keep(x, [arrival(content), arrival(seen[start])])
    with pytest.raises(VadoError, match="OP-006"):
        history.find(x, start)
