"""Pages of what a round says: both languages, who may, what an open round keeps, what a workshop keeps, and the file."""

import re
from datetime import date

import pytest
from starlette.testclient import TestClient

from plain import plain_exchange
from spoken import SIZES, answers, asked, kept, two_rounds
from vado.errors import VadoError
from vado.exchange.collaboration.results import act, agree, done, results
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.web.access import Door
from vado.web.app import build

HERE = "http://testserver"
PAGES = ("picture", "gaps", "talk", "blocks", "voices")
MANAGER = Viewer("manager", role=Role.MANAGER)


@pytest.fixture(scope="module")
def x() -> Exchange:
    made = plain_exchange()
    two_rounds(made)
    open_ = asked("open", SIZES, closes=date(2030, 1, 1))
    kept(made, open_, answers(open_, SIZES, 12, 5))
    return made


def serving(x: Exchange, role: Role = Role.MANAGER, language: str = "en") -> TestClient:
    app = build(x, language=language, hosts=("testserver",), door=Door(guest=Viewer("somebody", role=role)))
    return TestClient(app, base_url=HERE, headers={"Origin": HERE}, follow_redirects=False)


@pytest.mark.parametrize("page", PAGES)
def test_citizens_read_every_page_in_both_languages(x: Exchange, page: str) -> None:
    english, spanish = (serving(x, Role.CITIZEN, language).get(f"/rounds/autumn/{page}") for language in ("en", "es"))
    assert english.status_code == spanish.status_code == 200
    assert "not validated" in english.text and "no está validado" in spanish.text
    assert "/rounds/autumn/workshop" not in english.text
    assert len(english.content) < 100_000


def test_the_picture_has_its_voices_its_intervals_and_what_changed(x: Exchange) -> None:
    text = serving(x).get("/rounds/autumn/picture").text
    for words in (
        "Organisations together",
        "Practitioners",
        "Citizens",
        "Since Round spring",
        "no change is shown",
        "How these numbers are made",
    ):
        assert words in text
    assert "composite" not in text


def test_gaps_are_named_and_nothing_is_called_agreement(x: Exchange) -> None:
    text = serving(x).get("/rounds/autumn/gaps").text
    assert "is-gap" in text and "Managers 8" in text
    assert "hatched" in serving(x).get("/rounds/spring/gaps").text, "what is hidden is a hole, not a nought"
    assert " agree " not in text


def test_charts_are_drawn_for_light_dark_and_narrow(x: Exchange) -> None:
    browser = serving(x)
    for chart in ("picture", "talk"):
        drawn = [browser.get(f"/rounds/autumn/{chart}.svg{q}") for q in ("", "?dark", "?narrow")]
        assert {d.headers["content-type"] for d in drawn} == {"image/svg+xml"} and len({d.content for d in drawn}) == 3


def test_an_open_round_shows_no_figure(x: Exchange) -> None:
    browser = serving(x)
    for page in (*PAGES, "workshop"):
        text = browser.get(f"/rounds/open/{page}").text
        assert "takes answers until" in text and 'class="figure"' not in text
    assert browser.get("/rounds/open/results.csv").status_code == 303
    assert browser.get("/rounds/open/picture.svg").status_code == 404
    assert results(x, "open", MANAGER).picture is None


def test_the_file_gives_what_is_shown_and_that_the_rest_is_hidden(x: Exchange) -> None:
    answer = serving(x, Role.CITIZEN).get("/rounds/autumn/results.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "measure,of,voice,value,low,high,n,how,shown"
    assert any(line.startswith("score,PUR,system,") for line in lines)
    assert any(line.endswith(",,,,,,hidden") for line in lines)


def test_a_workshop_keeps_what_is_agreed_with_the_dissent_and_who_does_what(x: Exchange) -> None:
    browser = serving(x)
    said = {"about": "bri1", "value": "2", "reason": "letters come late", "dissent": "not in the north"}
    assert browser.post("/rounds/autumn/workshop", data=said).headers["location"] == "/rounds/autumn/workshop?about=bri1#bri1"
    browser.post("/rounds/autumn/workshop", data={"about": "bri1", "title": "One bridge", "owner": "hosp", "due": "2026-03-01"})
    text = serving(x, Role.CITIZEN).get("/rounds/autumn/blocks").text
    for words in ("agreed: 2 of 5", "letters come late", "not in the north", "Hospital of the Río", "One bridge"):
        assert words in text
    action = results(x, "autumn", MANAGER).actions[0]
    browser.post("/rounds/autumn/workshop", data={"about": "bri1", "done": action.id})
    assert results(x, "autumn", MANAGER).actions[0].done
    assert 'class="spread"' in browser.get("/rounds/autumn/workshop").text
    opened = browser.get("/rounds/autumn/workshop?about=bri1").text
    assert re.findall(r'<details class="item" id="(\w+)" open>', opened) == ["bri1"], "what was worked on stays open"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"about": "none", "value": "2", "reason": "x"}, "SV-060"),
        ({"about": "bri1", "value": "7", "reason": "x"}, "SV-061"),
        ({"about": "bri1", "value": "2", "reason": " "}, "SV-062"),
        ({"about": "bri1", "title": "x", "owner": "nobody"}, "SV-063"),
        ({"about": "bri1", "title": "x", "owner": "hosp", "due": "soon"}, "SV-064"),
    ],
)
def test_a_workshop_says_what_is_wrong(x: Exchange, data: dict[str, str], code: str) -> None:
    answer = serving(x).post("/rounds/autumn/workshop", data=data)
    assert answer.status_code == 422 and code in answer.text


def test_only_a_facilitator_changes_and_an_unknown_round_or_action_is_told(x: Exchange) -> None:
    citizen = Viewer("citizen", role=Role.CITIZEN)
    for try_ in (
        lambda: agree(x, "autumn", "bri1", 2, ("x", ""), citizen), lambda: act(x, "autumn", "bri1", "x", "hosp", "", citizen),
        lambda: done(x, "autumn", "x", citizen),
    ):  # fmt: skip
        with pytest.raises(VadoError, match="AC-001"):
            try_()
    with pytest.raises(VadoError, match="SV-065"):
        done(x, "autumn", "none", MANAGER)
    assert serving(x).get("/rounds/none/picture").status_code == 404
    assert serving(x, Role.CITIZEN).get("/rounds/autumn/workshop").status_code == 403


def test_every_look_is_noted_and_no_answer_is_in_it(x: Exchange) -> None:
    results(x, "autumn", MANAGER, "gaps")
    with x.store.begin() as tx:
        assert any(a.action == "see-gaps" and a.subject == "autumn" for a in tx.audits())
