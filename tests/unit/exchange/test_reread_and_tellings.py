"""Tellings of one fact joined; originals read anew; what was not understood, ranked."""

from dataclasses import replace
from itertools import permutations

import pytest

from plain import arrival, plain_exchange
from vado.exchange.losses import losses
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.exchange.replay import replay, stale
from vado.exchange.rows import Which
from vado.incoming.hl7v2 import Hl7v2Reader
from vado.model.fact import Fact
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.person import Demographics
from vado.model.record import Viewer

MSH = "MSH|^~\\&|A|B|C|D|{at}||{kind}|{at}|P|2.5\r"
PID = "PID|1||77^^^H^MR||Gil^Ana||{born}|{sex}|||{home}\r"
VIEWER = Viewer("test")


def message(at: str, kind: str, *lines: str, born: str = "19700203", sex: str = "F", home: str = "") -> str:
    return MSH.format(at=at, kind=kind) + PID.format(born=born, sex=sex, home=home) + "\r".join(lines) + "\r"


def standing(x: Exchange, kind: str) -> list[Fact]:
    with x.store.begin() as tx:
        persons = [p for i in tx.persons() if (p := tx.person(i))]
        return [f for f in tx.facts_about([a.id for p in persons for a in p.patients]) if f.kind == kind]


def take(x: Exchange, *messages: str) -> None:
    list(receive(x, [arrival(m) for m in messages]))


ADMITTED = message(
    "20260101100000+0100",
    "ADT^A01",
    "PV1|1|I|W^1||||||||||||||||V1|||||||||||||||||||||||||202601011000+0100",
    home="Calle 1^^Leon",
)
MOVED = message("20260102100000+0100", "ADT^A08", "PV1|1||W^2||||||||||||||||V1", born="", sex="")
NULLED = message("20260103100000+0100", "ADT^A08", "PV1|1||||||||||||||||||V1", born='""', sex="")
GONE = message(
    "20260104100000+0100",
    "ADT^A03",
    "PV1|1|||||||||||||||||||V1||||||||||||||||||||||||||202601041000+0100".replace("|||V1", "||V1"),
)


def test_silence_keeps_and_null_takes_away() -> None:
    x = plain_exchange()
    take(x, ADMITTED, MOVED)
    (patient,) = standing(x, "Patient")
    assert (patient.resource["birthDate"], patient.resource["gender"]) == ("1970-02-03", "female")
    assert patient.resource["address"][0]["city"] == "Leon"
    take(x, NULLED)
    (patient,) = standing(x, "Patient")
    assert "birthDate" not in patient.resource
    assert patient.resource["gender"] == "female"


@pytest.mark.parametrize("order", list(permutations((ADMITTED, MOVED, NULLED, GONE))))
def test_the_order_of_arrival_changes_nothing(order: tuple[str, ...]) -> None:
    x = plain_exchange()
    take(x, *order)
    (patient,), (visit,) = standing(x, "Patient"), standing(x, "Encounter")
    assert visit.resource["status"] == "finished"
    assert visit.resource["class"]["code"] == "IMP"
    assert patient.resource["birthDate"] == "1970-02-03"  # A03 tells it again
    assert patient.resource["address"][0]["city"] == "Leon"


def test_preliminary_final_corrected_is_one_result_with_its_history() -> None:
    line = "OBR|1||F1|X^Panel^L\rOBX|1|NM|2823-3^K^LN||{v}|mmol/L|||||{s}"
    x = plain_exchange()
    told = [(4, "P", "1"), (5, "F", "2"), (6, "C", "3")]
    for v, s, day in (told[2], told[0], told[1]):
        take(x, message(f"2026010{day}100000+0100", "ORU^R01", line.format(v=v, s=s)))
    (result,) = standing(x, "Observation")
    assert (result.resource["valueQuantity"]["value"], result.resource["status"]) == (6, "corrected")
    with x.store.begin() as tx:
        assert [f.resource["valueQuantity"]["value"] for f in tx.versions(result.id)] == [6, 5, 4]


def test_reading_anew_shows_the_difference_then_puts_it_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    x = plain_exchange()
    text = message("20260101100000+0100", "ADT^A01", "ZVI|1|128")
    take(x, text)
    assert not any(d.any for d in replay(x, Which(format="hl7v2"), dry_run=True))
    layout = {"name": "ZVI", "map": {"2": "Observation 8480-6 http://loinc.org Systolic"}}
    x = replace(x, profiles={PartnerId("hospital"): PartnerProfile(PartnerId("hospital"), "H", segments=(layout,))})
    monkeypatch.setattr(Hl7v2Reader, "version", "3")
    assert stale(x, {"hl7v2": "3"}) == {"hl7v2": 1}
    (seen,) = replay(x, Which(format="hl7v2"), dry_run=True)
    assert (dict(seen.added), dict(seen.removed), seen.before, seen.now) == ({"Observation": 1}, {}, "hl7v2/2", "hl7v2/3")
    assert seen.understood == 1
    assert not standing(x, "Observation")
    list(replay(x, Which(format="hl7v2")))
    assert len(standing(x, "Observation")) == 1
    assert stale(x, {"hl7v2": "3"}) == {}
    with x.store.begin() as tx:
        (row,) = tx.rows()
        (before,) = tx.former(row.original.partner, row.original.id)
    assert before.reader == "hl7v2/2"
    assert [f.kind for f in before.facts] == ["Patient"]
    list(replay(x, Which(format="hl7v2")))
    assert len(standing(x, "Observation")) == 1


def test_losses_are_ranked_with_the_line_that_would_fix_them() -> None:
    x = plain_exchange()
    take(x, *(message(f"2026010{n}100000+0100", "ADT^A01", "ZVI|1|128", "DG1|1||Q7^Odd^99LAB") for n in (1, 2)))
    found = losses(x, PartnerId("hospital"), VIEWER)
    own = next(one for one in found if one.path == "ZVI-2")
    assert (own.count, own.originals, own.persons) == (2, 2, 2)
    assert own.fix.startswith('[[segment]] name = "ZVI"')
    assert any(one.fix == '[code_systems] "99LAB" = "https://..."' for one in found)
    assert found == sorted(found, key=lambda one: (-one.count, one.format, one.path))


def test_a_partner_that_takes_a_merge_back_parts_the_two_again() -> None:
    x = plain_exchange()
    other = "PID|2||88^^^H^MR||Gil^Ana||19700203|F\r"
    take(x, message("20260101100000+0100", "ADT^A01"), MSH.format(at="20260101110000+0100", kind="ADT^A01") + other)
    take(x, message("20260102100000+0100", "ADT^A40", "MRG|88^^^H^MR||||||Gil^Ana"))
    with x.store.begin() as tx:
        assert len(tx.persons()) == 1
    take(x, message("20260103100000+0100", "ADT^A37", other.strip()))
    with x.store.begin() as tx:
        assert len(tx.persons()) == 2
        history = [e.kind.value for p in tx.persons() for a in tx.person(p).patients for e in tx.link_history(a.id)]
    assert "unlink" in history


def test_a_person_deleted_by_a_partner_stays_with_what_was_told() -> None:
    x = plain_exchange()
    take(x, ADMITTED, message("20260105100000+0100", "ADT^A29"))
    (patient,) = standing(x, "Patient")
    assert patient.resource["active"] is False
    assert patient.resource["name"][0]["family"] == "Gil"
    assert standing(x, "Encounter")


def test_a_trait_that_hundreds_share_compares_nobody_and_says_so() -> None:
    x = plain_exchange()
    with x.store.begin() as tx:
        for n in range(501):
            tx.know(Demographics(f"p{n}", PartnerId("other"), phones=("600111222",)), ("tel|600111222",))
    take(x, message("20260101100000+0100", "ADT^A01", home="||600111222"))
    with x.store.begin() as tx:
        (row,) = tx.rows()
        assert [i.code for i in row.issues] == ["IN-021"]
        assert tx.candidates(["tel|600111222"]) == ((), 1)
