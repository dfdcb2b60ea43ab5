"""Pages of rounds and of answers, in both languages, without a script."""

import pytest
from starlette.testclient import TestClient

from plain import OPEN, plain_exchange
from vado.exchange.collaboration import answering, opening
from vado.exchange.ports import Exchange
from vado.model.account import Role
from vado.model.record import Viewer
from vado.model.survey import Group, Roster, Who
from vado.web.app import build

PAT = Viewer("pat", role=Role.MANAGER)
REGISTER = "hosp; Hospital <b>; hospital; ; practitioner=40\nsend; Senders; council\ngp; Practice"


@pytest.fixture
def x() -> Exchange:
    made = plain_exchange()
    opening.make(made, "Spring", made.clock().date(), None, PAT, register=REGISTER, groups="carers; Carers; 200")
    return made


@pytest.fixture
def client(x: Exchange) -> TestClient:
    return TestClient(build(x, door=OPEN, hosts=("testserver",)), headers={"origin": "http://testserver"}, follow_redirects=False)


def came_in(x: Exchange, client: TestClient, *, roster: bool = False) -> str:
    (code,) = opening.invite(x, "spring", "hosp", Who.PRACTITIONER, 1, PAT, roster)
    assert client.post("/answer", data={"code": code}).headers["location"] == "/answer/about"
    return code


def rosters(x: Exchange) -> list[str]:
    with x.store.begin() as tx:
        return [t.other for r in tx.collaboration.all(Roster, "spring") for t in r.ties]


@pytest.mark.parametrize(
    ("language", "heard", "missing"), [("en", "0 of 2 voices are heard", "Carers"), ("es", "Se oyen 0 de 2 voces", "Carers")]
)
def test_a_round_says_who_is_heard_and_who_is_missing(client: TestClient, language: str, heard: str, missing: str) -> None:
    client.cookies.set("language", language)
    shown = client.get("/rounds/spring").text
    assert heard in shown and missing in shown and "Hospital &lt;b&gt;" in shown
    assert "data:image/svg+xml;base64," in shown and "http://testserver/answer" in shown


def test_an_empty_place_says_what_to_do() -> None:
    client = TestClient(build(plain_exchange(), door=OPEN, hosts=("testserver",)))
    assert "Make the first round below" in client.get("/rounds").text


def test_a_register_is_brought_as_a_table_and_a_voice_added(x: Exchange, client: TestClient) -> None:
    table = "id,name,kind,practitioner\nward,Ward,,12\nstreet,On the street,unusual,\n"
    assert client.post("/rounds/spring/register", files={"file": ("r.csv", table)}).status_code == 303
    assert client.post("/rounds/spring/unusual", data={"name": "School nurses"}).status_code == 303
    round_ = opening.standing(x, "spring", PAT).round
    assert [o.id for o in round_.organisations] == ["ward"]
    assert round_.groups[1] == Group("school-nurses", "School nurses", unusual=True)
    refused = client.post("/rounds/spring/register", files={"file": ("r.csv", "a,b\n1,2\n")})
    assert refused.status_code == 422 and "SV-054" in refused.text
    assert client.post("/rounds/spring/register", files={"file": ("r.csv", "x" * 1_100_000)}).status_code == 413


def test_stopping_keeps_what_stands_on_the_screen(x: Exchange, client: TestClient) -> None:
    code = came_in(x, client)
    left = client.post("/answer/PUR", data={"item:pur1": "4", "importance": "2", "go": "leave"})
    assert left.headers["location"] == "/answer" and "answer" not in client.cookies
    assert answering.opened(x, code).draft.scores == {"pur1": 4}


def test_more_than_three_blocks_are_said_and_nothing_is_lost(x: Exchange, client: TestClient) -> None:
    came_in(x, client)
    four = {f"block:{i}": "yes" for i in ("pur1", "pur2", "kno1", "tru1")} | {"missing": "the school nurses"}
    refused = client.post("/answer/blocks", data=four)
    assert refused.status_code == 422 and "SV-068" in refused.text
    assert refused.text.count(" checked") == 4 and "the school nurses" in refused.text


@pytest.mark.parametrize(
    ("language", "words", "short"), [("en", "A code of your own, if you like", "is too short"), ("es", "Una clave propia, si quiere", "demasiado corta")]
)  # fmt: skip
def test_a_code_of_ones_own_may_be_made_and_need_not(
    x: Exchange, client: TestClient, language: str, words: str, short: str
) -> None:
    came_in(x, client)
    client.cookies.set("language", language)
    assert words in client.get("/answer/send").text and words not in client.get("/answer/blocks").text
    refused = client.post("/answer/send", data={"own": "zq12", "go": "next"})
    assert refused.status_code == 422 and short in refused.text and "SV-070" in refused.text and "zq12" not in refused.text
    for go in ("back", "leave"):
        client.post("/answer/send", data={"own": "zq12", "go": go})
    came_in(x, client)
    sent = client.post("/answer/send", data={"own": "birch rex paella", "go": "next"})
    assert sent.headers["location"] == "/answer/thanks"
    with x.store.begin() as tx:
        assert [bool(a.code) for a in tx.collaboration.answers("spring")] == [True]


def test_a_roster_has_no_code_of_ones_own(x: Exchange, client: TestClient) -> None:
    came_in(x, client, roster=True)
    assert 'name="own"' not in client.get("/answer/send").text


def test_a_roster_says_first_that_it_is_not_anonymous(x: Exchange, client: TestClient) -> None:
    came_in(x, client, roster=True)
    assert "This part is not anonymous." in client.get("/answer/about").text
    client.cookies.set("language", "es")
    assert "no es anónim" in client.get("/answer/about").text


def test_an_organisation_that_is_called_as_a_screen_is_one_all_the_same(x: Exchange, client: TestClient) -> None:
    came_in(x, client, roster=True)
    assert client.post("/answer/about", data={"go": "next"}).headers["location"] == "/answer/with-send"
    told = client.post("/answer/with-send", data={"often": "3", "direction": "send", "what:letters": "yes", "go": "next"})
    assert told.headers["location"] == "/answer/with-gp"
    assert rosters(x) == ["send"]


def test_somebody_outside_the_register_is_named_and_taken_out_again(x: Exchange, client: TestClient) -> None:
    came_in(x, client, roster=True)
    assert client.post("/answer/others", data={"other": "", "go": "next"}).headers["location"] == "/answer/send"
    unsaid = client.post("/answer/others", data={"other": "Night shelter", "wish": "beds", "go": "next"})
    assert unsaid.status_code == 422 and "SV-067" in unsaid.text and "Night shelter" in unsaid.text and "beds" in unsaid.text
    again = client.post("/answer/others", data={"other": "Night shelter", "often": "2", "go": "another"})
    assert again.headers["location"] == "/answer/others" and rosters(x) == ["Night shelter"]
    assert "drop:Night shelter" in client.get("/answer/others").text
    client.post("/answer/others", data={"drop:Night shelter": "yes", "other": "", "go": "next"})
    assert rosters(x) == []


@pytest.mark.parametrize("state", ["unknown", "used", "closed"])
def test_refusals_name_no_organisation(x: Exchange, client: TestClient, state: str) -> None:
    (code,) = opening.invite(x, "spring", "hosp", Who.PRACTITIONER, 1, PAT)
    if state == "used":
        answering.send(x, code)
    if state == "closed":
        opening.close(x, "spring", PAT)
    refused = client.post("/answer", data={"code": "WRONGWRONG" if state == "unknown" else code})
    said = {"unknown": "SV-050", "used": "SV-051", "closed": "SV-052"}[state]
    assert said in refused.text and "Hospital" not in refused.text and "hosp" not in refused.text
