"""A FHIR Consent is put in force as the person's decision, or refused with the reason: never kept as if it held."""

from typing import Any

import pytest

from unit.web.test_access import ME, Place, place  # noqa: F401 - the fixture
from vado.exchange import accounts, consents
from vado.model.account import ConsentKind, Role


def said(place: Place, **provision: Any) -> dict[str, Any]:  # noqa: F811
    code = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
    return {
        "resourceType": "Consent", "status": "active", "scope": code, "category": [code], "policyRule": code,
        "patient": {"reference": f"Patient/{consents.founder(place.x, place.ines)}"}, "provision": provision,
    }  # fmt: skip


def data(reference: str, meaning: str = "instance") -> dict[str, Any]:
    return {"type": "deny", "data": [{"meaning": meaning, "reference": {"reference": reference}}]}


def actor(partner: str) -> dict[str, Any]:
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]}
    return {"type": "permit", "actor": [{"role": role, "reference": {"reference": f"Organization/partner-{partner}"}}]}


def given(place: Place) -> list[tuple[ConsentKind, str]]:  # noqa: F811
    return [(c.kind, c.fact or c.original or c.partner) for c in consents.mine(place.x, place.ines, ME).consents]


def test_each_becomes_the_decision_that_the_command_makes(place: Place) -> None:  # noqa: F811
    fact, original = place.facts(place.ines)[0], place.originals("insurer")[0].rpartition("/")[2]
    program = place.client(Role.CLIENT)
    for provision in (
        actor("insurer"), data("Organization/partner-insurer", "authoredby"), data(f"Binary/{original}"), data(f"Observation/{fact}"),
        {"type": "deny", "period": {"start": "2025-01-01", "end": "2027-12-31"}},
    ):  # fmt: skip
        answer = program.post("/fhir/Consent", json=said(place, **provision))
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] in {c.id for c in consents.mine(place.x, place.ines, ME).consents}
    assert given(place) == [
        (ConsentKind.SHARE, "insurer"), (ConsentKind.HIDE, "insurer"), (ConsentKind.HIDE, original), (ConsentKind.HIDE, fact),
        (ConsentKind.OPT_OUT, ""),
    ]  # fmt: skip
    last = consents.mine(place.x, place.ines, ME).consents[-1]
    assert (
        last.since
        and last.until
        and (last.since.isoformat()[:10], last.until.isoformat()[:19]) == ("2025-01-01", "2027-12-31T23:59:59")
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"status": "draft"}, "status"), ({"status": "inactive"}, "status"), ({"verification": [{"verified": True}]}, "verification"),
        ({"provision": None}, "provision"), ({"provision": {"type": "permit"}}, "provision"),
        ({"provision": actor("nobody-here")}, "provision"), ({"provision": data("Observation/none")}, "data[0].reference"),
        ({"provision": data("Binary/" + "0" * 64)}, "data[0].reference"), ({"provision": data("Observation/x", "related")}, "meaning"),
        ({"provision": {"type": "deny", "purpose": [{"code": "TREAT"}]}}, "purpose"),
        ({"provision": {"type": "deny", "provision": [{"type": "permit"}]}}, "provision.provision"),
        ({"provision": {"type": "deny", "period": {"end": "2001-01-01"}}}, "period.end"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_out_is_refused_and_not_kept(place: Place, change: dict[str, Any], where: str) -> None:  # noqa: F811
    told = {k: v for k, v in (said(place, type="deny") | change).items() if v is not None}
    answer = place.client(Role.CLIENT).post("/fhir/Consent", json=told)
    issue = answer.json()["issue"][0]
    assert answer.status_code == 422 and "FH-055" in str(issue) and where in str(issue["expression"]), answer.text
    assert given(place) == []
    found = place.client(Role.CLIENT).get(f"/fhir/Consent?patient={told['patient']['reference']}").json()
    assert found.get("total", 0) == 0 and not found.get("entry")


def test_only_who_may_decide_and_a_bundle_or_put_is_refused(place: Place) -> None:  # noqa: F811
    told = said(place, type="deny")
    statuses = {
        role: place.client(role).post("/fhir/Consent", json=told).status_code for role in Role if role is not Role.MACHINE
    }
    assert {r for r, status in statuses.items() if status == 201} == {Role.CLIENT, Role.CITIZEN}
    before, program = given(place), place.client(Role.CLIENT)
    other = told | {"patient": {"reference": f"Patient/{consents.founder(place.x, place.zeller)}"}}
    for role in (Role.CLIENT, Role.CITIZEN):
        assert place.client(role).post("/fhir/Consent", json=other).status_code == 404, "another's person is not told of"
    entry = {"resource": told, "request": {"method": "POST", "url": "Consent"}}
    whole = program.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    put = program.put("/fhir/Consent/a", json=told | {"id": "a"})
    assert [(a.status_code, "FH-055" in a.text) for a in (whole, put)] == [(422, True)] * 2
    narrow = accounts.token(place.x, "client", 1, ("system/Observation.c",), ME)
    answer = program.post("/fhir/Consent", json=told, headers={"Authorization": f"Bearer {narrow}"})
    assert answer.status_code == 403 and given(place) == before
