"""The pages as an application: who may call what, what every answer carries, and what each page does."""

import logging
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from plain import OPEN, arrival, plain_exchange
from vado.errors import StoreUnavailable
from vado.exchange import consult
from vado.exchange.ports import Exchange
from vado.exchange.receive import receive
from vado.model.original import Arrival
from vado.model.record import Viewer
from vado.web import app as application
from vado.web import render
from vado.web.access import PERMISSIONS
from vado.web.app import ROUTES, build
from vado.web.render import HEADERS

HERE = "http://testserver"
ME = Viewer("me")
SECRETS = ("Prado", "prado", "Inés", "In%C3%A9s", "1951", "600111222", "1001")


def message(control: str, patient: str, code: str, value: str, partner: str) -> Arrival:
    text = "\r".join(
        (
            f"MSH|^~\\&|LAB|HOSP|||20260102101500+0000||ORU^R01|{control}|P|2.5",
            f"PID|1||{patient}",
            f"OBR|1|||{code}|||20260102",
            f"OBX|1|NM|{code}||{value}|%||N|||F|||20260102",
        )
    )
    return arrival(text, partner=partner)


INES = "Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222"
HEMOGLOBIN, HBA1C = "718-7^Hemoglobin^LN", "4548-4^HbA1c^LN"
ARRIVALS = (
    message(
        "1", "1001^^^HOSP^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222", HEMOGLOBIN, "13", "hospital"
    ),
    message("2", "9^^^INS^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222", HBA1C, "6.2", "insurer"),
    message("3", "7^^^CLI^MR||Prado^Inés||19510703|F", HBA1C, "6.1", "clinic"),  # asked: is she the one above?
    message("4", "5^^^HOSP^MR||<script>alert(1)</script>^Eve||19600101|F", "X^<img src=x>^L", "1", "hospital"),
    arrival(b"\x7fELF" + bytes(200)),
)


@pytest.fixture
def x() -> Exchange:
    exchange = plain_exchange()
    list(receive(exchange, ARRIVALS))
    return exchange


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return serving(x)


def serving(x: Exchange, language: str = "en") -> TestClient:
    app = build(x, language=language, hosts=("testserver",), door=OPEN)
    return TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


def person(x: Exchange, words: str) -> str:
    return consult.find_persons(x, words, ME)[0].id


def every_page(x: Exchange) -> list[str]:
    ines = person(x, "prado vega")
    facts = [line.shown.id for line in consult.show_record(x, ines, ME).lines]
    rows = [f"/original/{r.original.partner}/{r.original.id}" for r in consult.inbox(x, ME)]
    pages = ["/", "/inbox", "/inbox?state=held", "/doubts", "/desk", "/deliveries", f"/person/{ines}", f"/person/{ines}?by=time"]
    return [*pages, *(f"/fact/{f}" for f in facts), *rows, *(f"{r}/content" for r in rows[:1]), "/health", "/static/vado.css"]


# who may call what


def test_every_route_has_a_permission() -> None:
    assert {route.name for route in ROUTES} == set(PERMISSIONS)


def test_a_route_without_permission_is_not_served(x: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    def secret(request: Request) -> PlainTextResponse:
        return PlainTextResponse("open")

    monkeypatch.setattr(application, "ROUTES", [*ROUTES, Route("/secret", secret, name="secret")])
    assert serving(x).get("/secret").status_code == 404
    monkeypatch.setitem(PERMISSIONS, "secret", "anybody")
    assert serving(x).get("/secret").text == "open"


def test_a_foreign_host_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "testserver.evil.example"}).status_code == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://testserver.evil.example", "http://testserver:81"])
def test_a_foreign_origin_may_not_post(client: TestClient, origin: str) -> None:
    assert client.post("/", data={"words": "prado"}, headers={"Origin": origin}).status_code == 403


def test_a_post_must_say_where_it_comes_from(x: Exchange) -> None:
    silent = TestClient(build(x, hosts=("testserver",), door=OPEN), base_url=HERE)
    (doubt,) = [d.id for d, _, _ in consult.doubts(x, ME)][:1]
    assert silent.post(f"/doubts/{doubt}", data={"verdict": "same"}).status_code == 403
    assert doubt in [d.id for d, _, _ in consult.doubts(x, ME)]
    assert silent.post("/", data={"words": "prado"}, headers={"Referer": f"{HERE}/"}).status_code == 200
    assert silent.post("/", data={"words": "prado"}, headers={"Referer": "http://evil.example/"}).status_code == 403


def test_nothing_changes_by_looking(client: TestClient) -> None:
    assert client.get("/unlink/some").status_code == 405
    assert client.get("/doubts/some").status_code == 404


# what every answer carries


def test_safety_headers_on_every_answer(x: Exchange, client: TestClient) -> None:
    answers = [client.get(path) for path in [*every_page(x), "/no-such-page", "/person/none", "/language/es"]]
    answers.append(client.get("/", headers={"Host": "evil.example"}))
    answers.append(client.post("/", headers={"Origin": "http://evil.example"}))
    answers.append(serving(replace(x, store=Broken(RuntimeError("x")))).get("/inbox"))
    assert {a.status_code for a in answers} == {200, 303, 400, 403, 404, 500}
    for answer in answers:
        for name, value in HEADERS.items():
            if name == "Content-Security-Policy":
                assert "default-src 'none'" in answer.headers[name], answer.url
            elif name != "Cache-Control" or answer.url.path != "/static/vado.css":
                assert answer.headers[name] == value, answer.url


def test_pages_hold_no_script_and_no_style_of_their_own(x: Exchange, client: TestClient) -> None:
    for path in every_page(x):
        answer = client.get(path)
        if answer.headers["content-type"].startswith("text/html"):
            assert ("/static/desk.js" in answer.text) == (path == "/desk")
            assert ("/static/keys.js" in answer.text) == (path == "/doubts")
            assert ("/static/record.js" in answer.text) == path.startswith("/person/")
            text = re.sub(r'<script src="/static/(kept/htmx\.min|desk|keys|record)\.js\?v=\w+" defer></script>', "", answer.text)
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", re.sub(r"<pre.*?</pre>", "", text, flags=re.S))


def test_no_address_on_any_page_holds_a_patients_value(x: Exchange, client: TestClient) -> None:
    answers = [client.get(path) for path in every_page(x)] + [client.post("/", data={"words": "Prado Inés 1951-07-04"})]
    links = {link for a in answers for link in re.findall(r'(?:href|src|action)="([^"]*)"', a.text)}
    assert len(links) > 15
    assert not [link for link in links for secret in SECRETS if secret in re.sub(r"[0-9a-f]{12,}", "", link)]


def test_an_original_is_saved_never_shown(x: Exchange, client: TestClient) -> None:
    row = consult.inbox(x, ME)[0].original
    answer = client.get(f"/original/{row.partner}/{row.id}/content")
    assert answer.content == ARRIVALS[0].content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{row.id[:12]}.bin"'
    assert "sandbox" in answer.headers["content-security-policy"]


# faults


@pytest.mark.parametrize(
    ("path", "code"),
    [("/person/none", "RE-001"), ("/fact/none", "RE-002"), ("/original/hospital/none", "RE-003"),
     ("/original/hospital/none/content", "RE-003"), ("/original/hospital/none/page/1.png", "RE-003"), ("/original/hospital/none/page/1.gif", "404"), ("/nothing", "404")],
)  # fmt: skip
def test_what_is_not_there_is_404_with_its_code(client: TestClient, path: str, code: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert code in answer.text


def test_an_original_without_pages_has_no_picture(x: Exchange, client: TestClient) -> None:
    row = consult.inbox(x, ME)[0].original
    answer = client.get(f"/original/{row.partner}/{row.id}/page/1.png")
    assert answer.status_code == 404
    assert "RE-005" in answer.text


class Broken:
    """A store that fails."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def begin(self) -> Any:
        raise self.fault

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("language", "says"), [("en", "Something is wrong"), ("es", "Algo falla")])
def test_an_unexpected_fault_tells_no_value(x: Exchange, caplog: pytest.LogCaptureFixture, language: str, says: str) -> None:
    caplog.set_level(logging.DEBUG)
    answer = serving(replace(x, store=Broken(ValueError("Prado Vega 600111222"))), language).get("/inbox")
    assert answer.status_code == 500
    assert says in answer.text
    for secret in SECRETS:
        assert secret not in answer.text
    told = [r.getMessage() for r in caplog.records if r.name == "vado.web"]
    assert len(told) == 1
    assert told[0].startswith("ValueError at test_app.py:")
    assert not [r for r in caplog.records if "Prado" in r.getMessage() or r.exc_info]


def test_a_silent_store_is_503(x: Exchange) -> None:
    answer = serving(replace(x, store=Broken(StoreUnavailable("ST-001")))).get("/health")
    assert answer.status_code == 503
    assert "ST-001" in answer.text


# languages


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "http://evil.example", "/\t/evil.example", "", "javascript:x"]
)
def test_changing_the_language_leads_nowhere_else(client: TestClient, back: str) -> None:
    answer = client.get("/language/es", params={"back": back})
    assert answer.status_code == 303
    assert re.match(r"/($|[^/\\\s])", answer.headers["location"])
    assert "evil" not in answer.headers["location"] or answer.headers["location"].startswith("/%")


def test_the_language_is_remembered(x: Exchange, client: TestClient) -> None:
    answer = client.get("/language/es", params={"back": "/inbox"})
    assert answer.headers["location"] == "/inbox"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert '<html lang="es">' in client.get("/inbox", headers={"Cookie": "language=es"}).text
    assert "set-cookie" not in client.get("/language/xx").headers
    assert '<html lang="es">' in serving(x, "es").get("/").text
    assert '<html lang="en">' in serving(x, "en").get("/", headers={"Cookie": "language=xx"}).text


@pytest.mark.parametrize(
    ("browser", "cookie", "shown"),
    [("es-ES,es;q=0.9,en;q=0.8", "", "es"), ("fr-FR, es;q=0.5", "", "es"), ("fr", "", "en"), ("es", "en", "en"), ("", "", "en")],
)
def test_whoever_chose_no_language_reads_in_that_of_their_browser(
    client: TestClient, browser: str, cookie: str, shown: str
) -> None:
    headers = {"Accept-Language": browser, **({"Cookie": f"language={cookie}"} if cookie else {})}
    assert f'<html lang="{shown}">' in client.get("/answer", headers=headers).text


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_in_both_languages(x: Exchange, language: str) -> None:
    client = serving(x, language)
    for path in every_page(x):
        answer = client.get(path)
        assert answer.status_code == 200, path
        if answer.headers["content-type"].startswith("text/html"):
            assert f'<html lang="{language}">' in answer.text
            assert len(re.findall(r"<h1", answer.text)) == 1
    assert client.post("/", data={"words": "prado"}).status_code == 200


def test_issues_are_told_in_spanish(x: Exchange) -> None:
    told = "Ningún puente conoce este tipo de archivo (un programa)"
    client = serving(x, "es")
    assert told in client.get("/inbox").text
    (row,) = [r.original for r in consult.inbox(x, ME) if r.issues and r.issues[0].code == "IN-002"]
    answer = client.get(f"/original/{row.partner}/{row.id}").text
    assert told in answer
    assert "el original queda guardado" in answer
    assert "No existe esa persona" in client.get("/person/none").text


# what each page does


def test_search_finds_and_finds_nobody(client: TestClient) -> None:
    assert "1 person found" in client.post("/", data={"words": "prado vega"}).text
    assert "2 persons found" in client.post("/", data={"words": "PRADO ines"}).text
    assert "Nobody found" in client.post("/", data={"words": "nobody at all"}).text
    assert "Nobody found" in client.post("/", data={"words": "   "}).text
    assert "Prado" not in client.get("/", params={"words": "prado"}).text
    assert client.post("/", data={"words": "a" * 15_000}).status_code == 200
    assert client.post("/", data={"words": "a" * 100_000}).status_code == 413, "a form is read within bounds"


def test_what_partners_wrote_is_escaped(x: Exchange, client: TestClient) -> None:
    eve = f"/person/{person(x, 'eve')}"
    searches = ["eve", '"><script>alert(2)</script>']
    pages = [*(client.post("/", data={"words": words}) for words in searches), client.get(eve)]
    pages += [client.get(p) for p in re.findall(r'"(/fact/\w+)"', pages[-1].text)]
    pages += [client.get(p) for p in re.findall(r'"(/original/\w+/\w+)"', pages[-1].text)]
    assert len(pages) > 5
    assert sum("&lt;script&gt;" in p.text for p in pages) >= 4
    for answer in pages:
        assert not re.search(r"<script(?! src=./static/[\w./]+\.js\?v=\w+. defer></script>)", answer.text)
        assert "<img src=x" not in answer.text


def test_a_fact_shows_the_marked_place(x: Exchange, client: TestClient) -> None:
    (line,) = [li for li in consult.show_record(x, person(x, "prado vega"), ME).lines if "13 %" in li.detail]
    answer = client.get(f"/fact/{line.shown.id}").text
    (marked,) = re.findall(r"<mark>(.*?)</mark>", answer, flags=re.S)
    assert marked.startswith("OBX|1|NM|718-7^Hemoglobin")


def test_a_doubt_answered_same_joins(x: Exchange, client: TestClient) -> None:
    page = client.get("/doubts").text
    assert "the same as far as given" in page
    for question in re.findall(r'action="(/doubts/\w+)"', page)[:1]:
        assert client.post(question, data={"verdict": "same"}).headers["location"] == "/doubts"
        again = client.post(question, data={"verdict": "same"})
        assert again.status_code == 409
        assert "This doubt has been settled already" in again.text
    assert len(consult.find_persons(x, "prado", ME)) == 1


def test_the_sex_of_a_pair_is_said_in_the_readers_language_and_as_one_word() -> None:
    pair = [
        message(
            "1", "1001^^^HOSP^MR||Prado Vega^Inés||19510704|F|||Calle Mayor 5^^Madrid^^28013||600111222", HBA1C, "1", "hospital"
        ),
        message("3", "7^^^CLI^MR||Prado Vega^Inés||19510704|M", HBA1C, "6.1", "clinic"),
    ]
    x = plain_exchange()
    list(receive(x, pair))
    (doubt,) = [d.id for d, _, _ in consult.doubts(x, ME)]
    for language, (one, other) in {"en": ("female", "male"), "es": ("mujer", "hombre")}.items():
        text = serving(x, language).get(f"/doubts/{doubt}").text
        for word in (one, other):
            assert f'<mark class="differs">{word}</mark>' in text, f"{language}: {word} must stand there, marked as a whole"
        (row,) = (r for r in re.findall(r"<tr.*?</tr>", text, re.S) if f">{one}<" in r)
        assert ("different" if language == "en" else "distinto") in row


def test_a_worklist_of_more_than_a_thousand_is_shown_page_by_page(x: Exchange, client: TestClient) -> None:
    (doubt, one, _), *others = consult.doubts(x, ME)
    with x.store.begin() as tx:
        for n in range(1_120):
            tx.ask(replace(doubt, id=f"d{n:04}", at=doubt.at + timedelta(seconds=n)))
    seen: list[str] = []
    path, pages = "/doubts?view=list", 0
    while path:
        answer = client.get(path)
        assert answer.status_code == 200 and f"{1_121 + len(others)} pairs wait" in answer.text
        here = re.findall(r'action="/doubts/(\w+)" class="choices"', answer.text)
        assert 0 < len(here) <= 50
        seen += here
        pages += 1
        more = re.search(r'<a href="([^"]*)">More</a>', answer.text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert pages == 23
    assert len(seen) == len(set(seen)) == 1_121 + len(others)
    last = client.get("/doubts?view=list&page=22").text
    assert f"Pairs 1101 to {len(seen)}" in last and "page=21" in last
    for odd in ("-1", "x", "99999999999", "٣"):
        assert client.get("/doubts", params={"view": "list", "page": odd}).status_code == 200
    assert "Nothing" not in client.get("/doubts?view=list&page=40").text


def test_doubts_answered_different_stay_apart(x: Exchange, client: TestClient) -> None:
    questions = re.findall(r'action="(/doubts/\w+)"', client.get("/doubts?view=list").text)
    assert questions
    for question in questions:
        assert client.post(question, data={"verdict": "perhaps"}).status_code == 303
    assert len(consult.doubts(x, ME)) == len(questions)
    for question in questions:
        client.post(question, data={"verdict": "different"})
    assert "No doubts are open" in client.get("/doubts").text
    assert len(consult.find_persons(x, "prado", ME)) == 2
    assert client.post("/doubts/none", data={"verdict": "same"}).status_code == 404


def test_a_link_can_be_taken_back(x: Exchange, client: TestClient) -> None:
    ines = person(x, "prado vega")
    (button,) = re.findall(r'action="(/unlink/\w+)"', client.get(f"/person/{ines}").text)
    assert client.post(button).status_code == 303
    assert len(consult.find_persons(x, "prado vega", ME)) == 2
    assert client.post("/unlink/none").status_code == 404


def test_every_look_is_noted(x: Exchange, client: TestClient) -> None:
    ines = person(x, "prado vega")
    client.get(f"/person/{ines}")
    with x.store.begin() as tx:
        (noted, *_) = tx.audits(subject=ines)
    assert (noted.who, noted.action) == ("web", "read")


def test_commands_to_type_are_shown_as_such_and_escaped() -> None:
    shown = render._speaking("en").from_string("{{ text | commands }}").render(text="See `vado <b>`; <i>")
    assert shown == "See <code>vado &lt;b&gt;</code>; &lt;i&gt;"
