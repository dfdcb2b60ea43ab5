"""Writing over FHIR: what is told, under which id, on which conditions; all of a transaction or nothing of it."""

import base64
from typing import Any

import orjson
import pytest

from plain import everything, plain_exchange
from vado.errors import Refusal
from vado.exchange.interact.perform import Asker, Done, batch, one, transaction
from vado.exchange.ports import Exchange
from vado.exchange.replay import replay
from vado.exchange.rows import Which
from vado.model.interaction import Decided, Interaction, is_wrapped, own_id, unwrap, wrap
from vado.model.original import PartnerId

HOSPITAL, CLINIC = PartnerId("hospital"), PartnerId("clinic")
BASE = "https://here/fhir"
ANA = {"resourceType": "Patient", "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03", "gender": "female"}


@pytest.fixture
def x() -> Exchange:
    return plain_exchange()


def ask(
    x: Exchange, method: str, target: str, body: Any = None, who: PartnerId = HOSPITAL, find: Any = None, **conditions: str
) -> Done:
    content = b"" if body is None else orjson.dumps(body)
    asker = Asker(who, f"partner:{who}", BASE, find) if find else Asker(who, f"partner:{who}", BASE)
    return one(x, asker, Interaction(method, target, content, "".join(conditions.values())), **conditions)


def told(x: Exchange, bundle: dict[str, Any], who: PartnerId = HOSPITAL) -> list[Done]:
    return transaction(x, Asker(who, f"partner:{who}", BASE), Interaction("POST", "", orjson.dumps(bundle)))


def weight(patient: str, kilos: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": patient}, "effectiveDateTime": "2026-01-02",
        "valueQuantity": {"value": kilos, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }  # fmt: skip


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **more: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    return made | ({"resource": resource} if resource else {}) | ({"fullUrl": full_url} if full_url else {})


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=code)


def test_what_was_sent_is_kept_as_it_was_sent() -> None:
    body = b'{ "resourceType":"Patient",\r\n\r\n "id":"a" }'
    asked = Interaction("PUT", "Patient/a", body, 'W/"1"\r\nEvil: yes')
    kept = wrap(asked, Decided("2026-01-01T00:00:00+00:00", {"Patient": "Patient/x"}))
    assert kept.endswith(body)
    assert is_wrapped(kept)
    assert unwrap(kept) == (asked, Decided("2026-01-01T00:00:00+00:00", {"Patient": "Patient/x"}))


def test_created_read_back_changed_and_taken_back(x: Exchange) -> None:
    ana = ask(x, "POST", "Patient", ANA)
    assert (ana.status, ana.version) == (201, 1)
    grown = ask(x, "POST", "Observation", weight(f"Patient/{ana.id}", 60))
    again = ask(x, "POST", "Observation", weight(f"{BASE}/Patient/{ana.id}", 61))
    assert grown.id != again.id
    better = ask(x, "PUT", f"Observation/{grown.id}", weight(f"Patient/{ana.id}", 60.5) | {"id": grown.id}, if_match='W/"1"')
    assert (better.status, better.version, better.id) == (200, 2, grown.id)
    with refused("FH-030"):
        ask(x, "PUT", f"Observation/{grown.id}", weight(f"Patient/{ana.id}", 9), if_match='W/"1"')
    gone = ask(x, "DELETE", f"Observation/{grown.id}")
    assert (gone.status, gone.version, gone.resource) == (204, 3, None)
    with x.store.begin() as tx:
        assert {f.id for f in tx.facts_about([ana.id])} == {ana.id, again.id}
        assert len(tx.versions(grown.id)) == 3
        assert [a.action for a in tx.audits(subject=grown.id)] == ["delete", "update", "create"]
    assert ask(x, "DELETE", f"Observation/{grown.id}").status == 204
    with refused("FH-033"):
        ask(x, "PATCH", f"Observation/{grown.id}", [])
    back = ask(x, "PUT", f"Observation/{grown.id}", weight(f"Patient/{ana.id}", 62))
    assert (back.status, back.version) == (201, 4)


def test_the_same_again_changes_nothing_but_back_and_forth_does(x: Exchange) -> None:
    one_, other = ANA, ANA | {"gender": "unknown"}
    first = ask(x, "PUT", "Patient/7", one_ | {"id": "7"})
    assert (first.status, first.id) == (201, own_id("hospital", "Patient", "7"))
    before = everything(x)
    assert ask(x, "PUT", "Patient/7", one_ | {"id": "7"}).version == 1
    assert everything(x) == before
    assert ask(x, "PUT", "Patient/7", other | {"id": "7"}).version == 2
    third = ask(x, "PUT", "Patient/7", one_ | {"id": "7"})
    assert (third.version, third.resource and third.resource["gender"]) == (3, "female")
    assert ask(x, "PUT", f"Patient/{first.id}", one_ | {"id": first.id}).id == first.id
    posted = ask(x, "POST", "Observation", weight("Patient/7", 60))
    assert (ask(x, "POST", "Observation", weight("Patient/7", 60)).id, posted.version) == (posted.id, 1)
    assert posted.resource and posted.resource["subject"] == {"reference": f"Patient/{first.id}"}


def test_an_answer_that_was_lost_can_be_asked_for_again(x: Exchange) -> None:
    first = ask(x, "PUT", "Patient/7", ANA | {"id": "7"})
    changed = ask(x, "PUT", "Patient/7", ANA | {"id": "7", "gender": "other"}, if_match='W/"1"')
    assert ask(x, "PUT", "Patient/7", ANA | {"id": "7", "gender": "other"}, if_match='W/"1"').version == changed.version == 2
    assert first.version == 1


def test_nobody_changes_what_another_told(x: Exchange) -> None:
    ana = ask(x, "POST", "Patient", ANA)
    for method, body in (("PUT", ANA), ("PATCH", []), ("DELETE", None)):
        with refused("FH-032"):
            ask(x, method, f"Patient/{ana.id}", body, who=CLINIC)
    own = ask(x, "PUT", "Patient/7", ANA | {"id": "7"})
    theirs = ask(x, "PUT", "Patient/7", ANA | {"id": "7"}, who=CLINIC)
    assert own.id != theirs.id


def test_a_patch(x: Exchange) -> None:
    ana = ask(x, "POST", "Patient", ANA)
    step = {"op": "replace", "path": "/gender", "value": "other"}
    patched = ask(x, "PATCH", f"Patient/{ana.id}", [{"op": "test", "path": "/gender", "value": "female"}, step])
    assert patched.resource and patched.resource["gender"] == "other"
    for wrong in (
        {"op": "test", "path": "/gender", "value": "x"},
        {"op": "remove", "path": "/shoe"},
        {"op": "replace", "path": "/id", "value": "1"},
        "x",
    ):
        with refused("FH-041"):
            ask(x, "PATCH", f"Patient/{ana.id}", [wrong])
    with refused("FH-034"):
        ask(x, "PATCH", f"Patient/{ana.id}", [{"op": "replace", "path": "/gender", "value": "cat"}])
    with refused("FH-037"):
        ask(x, "PATCH", "Patient/nobody", [step])


def test_on_a_condition(x: Exchange) -> None:
    found: list[str] = []

    def find(_: Any, kind: str, query: str) -> tuple[str, ...]:
        return tuple(found) if (kind, query) == ("Patient", "identifier=a|1") else ()

    ana = ask(x, "POST", "Patient", ANA, find=find, if_none_exist="identifier=a|1")
    found.append(ana.id)
    assert ask(x, "POST", "Patient", ANA | {"active": True}, find=find, if_none_exist="identifier=a|1").status == 200
    changed = ask(x, "PUT", "Patient?identifier=a|1", ANA | {"active": True}, find=find)
    assert (changed.id, changed.version, changed.status) == (ana.id, 2, 200)
    assert ask(x, "PUT", "Patient?identifier=b|1", ANA | {"gender": "male"}, find=find).status == 201
    referring = ask(x, "POST", "Observation", weight("Patient?identifier=a|1", 70), find=find)
    assert referring.resource and referring.resource["subject"]["reference"] == f"Patient/{ana.id}"
    assert ask(x, "DELETE", "Patient?identifier=c|1", find=find).status == 204
    found.append("another")
    for method, body in (("PUT", ANA), ("DELETE", None)):
        with refused("FH-031"):
            ask(x, method, "Patient?identifier=a|1", body, find=find)
    with refused("FH-031"):
        ask(x, "POST", "Patient", ANA, find=find, if_none_exist="identifier=a|1")
    with refused("FH-046"):
        ask(x, "DELETE", "Patient?identifier=a|1")


@pytest.mark.parametrize(
    ("code", "method", "target", "body"),
    [
        ("FH-034", "POST", "Patient", ANA | {"gender": "cat"}), ("FH-034", "POST", "Patient", ANA | {"shoe": 42}),
        ("FH-034", "POST", "Observation", {"resourceType": "Observation"}), ("FH-034", "POST", "Patient", ANA | {"contact": []}),
        ("FH-038", "POST", "Observation", weight("Patient/nobody", 60)), ("FH-038", "POST", "Observation", weight("urn:uuid:1", 60)),
        ("FH-035", "POST", "Observation", ANA), ("FH-035", "PUT", "Patient/1", ANA | {"id": "2"}), ("FH-035", "PUT", "Patient", ANA),
        ("FH-035", "POST", "Patient", [1]), ("FH-045", "POST", "AuditEvent", {"resourceType": "AuditEvent"}),
        ("FH-039", "POST", "Patient", ANA | {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>'}}),
        ("FH-039", "POST", "Patient", ANA | {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x">a</p></div>'}}),
        ("FH-039", "POST", "Patient", ANA | {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><a href="java\tscript:x">a</a></div>'}}),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_no_trace(x: Exchange, code: str, method: str, target: str, body: Any) -> None:
    before = everything(x)
    with refused(code) as fault:
        ask(x, method, target, body)
    assert everything(x) == before
    assert "Mora" not in str(fault.value) + str(fault.value.faults)


@pytest.mark.parametrize(
    "request_", [{"method": {}, "url": "Patient"}, {"method": "POST", "url": []}, {"method": ["POST"], "url": ""}, "x", None]
)
def test_an_entry_that_says_no_method_is_refused(x: Exchange, request_: Any) -> None:
    with refused("FH-035"):
        told(x, {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": ANA, "request": request_}]})


@pytest.mark.parametrize(
    "step", [{"op": {}, "path": ""}, {"op": ["add"], "path": ""}, {"op": "add", "path": {}}, {"op": None, "path": "/x"}]
)
def test_a_step_of_a_patch_that_is_no_step_is_refused(x: Exchange, step: Any) -> None:
    ana = ask(x, "POST", "Patient", ANA)
    with refused("FH-041"):
        ask(x, "PATCH", f"Patient/{ana.id}", [step])


def test_a_transaction_is_all_or_nothing(x: Exchange) -> None:
    urn = "urn:uuid:11111111-1111-4111-8111-111111111111"
    bundle = {
        "resourceType": "Bundle", "type": "transaction",
        "entry": [entry("POST", "Observation", weight(urn, 60)), entry("POST", "Patient", ANA, urn), entry("PUT", "Organization/o1", {"resourceType": "Organization", "id": "o1", "name": "Centro"})],
    }  # fmt: skip
    grown, ana, house = told(x, bundle)
    assert grown.resource and grown.resource["subject"]["reference"] == f"Patient/{ana.id}"
    assert house.id == own_id("hospital", "Organization", "o1")
    with x.store.begin() as tx:
        assert len(tx.rows()) == 1
        assert {f.id for f in tx.facts_about([ana.id])} == {grown.id, ana.id}
    before = everything(x)
    assert [d.version for d in told(x, bundle)] == [1, 1, 1]
    bad = bundle | {
        "entry": [entry("DELETE", f"Observation/{grown.id}"), entry("POST", "Observation", weight("Patient/nobody", 1))]
    }
    with refused("FH-038") as fault:
        told(x, bad)
    assert fault.value.faults == (("Bundle.entry[1].resource.subject.reference", "leads nowhere"),)
    with refused("FH-040"):
        told(
            x,
            bundle
            | {"entry": [entry("DELETE", f"Observation/{grown.id}"), entry("PUT", f"Observation/{grown.id}", weight(urn, 1))]},
        )
    assert everything(x) == before


def test_entries_of_a_batch_stand_alone(x: Exchange) -> None:
    asker = Asker(HOSPITAL, "partner:hospital", BASE)
    done = batch(
        x, asker, {"entry": [entry("POST", "Patient", ANA), entry("POST", "Patient", ANA | {"gender": "cat"}), {"x": 1}]}
    )
    assert [d.status if isinstance(d, Done) else d.code for d in done] == [201, "FH-034", "FH-035"]


def test_a_file_becomes_an_original_of_its_own(x: Exchange) -> None:
    letter = b"Dear colleague, nothing to report."
    urn = "urn:uuid:11111111-1111-4111-8111-111111111112"
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "url": urn}}],
    }
    binary = {"resourceType": "Binary", "contentType": "text/plain", "data": base64.b64encode(letter).decode()}
    reference, file = told(
        x,
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [entry("POST", "DocumentReference", document), entry("POST", "Binary", binary, urn)],
        },
    )
    assert reference.resource and reference.resource["content"][0]["attachment"]["url"] == f"Binary/{file.id}"
    assert x.originals.get(file.id) == letter
    inline = document | {"content": [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(letter).decode()}}]}
    told_ = ask(x, "POST", "DocumentReference", inline).resource
    assert told_ and told_["content"][0]["attachment"] == {
        "contentType": "text/plain",
        "url": f"Binary/{file.id}",
        "size": 34,
        "hash": "r3gXHJhBaHSDu2ItM6MPUZL8aZE=",
    } | {"hash": told_["content"][0]["attachment"]["hash"]}


def test_reading_the_originals_anew_gives_the_same(x: Exchange) -> None:
    ana = ask(x, "PUT", "Patient/7", ANA | {"id": "7"})
    ask(x, "POST", "Observation", weight("Patient/7", 60))
    ask(x, "PATCH", f"Patient/{ana.id}", [{"op": "add", "path": "/active", "value": True}])
    second = ask(x, "POST", "Observation", weight("Patient/7", 61))
    ask(x, "DELETE", f"Observation/{second.id}")
    before = everything(x)
    assert [d.any for d in replay(x, Which(format="fhir"))] == [False] * 5
    assert everything(x) == before
