"""What a person hides is hidden on every way out over FHIR: $everything, provenances, trail, files, exports, chains, includes, versions."""

import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from plain import arrival, plain_exchange
from soon import soon
from vado.channels.keys import FHIR, Key, Keys
from vado.exchange import accounts, consents, consult
from vado.exchange.bulk import Exporter
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Account, ConsentKind, Role
from vado.model.original import PartnerId
from vado.model.record import Viewer
from vado.web.app import build

ME, HERE = Viewer("me"), "https://testserver"
ALL = "system/*.cruds"
KEY = "k" * 40
LOINC = "http://loinc.org"


def told(partner: str, number: str, family: str, born: str, code: str, text: str) -> bytes:
    patient = {
        "resourceType": "Patient", "id": "p", "gender": "female", "birthDate": born, "name": [{"family": family, "given": ["Inés"]}],
        "identifier": [{"system": f"urn:{partner}", "value": number}], "telecom": [{"system": "phone", "value": f"600{born[:4]}22"}],
        "address": [{"line": ["Calle Mayor 5"], "city": "Madrid", "postalCode": "28013"}],
    }  # fmt: skip
    value = {
        "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2024-01-05",
        "code": {"coding": [{"system": LOINC, "code": code}], "text": text}, "valueInteger": 3,
    }  # fmt: skip
    entries = [{"fullUrl": f"http://x/{r['resourceType']}/{r['id']}", "resource": r} for r in (patient, value)]
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


class Place:
    """Inés, of whom hospital and clinic told; Eva, of whom the clinic alone told."""

    def __init__(self, folder: Path) -> None:
        self.x: Exchange = plain_exchange()
        for partner, number, family, born, code, text in (
            ("hospital", "1", "Prado", "1951-07-04", "718-7", "Hemoglobin"), ("clinic", "2", "Prado", "1951-07-04", "4548-4", "Glycated"),
            ("clinic", "3", "Zeller", "1960-01-01", "75622-1", "Virus"),
        ):  # fmt: skip
            list(receive(self.x, [arrival(told(partner, number, family, born, code, text), partner=partner)]))
        (ines,), (eva,) = (consult.find_persons(self.x, words, ME) for words in ("prado", "zeller"))
        self.ines, self.eva = ines.id, eva.id
        self.patients: dict[str, str] = {f.evidence.partner: f.id for f in ines.patients}
        self.others = eva.patients[0].id
        self.theirs = consult.show_record(self.x, eva.id, ME).lines[0].shown.id
        self.observations: dict[str, str] = {
            f.shown.evidence.partner: f.shown.id for f in consult.show_record(self.x, ines.id, ME).lines
        }  # fmt: skip
        for name, role, partner, patient in (
            ("hospital-program", Role.CLIENT, "hospital", ""), ("clinic-program", Role.CLIENT, "clinic", ""),
            ("clinic-doctor", Role.PRACTITIONER, "clinic", ""), ("doctor", Role.PRACTITIONER, "hospital", ""),
            ("her", Role.CITIZEN, "", self.patients["hospital"]), ("boss", Role.ADMINISTRATOR, "", ""),
        ):  # fmt: skip
            scopes = (ALL,) if role is Role.CLIENT else ()
            accounts.add(self.x, Account("", name, role, PartnerId(partner), patient, scopes=scopes), ME)
        self.exporter = Exporter(self.x, folder)
        keys = Keys([Key(PartnerId("hospital"), FHIR, sha256(KEY.encode()).digest(), notify=("https://hook.example/",))])
        self.app = build(self.x, hosts=("testserver",), exporter=self.exporter, keys=keys)

    def client(self, name: str, *scopes: str) -> TestClient:
        token = KEY if name == "key" else accounts.token(self.x, name, 1, scopes, ME)
        return TestClient(self.app, base_url=HERE, headers={"Authorization": f"Bearer {token}"})

    def hide(self, kind: ConsentKind = ConsentKind.HIDE, **what: Any) -> None:
        consents.give(self.x, self.ines, consents.said(kind, **what), ME)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "exports")
    with made.exporter:
        yield made


def resources(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [e["resource"] for e in answer.json().get("entry", ())]


def exported(client: TestClient, query: str = "") -> tuple[str, set[str]]:
    kicked = client.get(f"/fhir/$export{query}")
    assert kicked.status_code == 202, kicked.text
    until = time.monotonic() + 10
    while (told := client.get(kicked.headers["content-location"])).status_code == 202:
        assert time.monotonic() < until
        time.sleep(0.02)
    files = told.json()["output"]
    return "".join(client.get(f["url"]).text for f in files), {f["type"] for f in files}


HIDES = {
    "source": lambda p: p.hide(partner="clinic"), "fact": lambda p: p.hide(fact=p.observations["clinic"]),
    "opt-out": lambda p: p.hide(ConsentKind.OPT_OUT),
    "document": lambda p: p.hide(original=consult.trace(p.x, p.observations["clinic"], ME).fact.evidence.original),
}  # fmt: skip


@pytest.mark.parametrize("how", HIDES)
def test_what_is_hidden_is_on_no_way_out(place: Place, how: str) -> None:
    program, mine, theirs = place.client("hospital-program"), place.patients["hospital"], place.observations["clinic"]
    before = program.get(f"/fhir/Patient/{mine}/$everything").json()
    assert "Glycated" in str(before)
    HIDES[how](place)
    for who in (program, place.client("doctor")):
        after = who.get(f"/fhir/Patient/{mine}/$everything")
        assert "Hemoglobin" in after.text and "Glycated" not in after.text and theirs not in after.text
        assert after.json()["total"] == before["total"] - (1 if how == "fact" else 2)
        for path in (
            f"/fhir/Observation?patient={mine}", "/fhir/Observation?code=4548-4&_total=accurate", "/fhir/Observation?_sort=date&_count=1",
            f"/fhir/Patient?_id={mine}&_revinclude=Observation:patient", f"/fhir/Provenance?patient=Patient/{mine}",
            f"/fhir/Provenance?target=Observation/{theirs}", "/fhir/Observation/_history",
        ):  # fmt: skip
            told = who.get(path)
            assert told.status_code == 200, (path, told.text)
            assert "Glycated" not in told.text and theirs not in told.text.replace(f"target=Observation/{theirs}", ""), path
            assert told.json().get("total") in (None, 0, 1, 2, *([3] if how == "fact" else [])), path
        assert who.get("/fhir/Observation?code=4548-4&_summary=count").json()["total"] == 0
        for path in (
            "/fhir/Patient?_has:Observation:patient:code=4548-4", "/fhir/Observation?patient.family=prado&code=4548-4",
            "/fhir/Patient?_has:Observation:patient:code=718-7",
        ):  # fmt: skip
            assert who.get(path).json()["total"] == 0, path
        for path in (
            f"/fhir/Observation/{theirs}",
            f"/fhir/Observation/{theirs}/_history",
            f"/fhir/Observation/{theirs}/_history/1",
        ):
            hidden, nobody = who.get(path), who.get(path.replace(theirs, "f" * 32))
            assert (hidden.status_code, hidden.json()) == (nobody.status_code, nobody.json()), path
            assert hidden.status_code == 404
        if how != "fact":
            assert who.get(f"/fhir/Patient/{place.patients['clinic']}/$everything").status_code == 404
            assert who.get(f"/fhir/Person?patient={place.patients['clinic']}").json()["total"] == 0
            assert place.patients["clinic"] not in who.get(f"/fhir/Patient/{mine}").text, "nor that she is known elsewhere"
    text, _ = exported(program)
    assert "Hemoglobin" in text and "Glycated" not in text and theirs not in text and "Zeller" not in text
    assert "Glycated" in place.client("her").get(f"/fhir/Patient/{mine}/$everything").text, "she sees what she hides"
    assert "Glycated" in place.client("clinic-doctor").get("/fhir/Observation?code=4548-4").text, "who told it has it anyway"


def test_a_person_in_nobodys_care_is_as_if_not_there(place: Place) -> None:
    program, doctor = place.client("hospital-program"), place.client("doctor")
    nobody = "f" * 32
    for path in ("Patient/{}/$everything", "Provenance?patient=Patient/{}", "Patient/{}", "Patient/{}/$summary"):
        theirs, made_up = program.get("/fhir/" + path.format(place.others)), program.get("/fhir/" + path.format(nobody))
        assert (theirs.status_code, theirs.json()) == (made_up.status_code, made_up.json()), path
    assert doctor.get(f"/fhir/Patient/{place.others}/$everything").status_code == 403
    assert doctor.get("/fhir/Patient?_has:Observation:patient:code=75622-1").json()["total"] == 0, (
        "found by name, never by illness"
    )
    assert doctor.get("/fhir/Patient?family=zeller").json()["total"] == 1
    with place.x.store.begin() as tx:
        (row,) = [r for r in tx.rows() if "75622-1" in place.x.originals.get(r.original.id).decode()]
    binary = f"/fhir/Binary/{row.original.id}"
    assert program.get(binary).json() == program.get(f"/fhir/Binary/{nobody}{nobody}").json()
    assert doctor.get(binary).status_code == 403
    assert place.client("clinic-program").get(binary).status_code == 200


def test_a_narrow_token_opens_no_more_on_any_way(place: Place) -> None:
    narrow = place.client("hospital-program", "system/Patient.rs")
    mine = place.patients["hospital"]
    assert [r["resourceType"] for r in resources(narrow.get(f"/fhir/Patient?_id={mine}&_revinclude=Observation:patient"))] == [
        "Patient"
    ]
    for path in (
        f"Patient/{mine}/$everything", f"Patient/{mine}/$summary", f"Provenance?patient={mine}", "Observation?code=718-7", "AuditEvent",
        "Patient?_has:Observation:patient:code=718-7", f"Patient/{mine}/Observation", f"Binary/{'f' * 64}", "Observation/_history",
    ):  # fmt: skip
        assert narrow.get(f"/fhir/{path}").status_code in {403, 404}, path
        assert "Hemoglobin" not in narrow.get(f"/fhir/{path}").text, path
    text, kinds = exported(narrow)
    assert kinds == {"Patient"} and "Hemoglobin" not in text
    assert exported(narrow, "?_type=Observation") == ("", set())
    writer = place.client("hospital-program", "system/Flag.c")
    kinds_ = {"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": {"resourceType": "Patient", "name": [{"family": "New"}]}, "request": {"method": "POST", "url": "Patient"}},
        {"request": {"method": "DELETE", "url": f"Patient/{mine}"}}, {"request": {"method": "GET", "url": f"Observation/{place.observations['clinic']}"}},
    ]}  # fmt: skip
    answers = writer.post("/fhir", json=kinds_, headers={"content-type": "application/fhir+json"}).json()["entry"]
    assert [a["response"]["status"][:3] for a in answers] == ["403", "403", "404"]
    assert writer.post("/fhir/$import").status_code == 403
    assert writer.delete(f"/fhir/Flag/{mine}").status_code == 403


def test_files_of_an_export_are_for_who_asked(place: Place) -> None:
    one, other = place.client("hospital-program"), place.client("clinic-program")
    kicked = one.get("/fhir/$export")
    status = kicked.headers["content-location"]
    manifest = soon(lambda: done if (done := one.get(status)).status_code != 202 else None)
    assert manifest is not None, "it never ends"
    url = manifest.json()["output"][0]["url"]
    assert one.get(url).status_code == 200
    assert {other.get(status).status_code, other.get(url).status_code, other.delete(status).status_code} == {404}


def test_who_looked_is_told_to_the_person_and_the_administrator_alone(place: Place) -> None:
    mine, her, boss = place.patients["hospital"], place.client("her"), place.client("boss")
    place.client("doctor").get(f"/fhir/Patient/{mine}")
    place.client("clinic-doctor").get(f"/fhir/Patient/{place.others}")
    own = her.get("/fhir/AuditEvent")
    assert "doctor" in own.text and "clinic-doctor" not in own.text and place.others not in own.text
    assert her.get(f"/fhir/AuditEvent?patient={place.others}").json() == her.get(f"/fhir/AuditEvent?patient={'f' * 32}").json()
    assert resources(her.get(f"/fhir/AuditEvent?entity=Patient/{place.others}")) == []
    all_ = resources(boss.get("/fhir/AuditEvent?_count=500"))
    assert "clinic-doctor" in str(all_)
    (theirs, *_) = [r["id"] for r in all_ if "clinic-doctor" in str(r) and place.others in str(r)]
    assert (her.get(f"/fhir/AuditEvent/{theirs}").status_code, boss.get(f"/fhir/AuditEvent/{theirs}").status_code) == (404, 200)
    for name in ("doctor", "hospital-program"):
        assert place.client(name).get("/fhir/AuditEvent").status_code == 403


def test_another_partners_doctor_pages_through_what_is_theirs_alone(place: Place) -> None:
    for n in range(7):
        body = told("clinic", f"9{n}", f"Mora{n}", f"197{n}-02-03", "718-7", "Hemoglobin")
        list(receive(place.x, [arrival(body, partner="clinic")]))
    for name, most in (("hospital-program", 1), ("clinic-program", 8)):
        client, seen = place.client(name), []
        for sort in ("", "&_sort=-date"):
            url: str | None = f"/fhir/Observation?code=718-7&_count=2{sort}"
            seen = []
            while url:
                page = client.get(url).json()
                assert page.get("total") in (None, most)
                seen += [e["resource"]["id"] for e in page.get("entry", ())]
                url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
            assert len(seen) == len(set(seen)) == most, (name, sort)
    first = place.client("clinic-program").get("/fhir/Observation?code=718-7&_count=2").json()
    (further,) = [link["url"] for link in first["link"] if link["relation"] == "next"]
    assert place.client("hospital-program").get(further).status_code == 410, "a page is for who asked"


# whoever asks by an id that they may not know is answered as for one that nobody has: {p} a Patient, {o} an Observation

READS = (
    "Patient/{p}", "Patient/{p}/_history", "Patient/{p}/_history/1", "Patient/{p}/$everything", "Patient/{p}/$summary", "Patient/{p}/Observation",
    "Patient?_id={p}", "Patient?_id={p}&_revinclude=Observation:patient", "Patient?link=Patient/{p}", "Patient?link:missing=false&_id={p}", "Person?patient=Patient/{p}", "Person?link={p}",
    "Observation/{o}", "Observation/{o}/_history", "Observation/{o}/_history/1", "Observation?_id={o}", "Observation?patient=Patient/{p}",
    "Observation?subject={p}", "Observation?subject:Patient={p}", "Observation?patient={p}&_summary=count", "Observation?patient={p}&_total=accurate",
    "Observation?patient={p}&_include=Observation:patient", "Observation?patient={p}&code=718-7&_sort=date", "Observation?patient._id={p}",
    "Observation?patient.link={p}", "Patient?_has:Observation:patient:_id={o}", "Patient?_has:Observation:patient:patient={p}",
    "Provenance?patient=Patient/{p}", "Provenance?target=Patient/{p}", "Provenance?target=Observation/{o}", "AuditEvent?patient=Patient/{p}",
    "AuditEvent?entity=Patient/{p}", "DocumentReference/$docref?patient={p}", "DocumentReference?patient={p}", "Binary/{p}{o}",
    "Patient/$ihe-pix?sourceIdentifier=https://testserver/fhir|Patient/{p}", "Condition?patient={p}&_elements=id",
)  # fmt: skip
FLAG = {"resourceType": "Flag", "status": "active", "code": {"text": "Falls"}, "subject": {"reference": "Patient/{p}"}}
NEW = {"resourceType": "Patient", "name": [{"family": "New"}]}
WRITES = (
    ("POST", "Flag", FLAG), ("PUT", "Patient/{p}", NEW | {"id": "{p}"}), ("PATCH", "Patient/{p}", []), ("DELETE", "Patient/{p}", None),
    ("PATCH", "Observation/{o}", []), ("DELETE", "Observation/{o}", None), ("PATCH", "Flag/{p}", []), ("DELETE", "Flag/{o}", None),
    ("DELETE", "Observation?patient=Patient/{p}&code=x", None), ("PATCH", "Observation?patient={p}", [{"op": "add", "path": "/language", "value": "es"}]),
    ("PUT", "Observation?patient={p}", {"resourceType": "Observation", "status": "final", "code": {"text": "{p}"}}),
    ("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": "Patient/{p}"}}, {"request": {"method": "DELETE", "url": "Observation/{o}"}},
        {"request": {"method": "PATCH", "url": "Observation?patient={p}"}, "resource": {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": "W10="}},
    ]}),
    ("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": FLAG, "request": {"method": "POST", "url": "Flag", "ifNoneExist": "patient={p}"}}]}),
    ("POST", "Subscription", {
        "resourceType": "Subscription", "status": "requested", "reason": "x", "criteria": "Observation?patient=Patient/{p}",
        "channel": {"type": "rest-hook", "endpoint": "https://hook.example/", "payload": "application/fhir+json"},
    }),
    ("GET", "$export?patient=Patient/{p}", None),
)  # fmt: skip


def alike(told: Any, *ids: str) -> tuple[int, str]:
    """What an answer says, but for the ids that were asked by, those that are made from what was sent, and the time."""
    text = told.text
    for id_ in ids:
        text = text.replace(id_, "#")
    text = re.sub(r'[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|page=[\w-]+|"at .*?"', "#", text)
    return told.status_code, re.sub(r'"(total|value)":"?#"?', "", text)


def asked(client: TestClient, method: str, path: str, body: Any, ids: dict[str, str]) -> Any:
    put = lambda text: text.replace("{p}", ids["p"]).replace("{o}", ids["o"])  # noqa: E731
    content = None if body is None else orjson.loads(put(orjson.dumps(body).decode()))
    kind = "application/json-patch+json" if method == "PATCH" else "application/fhir+json"
    return client.request(method, f"/fhir/{put(path)}".rstrip("/"), json=content, headers={"content-type": kind})


@pytest.mark.parametrize("who", ["hospital-program", "doctor", "key"])
@pytest.mark.parametrize("how", ["source", "opt-out", "document", "stranger"])
def test_an_id_that_one_may_not_know_is_answered_as_one_that_nobody_has(place: Place, who: str, how: str) -> None:
    if how == "stranger":
        hidden = {"p": place.others, "o": place.theirs}
        if who == "doctor":
            pytest.skip("a practitioner may look up who anybody is")
    else:
        HIDES[how](place)
        hidden = {"p": place.patients["clinic"], "o": place.observations["clinic"]}
    client, wrong = place.client(who), list[str]()
    nobody = {"p": "e" * 31 + "1", "o": "f" * 31 + "1"}
    for method, path, body in (*(("GET", path, None) for path in READS), *WRITES):
        theirs, made_up = (asked(client, method, path, body, ids) for ids in (hidden, nobody))
        if alike(theirs, *hidden.values()) != alike(made_up, *nobody.values()):
            wrong.append(
                f"{method} {path}: {theirs.status_code} {theirs.text[:300]} / {made_up.status_code} {made_up.text[:300]}"
            )
        assert "Glycated" not in theirs.text and "Virus" not in theirs.text, path
    assert not wrong, "\n".join(wrong)


def test_what_one_may_know_is_found_by_any_of_the_persons_ids(place: Place) -> None:
    program, theirs = place.client("hospital-program"), place.patients["clinic"]
    assert program.get(f"/fhir/Observation?patient={theirs}").json()["total"] == 2
    assert asked(program, "POST", "Flag", FLAG, {"p": theirs, "o": ""}).status_code == 201
    answers = [
        asked(place.client(who), "DELETE", "Patient/{p}", None, {"p": theirs, "o": ""}).status_code
        for who in ("hospital-program", "key")
    ]
    assert answers == [403, 403]


def test_that_somebody_is_known_elsewhere_is_not_told(place: Place) -> None:
    program, mine = place.client("hospital-program"), place.patients["hospital"]
    path = f"/fhir/Patient?_id={mine}&link:missing="
    assert [program.get(path + said).json()["total"] for said in ("false", "true")] == [1, 0]
    place.hide(partner="clinic")
    assert [program.get(path + said).json()["total"] for said in ("false", "true")] == [0, 0]


def test_that_another_partners_patient_was_taken_back_is_told_to_who_might_see_it(place: Place) -> None:
    program, theirs = place.client("hospital-program"), place.patients["clinic"]
    assert place.client("clinic-program").delete(f"/fhir/Patient/{theirs}").status_code == 204
    assert program.get(f"/fhir/Patient/{theirs}").status_code == 410
    assert place.client("doctor").get(f"/fhir/Patient/{theirs}").status_code == 410


def test_no_issuer_is_known_of_whom_nobody_may_be_seen(place: Place) -> None:
    program, pix = place.client("hospital-program"), "/fhir/Patient/$ihe-pix?sourceIdentifier=urn:hospital|1&targetSystem="
    assert program.get("/fhir/Patient?identifier=urn:clinic|&family=prado").status_code == 200
    assert program.get(pix + "urn:clinic").status_code == 200
    place.hide(partner="clinic")
    for path in ("/fhir/Patient?family=prado&identifier=", pix, "/fhir/Patient/$ihe-pix?sourceIdentifier="):
        more = "%7C2" if path.endswith("sourceIdentifier=") else "%7C" if path[-11:] == "identifier=" else ""
        hidden, made_up = (program.get(f"{path}urn:{who}{more}") for who in ("clinic", "nobody"))
        assert (hidden.status_code, hidden.json()) == (made_up.status_code, made_up.json()), path
        assert hidden.status_code in {400, 403, 404}
