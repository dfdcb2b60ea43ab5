"""Forms of a round to take away, and files of answers to bring, as whoever runs rounds sees them."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO
from random import Random

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from filled_sheet import chosen, filled, sent
from plain import OPEN, plain_exchange
from vado.collaboration.sheet import paper_key
from vado.errors import NotFound
from vado.exchange.collaboration import forms
from vado.exchange.collaboration.bring_in import Brought
from vado.exchange.ports import Exchange
from vado.model.record import Viewer
from vado.model.survey import Answer, Group, Organisation, Round, Who
from vado.tools import answer_sheet
from vado.web.app import build
from vado.web.waiting import Waiting

ROUND = Round(
    "r1", "Spring", "ford|1", date(2026, 3, 1), None, (Organisation("hospital", "Hospital <b>"),), (Group("carers", "Carers"),)
)
HERE = "/rounds/r1/forms"


@pytest.fixture
def x() -> Exchange:
    x = plain_exchange()
    with x.store.begin() as tx:
        tx.collaboration.put(ROUND)
    return x


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",)), headers={"origin": "http://testserver"})


def answers(x: Exchange) -> tuple[Answer, ...]:
    with x.store.begin() as tx:
        return tx.collaboration.answers("r1")


@pytest.mark.parametrize(("language", "words"), [("en", "Bring answers"), ("es", "Traer respuestas")])
def test_the_page(client: TestClient, language: str, words: str) -> None:
    client.cookies.set("language", language)
    shown = client.get(HERE)
    assert shown.status_code == 200 and words in shown.text and "Hospital &lt;b&gt;" in shown.text
    assert client.get("/rounds/none/forms").status_code == 404


def test_everything_can_be_taken_away(client: TestClient) -> None:
    assert load_workbook(BytesIO(client.get(f"{HERE}/take/answers.xlsx").content)).sheetnames == ["survey", "choices", "settings"]
    assert "begin_repeat" in {
        c.value for c in load_workbook(BytesIO(client.get(f"{HERE}/take/roster.xlsx").content))["survey"]["A"]
    }
    assert client.get(f"{HERE}/take/questionnaire.json").json()["resourceType"] == "Questionnaire"
    assert client.get(f"{HERE}/take/answers.csv").content.startswith("\ufeffround,instance,voice,role".encode())
    made = client.get(f"{HERE}/take/paper.pdf?who=citizen&language=es&voice=carers")
    assert made.content.startswith(b"%PDF") and made.headers["content-disposition"] == 'attachment; filename="paper.pdf"'
    assert client.get(f"{HERE}/take/other.pdf").status_code == 404


def test_a_closed_round_takes_no_file(client: TestClient, x: Exchange) -> None:
    with x.store.begin() as tx:
        tx.collaboration.put(replace(ROUND, closes=date(2025, 12, 31)))
    assert 'type="file"' not in client.get(HERE).text, "a form that would be refused is not offered"
    late = client.post(HERE, files={"file": ("a.csv", b"voice,role,pur1\nhospital,manager,4\n")})
    assert late.status_code == 409 and "SV-069" in late.text and not answers(x), "figures that move tell whose answer came"


def test_a_table_is_brought_and_every_row_that_is_not_taken_says_why(client: TestClient, x: Exchange) -> None:
    table = b"voice,role,pur1\nhospital,manager,4\nhospital,manager,secret\n"
    shown = client.post(HERE, files={"file": ("a.csv", table)})
    assert shown.status_code == 200 and shown.url.path.startswith(f"{HERE}/brought/"), (
        "it can be loaded again without bringing it twice"
    )
    assert "SV-002" in shown.text and "Row 3, pur1" in shown.text and "secret" not in shown.text
    assert [a.scores for a in answers(x)] == [{"pur1": 4}]
    assert client.get(shown.url.path).status_code == 200


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_no_file_of_answers_is_said_on_the_page(client: TestClient, content: bytes) -> None:
    shown = client.post(HERE, files={"file": ("a.csv", content)})
    assert shown.status_code == 415 and 'role="alert"' in shown.text and "SV-012" in shown.text


def scan(x: Exchange) -> tuple[dict[str, str], bytes]:
    chance, viewer = Random(3), Viewer("m")
    content = forms.blank(x, "r1", viewer, who=Who.CITIZEN, language="en", voice="carers")
    values = forms.papers_of(forms.asked_in(x, "r1", viewer)[0])[paper_key(Who.CITIZEN, "en")]
    truth = chosen(values, chance, share=1)
    pages = filled(content, values, truth, chance)
    for f in answer_sheet.form_of(values).fields:
        if f.label == "pur1":  # all boxes of one row
            rows, columns = pages[0].shape
            pages[0][
                round(f.box.top * rows) + 12 : round(f.box.bottom * rows) - 12,
                round(f.box.left * columns) + 12 : round(f.box.right * columns) - 12,
            ] = 0
    return truth, sent(pages, "scan", chance)


def test_a_doubtful_box_is_shown_and_settled(client: TestClient, x: Exchange) -> None:
    truth, content = scan(x)
    shown = client.post(HERE, files={"file": ("scan.tif", content)})
    assert "would describe the same goal" in shown.text and 'src="data:image/png;base64,' in shown.text and not answers(x)
    assert truth["pur2"] not in re.findall(r'name="pur2" value="(\w+)"', shown.text), "what is sure is not shown"
    found = re.search(r'name="form" value="(\w+)"', shown.text)
    assert found
    shown = client.post(shown.url.path, data={"form": found[1], "pur1": "5"})
    assert answers(x)[0].scores["pur1"] == 5 and answers(x)[0].voice == "carers" and 'name="form"' not in shown.text
    client.post(shown.url.path, data={"form": found[1], "pur1": "1"})
    assert [a.scores["pur1"] for a in answers(x)] == [5], "settled once"


def test_a_form_can_be_left_out(client: TestClient, x: Exchange) -> None:
    shown = client.post(HERE, files={"file": ("scan.tif", scan(x)[1])})
    found = re.search(r'name="form" value="(\w+)"', shown.text)
    assert found
    client.post(shown.url.path, data={"form": found[1], "leave": "yes"})
    assert not answers(x)


def test_nobody_sees_what_another_brought(client: TestClient) -> None:
    assert client.get(f"{HERE}/brought/0123").status_code == 404
    waiting = Waiting[Brought](NotFound("SV-025"))
    id_ = waiting.put(Brought(1), "r1", "ana")
    assert waiting.get(id_, "r1", "ana").taken == 1
    for round_, by in (("r1", "zoe"), ("r2", "ana")):
        with pytest.raises(NotFound):
            waiting.get(id_, round_, by)
