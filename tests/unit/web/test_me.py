"""People's own pages: what stands on them, what they take, and what they never tell."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from starlette.testclient import TestClient

from citizens import Town, town
from vado.exchange import accounts, consult, invitations
from vado.model.account import Role
from vado.web.app import build
from vado.wiring.plugins import load_writers

HERE = "https://testserver"
PAGES = ("", "/record", "/looks", "/sharing", "/add", "/asked", "/download")


@pytest.fixture
def t() -> Town:
    return town()


def client(t: Town, name: str = "", language: str = "en") -> TestClient:
    browser = TestClient(
        build(t.x, hosts=("testserver",), language=language), base_url=HERE, headers={"Origin": HERE}, follow_redirects=False
    )
    if name:
        with t.x.store.begin() as tx:
            account = tx.accounts.named(name)
        assert account
        browser.cookies.set("__Host-vado", accounts.let_in(t.x, account), domain="testserver.local")
    return browser


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", ["ines", "eva"])
def test_every_page_is_there_for_the_person_and_their_carer(t: Town, name: str, language: str) -> None:
    own = client(t, name, language)
    for path in PAGES:
        answer = own.get(f"/me{path}")
        assert answer.status_code == 200, path
        assert answer.text.count("<h1>") == 1
        assert len(answer.content) < 60_000, path
        assert " style=" not in answer.text and "onclick" not in answer.text
        if name == "eva":
            assert ("You act for" if language == "en" else "Usted actúa por") in answer.text


def test_the_record_is_in_everyday_words_and_hides_the_marks_behind_a_click(t: Town) -> None:
    page = client(t, "ines").get("/me/record").text
    assert "Test results" in page and "told by Hospital" in text(page)
    shown = re.sub(r"<details.*?</details>", "", page, flags=re.S)
    assert "coded" in page and "coded" not in shown and "/fact/" not in shown


def test_a_part_is_paged(t: Town) -> None:
    from vado.exchange import contributions

    for n in range(45):
        t.read(contributions.measurement(t.x, t.ines, "pulse", {"pulse": str(60 + n)}, t.x.clock(), t.viewer("ines")))
    own = client(t, "ines")
    assert own.get("/me/record").text.count('<li class="line') < 15
    first, second = (own.get(f"/me/record?part=vital+signs&page={n}").text for n in (1, 2))
    assert (first.count('<li class="line'), second.count('<li class="line')) == (40, 5)
    assert "page=2" in first and own.get("/me/record?part=vital+signs&page=99999999999").status_code == 200


def test_asking_about_a_look(t: Town) -> None:
    consult.show_record(t.x, t.ines, t.viewer("ana"))
    own = client(t, "ines")
    page = own.get("/me/looks").text
    assert "ana, Hospital" in text(page) and "They treat or care for you: Hospital" in text(page)
    (line,) = re.findall(r'name="line" value="(\d+)">\s*<label[^>]*>Your question to Hospital', page)
    assert own.post("/me/ask", data={"of": t.ines, "line": line, "text": " "}).status_code == 422
    assert own.post("/me/ask", data={"of": t.ines, "line": line, "text": "why <b>me</b>?"}).headers["location"] == "/me/asked"
    page = own.get("/me/asked").text
    assert "sent; a reply is due by 31 Jan 2026" in text(page) and "why &lt;b&gt;me&lt;/b&gt;?" in page
    doctor = client(t, "ana")
    page = doctor.get("/replies").text
    (where,) = re.findall(r'action="(/replies/q-\w+)"', page)
    assert "why &lt;b&gt;me&lt;/b&gt;?" in page
    assert "seen; a reply is due" in text(own.get("/me/asked").text)
    assert doctor.post(where, data={"answer": "answered", "reply": "You came by ambulance"}).status_code == 303
    assert "You came by ambulance" in own.get("/me/asked").text


@pytest.mark.parametrize(
    ("language", "said", "plain"),
    [("en", "They said before they looked", "I follow up what was done"), ("es", "Dijo antes de mirar", "Hago el seguimiento")],
)
def test_who_looked_shows_the_reason_that_was_given(t: Town, language: str, said: str, plain: str) -> None:
    doctor = client(t, "ana")
    answer = doctor.post("/reason", data={"why": "follow-up", "words": "the <hip>", "next": "/"})
    assert answer.status_code == 303
    consult.show_record(t.x, t.ines, t.viewer("ana"))
    own = client(t, "ines", language)
    for path in ("/me/looks", "/me"):
        page = own.get(path).text
        assert f"{said}: {plain}" in text(page) and "“the &lt;hip&gt;”" in page, path


def test_times_are_told_by_the_clock_of_the_place(t: Town) -> None:
    midnight = datetime(2026, 1, 2, 23, 30, tzinfo=UTC)
    consult.show_record(replace(t.x, clock=lambda: midnight), t.ines, t.viewer("ana"))
    madrid = Town(replace(t.x, clock=lambda: midnight, zone=ZoneInfo("Europe/Madrid")), t.ines)
    own = client(madrid, "ines")
    page = text(own.get("/me/looks").text)
    assert re.search(r"3 Jan 2026 (Dr )?ana, Hospital 00:30 They", page) and "UTC" not in page
    assert 'value="2026-01-03T00:30"' in own.get("/me/add").text
    added = own.post("/me/add/measurement", data={"of": t.ines, "measure": "pulse", "pulse": "70", "at": "2026-01-02T09:00"})
    assert added.status_code == 303
    (fact,) = [line.shown for line in t.record("ines").lines if "09:00" in line.when or "08:00" in line.when]
    assert datetime.fromisoformat(str(fact.resource["effectiveDateTime"])) == datetime(2026, 1, 2, 8, 0, tzinfo=UTC)


def test_a_dispute_stands_beside_the_fact_for_professionals(t: Town) -> None:
    own, fact = client(t, "ines"), t.line("Hemoglobin").shown.id
    assert "This is not right" in own.get(f"/me/object?fact={fact}").text
    form = {"of": t.ines, "fact": fact, "text": "never had it"}
    assert own.post("/me/object", data=form | {"text": ""}).status_code == 422
    assert own.post("/me/object", data=form).status_code == 303
    page = client(t, "ana").get(f"/person/{t.ines}").text
    assert "The person says that this is not so:" in page and "never had it" in page
    assert "never had it" not in client(t, "otto").get("/replies").text
    assert "You said that this is not so" in own.get("/me/record").text


def test_measurements_stories_and_photos_are_taken_and_marked(t: Town) -> None:
    own = client(t, "eva")
    wrong = own.post("/me/add/measurement", data={"of": t.ines, "measure": "pulse", "pulse": "999"})
    assert wrong.status_code == 422 and 'value="999"' in wrong.text and "between 20 and 300" in wrong.text
    assert (
        own.post(
            "/me/add/measurement", data={"of": t.ines, "measure": "pulse", "pulse": "72", "at": "2025-12-31T10:00"}
        ).status_code
        == 303
    )
    assert own.post("/me/add/story", data={"of": t.ines, "text": "She likes music"}).status_code == 303
    box = BytesIO()
    Image.new("RGB", (40, 40), "white").save(box, "JPEG")
    sent = own.post(
        "/me/add/letter", data={"of": t.ines, "title": "Letter"}, files={"file": ("Inés Prado.jpg", box.getvalue(), "image/jpeg")}
    )
    assert sent.status_code == 303 and sent.headers["location"] == "/me/add#added"
    page = own.get("/me/add").text
    assert all(w in page for w in ("Letter", "She likes music", "Heart rate")) and "Inés Prado.jpg" not in page
    assert text(client(t, "ana").get(f"/person/{t.ines}").text).count("said by a carer, for the person") == 3


@pytest.mark.parametrize(
    ("content", "code"), [(b"MZ program", "ME-005"), (b"", "ME-005"), (b"\xff\xd8\xff" + bytes(21_000_000), "ME-006")]
)
def test_other_files_are_not_taken(t: Town, content: bytes, code: str) -> None:
    answer = client(t, "ines").post("/me/add/letter", data={"of": t.ines}, files={"file": ("a.exe", content)})
    assert answer.status_code in {413, 415} and code in answer.text
    assert not [line for line in t.record().lines if line.shown.evidence.partner == "citizen"]


def test_nothing_is_decided_before_it_was_confirmed(t: Town) -> None:
    own = client(t, "ines")
    form = {"of": t.ines, "kind": "hide", "partner": "insurer"}
    page = text(own.post("/me/sharing/check", data=form).text)
    assert "nothing has changed yet" in page and "Hospital" in page and "In an emergency a professional can open it" in page
    assert "Professionals see that something is hidden" in page and "1 person who acts for you sees the same" in page
    assert "What Insurer tells is hidden" not in text(own.get("/me/sharing").text)
    assert own.post("/me/sharing", data=form).status_code == 303
    assert "What Insurer tells is hidden" in text(own.get("/me/sharing").text)
    for until in ("2020-01-01", "2099-01-01", "tomorrow", ""):
        for path in ("/me/sharing/check", "/me/sharing"):
            assert own.post(path, data={"of": t.ines, "what": "proxy", "name": "eva", "until": until}).status_code == 422
    assert own.post("/me/sharing", data={"of": t.ines, "what": "proxy", "name": "ana", "until": "2026-01-20"}).status_code == 404


def test_downloads_are_files_of_the_whole_record(t: Town) -> None:
    from dataclasses import replace

    t = Town(replace(t.x, writers=load_writers()), t.ines)
    own = client(t, "ines")
    for form, begins in (("pdf", b"%PDF-"), ("ips", b"{"), ("fhir", b"{"), ("ndjson", b"{")):
        answer = own.get(f"/me/download/{form}")
        assert answer.status_code == 200 and answer.content.startswith(begins), form
        assert answer.headers["content-disposition"].startswith('attachment; filename="vado-')
    assert own.get("/me/download/xml").status_code == 404


def test_an_invitation_leads_to_ones_own_page(t: Town) -> None:
    who = client(t, "otto")
    assert who.post("/invitations", data={"number": "1001", "born": "1951-07-05"}).status_code == 404
    letter = who.post("/invitations", data={"number": "1001", "born": "1951-07-04", "language": "es"})
    assert letter.headers["content-type"] == "application/pdf" and letter.content.startswith(b"%PDF-")
    assert "Prado" not in who.get("/invitations").text
    made = invitations.invite(t.x, t.ines, "en", t.viewer("ada"))
    guest = client(t)
    form = {"code": made.code.lower(), "born": "1951-07-04", "name": "yo", "password": "correct horse battery"}
    refused = [guest.post("/welcome", data=form | wrong) for wrong in ({"code": "A" * 16}, {"born": "1951-07-05"}, {"born": "x"})]
    assert {r.status_code for r in refused} == {403}
    assert len({re.sub(r'value="[^"]*"', "", r.text) for r in refused}) == 1, "what was wrong is not told"
    assert "correct horse" not in refused[0].text and "Prado" not in refused[0].text
    come = guest.post("/welcome", data=form)
    assert come.status_code == 303 and come.headers["location"] == "/me"
    assert "Inés Prado Vega" in guest.get("/me").text


def test_each_role_comes_to_a_first_page(t: Town) -> None:
    for name in ("ana", "otto", "ada"):
        assert client(t, name).get("/me").status_code == 200
    assert client(t, "ada").get("/").headers["location"] == "/me"
    accounts.add(t.x, accounts.Account("", "new", Role.CARER), t.viewer("ada"))
    assert "No record is yours to see yet" in client(t, "new").get("/me").text
    assert client(t, "new").get("/me/record").status_code == 404
