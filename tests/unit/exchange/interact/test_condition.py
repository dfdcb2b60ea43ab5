"""Writing on a condition, found by the real search index: only what the partner told itself is changed."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from plain import plain_exchange
from vado.errors import Refusal
from vado.exchange.interact.condition import by_condition
from vado.exchange.interact.perform import Asker, Done, batch, one, transaction
from vado.exchange.ports import Exchange
from vado.model.interaction import Interaction
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.store.memory import MemoryStore
from vado.store.sql.store import SqlStore

HOSPITAL, CLINIC = PartnerId("hospital"), PartnerId("clinic")
BASE = "https://here/fhir"
ANYBODY = Viewer("web")
NUMBER = "identifier=urn:numbers|42"


@pytest.fixture(params=["memory", "sqlite"])
def x(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    return plain_exchange(MemoryStore() if request.param == "memory" else SqlStore(f"sqlite:///{tmp_path}/x.sqlite"))


def ana(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "identifier": [{"system": "urn:numbers", "value": "42"}],
        "name": [{"family": "Mora", "given": ["Ana"]}], "birthDate": "1961-02-03", "gender": "female", **more,
    }  # fmt: skip


def asker(x: Exchange, who: PartnerId, eyes: Viewer | None = None) -> Asker:
    return Asker(who, f"partner:{who}", BASE, by_condition(x, who, eyes, BASE))


def ask(  # noqa: PLR0917
    x: Exchange,
    method: str,
    target: str,
    body: Any = None,
    who: PartnerId = HOSPITAL,
    eyes: Viewer | None = None,
    **conditions: str,
) -> Done:
    content = b"" if body is None else orjson.dumps(body)
    return one(x, asker(x, who, eyes), Interaction(method, target, content, "".join(conditions.values())), **conditions)


def told(x: Exchange, *entries: dict[str, Any], who: PartnerId = HOSPITAL) -> list[Done]:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
    return transaction(x, asker(x, who), Interaction("POST", "", orjson.dumps(bundle)))


def weight(patient: str, kilos: float = 60) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "code": {"text": "weight"}, "subject": {"reference": patient},
        "valueQuantity": {"value": kilos, "unit": "kg"},
    }  # fmt: skip


def entry(method: str, url: str, resource: Any = None, **more: str) -> dict[str, Any]:
    return {"request": {"method": method, "url": url, **more}} | ({"resource": resource} if resource else {})


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=code)


def test_made_once_changed_and_taken_back(x: Exchange) -> None:
    made = ask(x, "POST", "Patient", ana(), if_none_exist=NUMBER)
    assert made.status == 201
    again = ask(x, "POST", "Patient", ana(active=True), if_none_exist=f"?{NUMBER}")
    assert (again.status, again.id, again.version) == (200, made.id, 1)
    changed = ask(x, "PUT", f"Patient?{NUMBER}", ana(active=True))
    assert (changed.status, changed.id, changed.version) == (200, made.id, 2)
    assert ask(x, "PUT", f"Patient?{NUMBER}", ana(active=True)).version == 2, "the same again"
    patched = ask(x, "PATCH", f"Patient?{NUMBER}", [{"op": "replace", "path": "/gender", "value": "other"}])
    assert (patched.id, patched.version) == (made.id, 3)
    assert ask(x, "POST", "Observation", weight(f"Patient?{NUMBER}")).resource["subject"] == {"reference": f"Patient/{made.id}"}  # type: ignore[index]
    assert ask(x, "DELETE", f"Patient?{NUMBER}").status == 204
    assert ask(x, "DELETE", f"Patient?{NUMBER}").version == 0, "nothing fits any more, and nothing is done"
    with refused("FH-038"):
        ask(x, "POST", "Observation", weight(f"Patient?{NUMBER}"))
    assert ask(x, "PUT", "Patient?identifier=urn:numbers|43", ana(gender="male")).status == 201


def test_several(x: Exchange) -> None:
    ask(x, "POST", "Patient", ana())
    ask(x, "POST", "Patient", ana(gender="male", identifier=[{"system": "urn:numbers", "value": "43"}]))
    for method, body in (("PUT", ana()), ("DELETE", None)):
        with refused("FH-031"):
            ask(x, method, "Patient?family=mora", body)
    with refused("FH-031"):
        ask(x, "POST", "Patient", ana(), if_none_exist="family=mora")
    taken = ask(x, "DELETE", "Patient?family=mora&gender=male")
    assert (taken.status, taken.version) == (204, 2)


def test_a_partner_changes_its_own_and_finds_what_it_may_see(x: Exchange) -> None:
    theirs = ask(x, "POST", "Patient", ana(), who=CLINIC)
    with refused("FH-038"):
        ask(x, "POST", "Observation", weight(f"Patient?{NUMBER}"))
    seen = ask(x, "POST", "Observation", weight(f"Patient?{NUMBER}"), eyes=ANYBODY)
    assert seen.resource
    assert seen.resource["subject"]["reference"] == f"Patient/{theirs.id}"
    assert ask(x, "DELETE", f"Patient?{NUMBER}", eyes=ANYBODY).version == 0
    own = ask(x, "POST", "Patient", ana(active=True), eyes=ANYBODY, if_none_exist=NUMBER)
    assert (own.status, own.id == theirs.id) == (201, False), "each partner's record is its own"
    ours = ask(x, "POST", "Observation", weight(f"Patient?{NUMBER}", 61), eyes=ANYBODY)
    assert ours.resource
    assert ours.resource["subject"]["reference"] == f"Patient/{own.id}", "one's own comes first"


def test_within_one_bundle(x: Exchange) -> None:
    first, second, observed = told(
        x,
        entry("POST", "Patient", ana(), ifNoneExist=NUMBER),
        entry("POST", "Patient", ana(active=True), ifNoneExist=NUMBER),
        entry("POST", "Observation", weight(f"Patient?{NUMBER}")),
    )
    assert (first.status, second.status, first.id) == (201, 200, second.id)
    assert observed.resource
    assert observed.resource["subject"]["reference"] == f"Patient/{first.id}"
    again = told(
        x, entry("POST", "Patient", ana(), ifNoneExist=NUMBER), entry("POST", "Observation", weight(f"Patient?{NUMBER}"))
    )
    assert [(d.status, d.id) for d in again] == [(200, first.id), (200, observed.id)]
    with refused("FH-040"):
        told(x, entry("DELETE", f"Patient?{NUMBER}"), entry("POST", "Patient", ana(), ifNoneExist=NUMBER))


def test_what_the_transaction_wrote_is_found_before_it_ends(x: Exchange) -> None:
    made = ask(x, "POST", "Patient", ana())
    with x.store.begin() as tx:
        tx.fhir.touched.facts.add(f"Patient/{made.id}")
        assert by_condition(x, HOSPITAL, None, BASE)(tx, "Patient", NUMBER) == (made.id,)
        assert not tx.fhir.touched


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("_count=1", "FH-046"), ("identifier=", "FH-046"), ("shoe=42", "FH-001"), ("birthdate=soon", "FH-003"), ("identifier:up=1", "FH-002"),
        ("general-practitioner:Practitioner.name=a", "FH-046"), ("_has:Observation:patient:code=1", "FH-046"), ("name:contains=mor", "FH-005"),
        ("identifier=" + "a" * 5000, "FH-046"), ("&".join(f"gender={n}" for n in range(200)), "FH-046"),
    ],
)  # fmt: skip
def test_a_condition_has_to_say_something_of_the_resource_itself(x: Exchange, query: str, code: str) -> None:
    ask(x, "POST", "Patient", ana())
    with refused(code):
        ask(x, "DELETE", f"Patient?{query}")
    entries = [entry("DELETE", f"Patient?{query}"), entry("POST", "Patient", ana(), ifNoneExist=NUMBER)]
    wrong, good = batch(x, asker(x, HOSPITAL), {"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert isinstance(wrong, Refusal)
    assert isinstance(good, Done)
    assert good.status == 200
