"""The page of what a partner's own codes mean: suggestions beside, a choice for each, what it would lift, and what is taken back."""

import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from plain import arrival, plain_exchange
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.account import Role
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.model.term import Accepted, Concept
from vado.web.access import Door
from vado.web.app import build

HERE = "http://testserver"
LAB, HOSPITAL = PartnerId("lab"), PartnerId("hospital")
CODES = "/bridges/lab/codes"
LOINC = "http://loinc.org"


def message(number: int, results: str, partner: str) -> Any:
    text = "\r".join(
        (
            f"MSH|^~\\&|{partner}|HOSP|||20260102101500+0000||ORU^R01|{number}|P|2.5",
            "PID|1||1001^^^HOSP^MR||Prado Vega^Inés||19510704|F",
            f"OBR|1||{number}|P^Panel^L|||20260102",
            results,
        )
    )
    return arrival(text, partner=partner)


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange(profiles={p: PartnerProfile(p, f"The {p}") for p in (LAB, HOSPITAL)})
    own = "OBX|1|NM|GLU^Glucosa en suero^L||98|mg/dL|||||F\rOBX|2|NM|K^Potasio^L||4.1|mmol/L|||||F"
    coded = "OBX|1|NM|2345-7^Glucosa en suero^LN||88|mg/dL|||||F"
    rare = "OBX|1|NM|ODD^Seen in Inés alone^L||1|mg/dL|||||F\rOBX|2|NM|9999-9^Potasio de Inés^LN||4|mmol/L|||||F"
    list(receive(made, [message(n, own, "lab") for n in range(6)]))
    list(receive(made, [*(message(n, coded, "hospital") for n in range(10, 15)), message(20, rare, "lab")]))
    return made


def serving(x: Exchange, role: Role = Role.OPERATOR, language: str = "en") -> TestClient:
    app = build(x, language=language, hosts=("testserver",), door=Door(guest=Viewer("otto", role=role)))
    return TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def looked(client: TestClient) -> str:
    assert client.post(f"{CODES}/suggest").status_code == 303
    while "<progress" in (text := client.get(CODES).text):
        pass
    return unescape(text)


def chosen(client: TestClient, *said: tuple[str, dict[str, str]]) -> Any:
    form = {f"own-{n}": local for n, (local, _) in enumerate(said)}
    form |= {f"{name}-{n}": value for n, (_, answers) in enumerate(said) for name, value in answers.items()}
    return client.post(CODES, data=form)


def in_force(x: Exchange) -> dict[str, Accepted]:
    with x.store.begin() as tx:
        return {row.local: row for row in tx.accepted(LAB) if not row.withdrawn}


def audited(x: Exchange) -> list[str]:
    with x.store.begin() as tx:
        return [a.action for a in tx.audits(subject="lab")]


def test_codes_are_listed_before_anything_is_looked_for_and_rare_ones_are_not(x: Exchange) -> None:
    text = unescape(serving(x).get(CODES).text)
    assert re.findall(r"<legend><code>(\w+)</code>", text)[:3] == ["P", "GLU", "K"], "most frequent first"
    assert "ODD" not in text and "Inés" not in text
    assert 'type="radio" name="choice-0" value="leave" checked' in text, "a person decides, nothing is chosen for them"


def test_suggestions_say_why_and_how_alike_and_nothing_that_came_seldom(x: Exchange) -> None:
    text = looked(serving(x))
    assert "<strong>Glucosa en suero</strong> <code>2345-7</code> LOINC" in text
    assert "100 of 100 alike · another partner codes it so" in text
    assert "GLU</code> Glucosa en suero</legend>" in text and "mg/dL · 6 facts" in text
    assert "9999-9" not in text and "Inés" not in text, "words of one person alone are shown to nobody"
    assert "suggest-codes" in audited(x)
    spanish = unescape(serving(x, language="es").get(CODES).text)
    assert "Qué significan sus códigos" in spanish and "Dejarlo como está" in spanish


def test_what_is_chosen_is_accepted_as_in_the_terminal_and_reading_again_lifts_it(x: Exchange) -> None:
    client = serving(x)
    looked(client)
    answer = chosen(
        client, ("GLU", {"choice": f"{LOINC}|2345-7|Glucosa en suero"}), ("P", {"choice": "leave"}),
        ("K", {"choice": "own", "system": LOINC, "code": "2823-3", "display": "Potassium", "equivalence": "wider"}),
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CODES}?saved=2")
    rows = in_force(x)
    assert rows["GLU"] == Accepted(LAB, "GLU", Concept(LOINC, "2345-7", "Glucosa en suero"), "equivalent", "otto", rows["GLU"].at)
    assert (rows["K"].target.code, rows["K"].equivalence) == ("2823-3", "wider")
    assert "P" not in rows
    assert audited(x).count("accept-map") == 2
    text = client.get(f"{CODES}?saved=2").text
    assert "2 codes have a meaning now" in text
    assert "6 facts rise to coded" in text, "a wider code lifts nothing"
    assert re.findall(r"<legend><code>(\w+)</code>", text) == ["P"]

    # first what would change, then in force: nothing is left to lift
    for how in ("dry", "in-force"):
        assert client.post("/bridges/lab/replay", data={"format": "hl7v2", "how": how}).status_code == 303
        while "<progress" in (near := client.get("/bridges/lab").text):
            pass
        assert ("Nothing has been changed yet." in near) == (how == "dry")
    assert "rise to coded" not in client.get(CODES).text


def test_what_was_typed_counts_though_nothing_was_ticked(x: Exchange) -> None:
    assert chosen(serving(x), ("K", {"system": LOINC, "code": " 2823-3 "})).status_code == 303
    assert in_force(x)["K"].target.code == "2823-3"


@pytest.mark.parametrize("answers", [{"choice": "own", "code": ""}, {"choice": "own", "code": "1-1", "system": "mine"}])
def test_what_is_no_standard_code_is_refused_whole_and_nothing_typed_is_lost(x: Exchange, answers: dict[str, str]) -> None:
    answer = chosen(
        serving(x), ("GLU", {"choice": f"{LOINC}|2345-7|Glucose"}), ("P", {"choice": "own", "code": "5-5", "system": LOINC}), ("K", answers)
    )  # fmt: skip
    assert answer.status_code == 422
    assert "This is no standard code" in answer.text and 'value="5-5"' in answer.text
    assert not in_force(x)


def test_a_code_that_did_not_come_often_takes_no_meaning_here(x: Exchange) -> None:
    chosen(serving(x), ("ODD", {"choice": "own", "system": LOINC, "code": "1-1"}))
    assert not in_force(x)


def test_what_was_accepted_is_taken_back_and_waits_again(x: Exchange) -> None:
    client = serving(x)
    chosen(client, ("GLU", {"choice": f"{LOINC}|2345-7|Glucose"}))
    assert client.post(f"{CODES}/withdraw", data={"local": "GLU"}).status_code == 303
    assert not in_force(x)
    assert "withdraw-map" in audited(x)
    assert "<legend><code>GLU</code>" in client.get(CODES).text


def test_many_codes_come_in_pages(x: Exchange) -> None:
    many = "\r".join(f"OBX|{n}|NM|C{n:02}^Test {n}^L||1|mg/dL|||||F" for n in range(30))
    list(receive(x, [message(100 + n, many, "lab") for n in range(5)]))
    client = serving(x)
    first, second = client.get(CODES).text, client.get(f"{CODES}?from=20").text
    assert "Codes 1 to 20 of 33" in first and f'href="{CODES}?from=20"' in first
    assert "Codes 21 to 33 of 33" in second and "<code>C29</code>" in second


def test_only_who_changes_partners_comes_here_and_unknown_partners_are_not(x: Exchange) -> None:
    assert serving(x, Role.MANAGER).get(CODES).status_code == 403
    assert serving(x).get("/bridges/nobody/codes").status_code == 404
    assert f'href="{CODES}"' in serving(x).get("/bridges/lab").text
    assert f'href="{CODES}"' not in serving(x, Role.MANAGER).get("/bridges/lab").text
