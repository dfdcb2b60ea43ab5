"""Figures for Prometheus, read by Prometheus' own parser; answers are named by their route."""

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from plain import arrival, plain_exchange
from vado.exchange import consult
from vado.exchange import hold as holding
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.original import PartnerId
from vado.model.partner import PartnerProfile
from vado.model.record import Viewer
from vado.web.app import build

HERE, HOSPITAL = "http://testserver", PartnerId("hospital")
SECRETS = ("Prado", "prado", "Inés", "In%C3%A9s", "1951", "600111222")
PID = "PID|1||{}||Prado{}^Inés||1951070{}|F|||Calle Mayor 5^^Madrid^^28013||600111222"
ARRIVALS = (
    arrival("MSH|^~\\&|A|B|||20260102||ADT^A08|1|P|2.5\r" + PID.format("1001^^^H^MR", " Vega", 4)),
    arrival("MSH|^~\\&|A|C|||20260102||ADT^A08|2|P|2.5\r" + PID.format("7^^^C^MR", "", 3).partition("|||C")[0], partner="clinic"),
    arrival(b"\x7fELF" + bytes(200)),
)


def serving(x: Exchange, language: str = "en") -> TestClient:
    app = build(x, language=language, hosts=("testserver",))
    return TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def person(x: Exchange, words: str) -> str:
    return consult.find_persons(x, words, Viewer("me"))[0].id


@pytest.fixture
def x() -> Exchange:
    made = replace(plain_exchange(profiles={HOSPITAL: PartnerProfile(HOSPITAL, "H")}), behind=lambda: 77)
    list(receive(made, ARRIVALS))
    return made


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = (s for family in text_string_to_metric_families(answer.text) for s in family.samples)
    return {(s.name, *(v for _, v in sorted(s.labels.items()))): s.value for s in found}


def test_the_figures_are_those_of_the_store(x: Exchange) -> None:
    holding.hold(x, HOSPITAL, "Prado says so", Viewer("me"))
    list(receive(x, [arrival(b"later")]))
    found = samples(serving(x))
    assert found[("vado_originals", "hl7v2", "clinic", "waiting")] == 1
    assert found[("vado_originals", "none", "hospital", "held")] == 1
    assert found[("vado_originals", "none", "hospital", "kept")] == 1
    assert found[("vado_held", "IN-002")] == 1
    assert found[("vado_partner_held", "hospital")] == 1
    assert found[("vado_journal_bytes",)] == 77
    assert found[("vado_doubts_open",)] >= 1
    assert found[("vado_oldest_seconds", "kept")] > 0
    assert found[("process_resident_memory_bytes",)] > 1_000_000


def test_many_failures_are_an_alert_in_figures_and_on_the_page(x: Exchange) -> None:
    list(receive(x, [arrival(b"\x7fELF" + bytes([n])) for n in range(9)]))
    assert samples(serving(x))[("vado_alert", "test", "hospital")] == 1
    assert "10 of 11 could not be read" in serving(x).get("/inbox").text
    assert "10 de 11 no se pudieron leer" in serving(x, "es").get("/inbox").text


def test_a_hold_is_said_on_the_inbox_page(x: Exchange) -> None:
    assert "Held:" not in serving(x).get("/inbox").text
    holding.hold(x, HOSPITAL, "a <b>reason", Viewer("me"))
    assert "a &lt;b&gt;reason" in serving(x).get("/inbox").text
    assert "no se lee hasta que se libere" in serving(x, "es").get("/inbox").text


def test_answers_are_counted_by_route_and_no_figure_holds_a_value(x: Exchange, caplog: Any) -> None:
    caplog.set_level("INFO", "vado")
    client = serving(x)
    client.get(f"/person/{person(x, 'prado vega')}?by=Prado")
    client.get("/person/Prado600111222")
    client.get("/Prado/1951")
    client.post("/", data={"words": "prado"}, headers={"Origin": HERE})
    client.request("PRADO", "/inbox")
    client.get("/inbox", headers={"Host": "prado.example"})
    found = samples(client)
    assert found[("vado_http_seconds_count", "GET", "person", "2xx")] == 1
    assert found[("vado_http_seconds_count", "GET", "person", "4xx")] == 1
    assert found[("vado_http_seconds_count", "GET", "none", "4xx")] == 1
    assert found[("vado_http_seconds_count", "POST", "search", "2xx")] == 1
    assert found[("vado_http_seconds_count", "OTHER", "none", "4xx")] == 1
    lines = [r.said for r in caplog.records if r.name == "vado.answers"]
    assert {"route": "search", "method": "POST", "status": 200}.items() <= lines[3].items()
    assert len(lines) == 7 and all(line["ms"] >= 0 for line in lines)
    for secret in SECRETS:
        assert secret not in client.get("/metrics").text
        assert not [line for line in lines if secret in str({k: v for k, v in line.items() if k != "ms"})]


def test_what_was_counted_a_moment_ago_is_given_again(x: Exchange) -> None:
    client = serving(x)
    before = samples(client)
    list(receive(x, [arrival(b"one more")]))
    assert (
        samples(client)[("vado_originals", "none", "hospital", "held")] == before[("vado_originals", "none", "hospital", "held")]
    )
